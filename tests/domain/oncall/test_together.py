"""Several escalation policies as one."""

from __future__ import annotations

from datetime import timedelta

from tocsin.domain.catalogue import EscalationPolicy, EscalationStep
from tocsin.domain.oncall.together import laid_together

MINUTE = timedelta(minutes=1)
SHORT = EscalationPolicy(key="short", steps=(EscalationStep(targets=("person:ana",), wait=9 * MINUTE),), repeats=2)
LONG = EscalationPolicy(
    key="long",
    steps=(
        EscalationStep(targets=("person:bo", "person:ana"), wait=3 * MINUTE),
        EscalationStep(targets=("person:cy",), wait=4 * MINUTE),
    ),
    repeats=0,
)


def test_one_policy_stays_what_it_is() -> None:
    assert laid_together([LONG]) is LONG


def test_each_level_pages_everybody_once_and_the_most_impatient_sets_the_wait() -> None:
    both = laid_together([SHORT, LONG])
    assert (both.key, both.repeats) == ("short+long", 2)
    assert [step.targets for step in both.steps] == [("person:ana", "person:bo"), ("person:cy",)]
    assert [step.wait for step in both.steps] == [3 * MINUTE, 4 * MINUTE]


def test_a_policy_without_steps_adds_nobody() -> None:
    assert laid_together([EscalationPolicy(key="nobody", steps=()), SHORT]).steps == SHORT.steps


def test_steps_with_rules_of_their_own_stand_beside_the_others() -> None:
    turns = EscalationStep(targets=("person:dee", "person:eve"), round_robin=True, wait=2 * MINUTE)
    worst = EscalationStep(targets=("leadership",), max_rank=1, inform=("channel:log",))
    patient = EscalationPolicy(key="patient", steps=(turns, worst), again_times=9, ack_timeout=30 * MINUTE)
    both = laid_together([laid_together([SHORT, LONG]), patient])
    assert [step.targets for step in both.steps] == [("person:ana", "person:bo"), ("person:cy",)]
    assert [[one.targets for one in step.beside] for step in both.steps] == [[turns.targets], [worst.targets]]
    assert (both.steps[0].wait, both.again_times, both.ack_timeout) == (2 * MINUTE, 9, 30 * MINUTE)
    assert both == laid_together([SHORT, LONG, patient])
