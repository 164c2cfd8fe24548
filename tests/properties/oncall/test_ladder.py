"""What holds for every escalation policy: somebody is paged or the answer says why not, and no reachable level is skipped."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from tests.domain.incident.story import ANA, CATALOGUE, MINUTE, NOON, POLICY, Story, declared
from tests.domain.tape import EITHER, Tape, tapes

from tocsin.domain.catalogue import EscalationPolicy, EscalationStep, Service
from tocsin.domain.effects import Page, Tell
from tocsin.domain.incident import events as e
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.step import step
from tocsin.domain.oncall.escalation import Concern, people_of, rung, usable_contacts

FEW = settings(max_examples=60, deadline=None)
TARGETS = (
    "person:ana", "person:bo", "person:mute", "person:ghost", "team:shop", "team:lone", "schedule:none",
    "leadership", "service_owner", "oncall_manager",
)  # fmt: skip


def ladder(tape: Tape) -> EscalationPolicy:
    count = tape.pick(range(4))
    return EscalationPolicy(
        key="ladder",
        repeats=tape.pick(range(3)),
        again_times=tape.pick(range(3)),
        steps=tuple(
            EscalationStep(
                targets=tuple(tape.some(TARGETS, 3)),
                round_robin=tape.pick(EITHER),
                max_rank=tape.pick((None, 1, 2)),
                wait=tape.pick((MINUTE, 5 * MINUTE)),
            )
            for _ in range(count)
        ),
    )


def world(tape: Tape) -> Policy:
    owners = (Service(key="orders", name="Orders", team="shop", owner=tape.pick(("", "cy", "mute"))),)
    catch_all = tape.pick(("zed", "mute"))
    return replace(POLICY, catalogue=replace(CATALOGUE, services=owners, policies=(ladder(tape),), catch_all=catch_all))


def can_be_paged(policy: Policy, number: int, about: Concern) -> set[str]:
    """Whom a level could page, worked out anew: everybody its targets mean who has a working contact."""
    found = policy.catalogue.policies[0].steps
    one = found[number % len(found)]
    if one.max_rank is not None and about.rank > one.max_rank:
        return set()
    people = {p for target in one.targets for p in people_of(target, policy.catalogue, NOON, about)}
    return {p for p in people if usable_contacts(policy.catalogue, p)}


@FEW
@given(tapes(60))
def test_the_next_level_is_the_first_at_which_somebody_can_be_reached(tape: Tape) -> None:
    policy = world(tape)
    one = policy.catalogue.policies[0]
    about = Concern(team="shop", services=("orders",), rank=tape.pick((1, 2, 3)), turn=tape.pick(range(5)))
    total = len(one.steps) * (1 + one.repeats)
    for level in range(total + 2):
        found = rung(one, policy.catalogue, level, NOON, about)
        reachable = {n: can_be_paged(policy, n, about) for n in range(level, total)}
        first = next((n for n, people in reachable.items() if people), None)
        assert found.last == (first is None)
        if first is None:
            assert found.people == (policy.catalogue.catch_all,)
            continue
        assert found.level == first
        turns = one.steps[first % len(one.steps)].round_robin
        assert (
            (len(found.people) == 1 and set(found.people) <= reachable[first])
            if turns
            else (set(found.people) == reachable[first])
        )
        assert set(found.passed) <= set(range(level, first))


@FEW
@given(tapes(60))
def test_every_level_pages_somebody_or_says_that_nobody_can_be_paged(tape: Tape) -> None:
    story = Story(world(tape)).then(declared(tape.pick(("SEV1", "SEV2")), turn=tape.pick(range(5))), ANA)
    for _ in range(60):
        said = [t for t in story.effects(Tell) if "Nobody can be paged" in str(t.fields.get("text"))]
        assert bool(story.effects(Page)) != bool(said)
        name = next((n for n in ("escalate", "page_again") if n in story.incident.timers), "")
        if not name:
            break
        story.wake(name)
    assert "paging_ends" in story.incident.timers
    assert story.wake("paging_ends").incident.paging.ended


@FEW
@given(tapes(60))
def test_a_generation_or_a_button_of_another_time_changes_nothing(tape: Tape) -> None:
    story = Story(world(tape)).then(declared("SEV1"), ANA)
    for _ in range(tape.pick(range(4))):
        name = next((n for n in ("escalate", "page_again") if n in story.incident.timers), "")
        if name:
            story.wake(name)
    now = story.incident
    stale = [e.TimerElapsed(name=n, generation=g - 1) for n, g in now.timers.items()]
    stale += [
        e.Escalated(call=now.paging.call - 1),
        e.PagingRestarted(call=0, policy=EscalationPolicy(key="x", steps=())),
    ]
    for body in stale:
        after = step(now, replace(story.event(body), seq=now.seq + 1), story.policy)
        assert replace(after.incident, seq=now.seq) == now
        assert not after.effects
