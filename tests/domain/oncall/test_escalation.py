"""Whom to page at each level of a policy, and by what means (R-ONC-2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.domain.incident.story import CATALOGUE, MINUTE, NOON

from tocsin.domain.catalogue import EscalationPolicy, EscalationStep, Schedule
from tocsin.domain.oncall.escalation import Rung, people_of, rung, usable_contacts

ROTA = Schedule(key="rota", zone="UTC", people=("bo", "cy"), starts=datetime(2026, 1, 20), turn="daily")  # noqa: DTZ001 (wall clock)
STAFFED = replace(CATALOGUE, schedules=(ROTA, replace(ROTA, key="empty", people=())))


def ladder(*steps: tuple[str, ...], repeats: int = 0) -> EscalationPolicy:
    return EscalationPolicy(
        key="x", repeats=repeats, steps=tuple(EscalationStep(targets=s, wait=2 * MINUTE) for s in steps)
    )


@pytest.mark.parametrize(
    ("target", "people"),
    [
        ("person:ana", ("ana",)),
        ("schedule:rota", ("bo",)),
        ("schedule:empty", ()),
        ("schedule:none", ()),
        ("team:shop", ("ana", "bo")),
        ("team:none", ()),
        ("nonsense", ()),
    ],
)
def test_a_target_means_people(target: str, people: tuple[str, ...]) -> None:
    assert people_of(target, STAFFED, NOON) == people


def test_a_schedule_means_whoever_is_on_call_then() -> None:
    assert people_of("schedule:rota", STAFFED, NOON + timedelta(days=1)) == ("cy",)


def test_only_verified_methods_are_used_in_their_order() -> None:
    assert [c.key for c in usable_contacts(STAFFED, "ana")] == ["sms", "mail"]
    assert usable_contacts(STAFFED, "mute") == ()
    assert usable_contacts(STAFFED, "stranger") == ()


def test_who_is_named_twice_is_one() -> None:
    found = rung(ladder(("person:bo", "schedule:rota", "team:shop")), STAFFED, 0, NOON)
    assert found == Rung(level=0, people=("bo", "ana"), wait=2 * MINUTE, last=False)


def test_a_level_where_nobody_is_on_call_is_passed_over() -> None:
    policy = ladder(("schedule:empty",), ("person:mute", "person:stranger"), ("person:cy",))
    assert rung(policy, STAFFED, 0, NOON) == Rung(level=2, people=("cy",), wait=2 * MINUTE, last=False, passed=(0, 1))


def test_levels_repeat_then_the_catch_all_answers_for_good() -> None:
    policy = ladder(("person:ana",), ("person:bo",), repeats=1)
    people = [rung(policy, STAFFED, level, NOON).people[0] for level in range(6)]
    assert people == ["ana", "bo", "ana", "bo", "zed", "zed"]
    assert [rung(policy, STAFFED, level, NOON).last for level in (3, 4)] == [False, True]


@pytest.mark.parametrize("policy", [ladder(), ladder(("person:mute",), repeats=3)])
def test_a_policy_that_reaches_nobody_ends_with_the_catch_all_at_once(policy: EscalationPolicy) -> None:
    found = rung(policy, STAFFED, 0, NOON)
    assert (found.people, found.last) == (("zed",), True)


def test_a_level_beyond_the_policy_stays_where_it_is() -> None:
    assert rung(ladder(("person:ana",)), STAFFED, 7, NOON).level == 7
