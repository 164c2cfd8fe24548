"""When a group tells of itself: Alertmanager's truth table and its clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.domain.alerts.notifying import (
    GroupClock,
    Told,
    first_flush,
    flushed,
    next_flush,
    repeats_at,
    verdict,
)

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REPEAT = 10 * MINUTE


def _told(firing: str, resolved: str = "", *, ago: int = 1) -> Told:
    return Told(firing=frozenset(firing), resolved=frozenset(resolved), at=NOW - ago * MINUTE)


@pytest.mark.parametrize(
    ("told", "firing", "resolved", "send_resolved", "expected"),
    [
        (None, "a", "", True, (True, "first")),
        (None, "a", "b", True, (True, "first")),
        (None, "", "a", True, (False, "only_resolved")),
        (None, "", "", True, (False, "only_resolved")),
        (_told("abc"), "abcd", "", True, (True, "new_firing")),
        (_told("a", "b"), "ab", "", True, (True, "new_firing")),
        (_told(""), "a", "", True, (True, "new_firing")),
        (_told("abc"), "ab", "", True, (False, "nothing_new")),
        (_told("abc"), "ab", "c", True, (True, "some_resolved")),
        (_told("abc"), "ab", "c", False, (False, "nothing_new")),
        (_told("ab", "c"), "ab", "c", True, (False, "nothing_new")),
        (_told("ab", "cd"), "ab", "c", True, (False, "nothing_new")),
        (_told("ab"), "", "ab", True, (True, "all_resolved")),
        (_told("ab"), "", "ab", False, (True, "all_resolved")),
        (_told("", "ab"), "", "ab", True, (False, "came_and_went")),
        (_told("", "ab"), "", "abc", True, (False, "came_and_went")),
        (_told("", "ab", ago=60), "", "ab", True, (False, "came_and_went")),
        (_told("ab", ago=9), "ab", "", True, (False, "nothing_new")),
        (_told("ab", ago=10), "ab", "", True, (True, "repeat")),
        (_told("ab", ago=11), "a", "", False, (True, "repeat")),
    ],
)
def test_what_is_told_of_a_group_depends_on_what_was(
    told: Told | None, firing: str, resolved: str, *, send_resolved: bool, expected: tuple[bool, str]
) -> None:
    found = verdict(told, set(firing), set(resolved), now=NOW, repeat_interval=REPEAT, send_resolved=send_resolved)
    assert (found.tell, found.why) == expected


def test_a_group_waits_first_unless_its_alert_has_fired_longer_than_that() -> None:
    assert first_flush(NOW, NOW, MINUTE) == NOW + MINUTE
    assert first_flush(NOW, NOW - MINUTE, MINUTE) == NOW + MINUTE
    assert first_flush(NOW, NOW - 2 * MINUTE, MINUTE) == NOW
    assert first_flush(NOW, NOW, timedelta(0)) == NOW


def test_after_the_first_time_a_group_keeps_its_beat() -> None:
    clock = GroupClock(began_at=NOW)
    assert next_flush(clock, NOW, MINUTE, 5 * MINUTE) == NOW + MINUTE
    clock = flushed(clock, NOW, MINUTE, 5 * MINUTE, NOW + MINUTE + MINUTE / 6)
    assert next_flush(clock, NOW, MINUTE, 5 * MINUTE) == NOW + 6 * MINUTE


def test_times_missed_while_nobody_looked_are_one_and_the_beat_stays() -> None:
    clock = GroupClock(began_at=NOW, flushed_at=NOW + MINUTE)
    assert next_flush(clock, NOW, MINUTE, 5 * MINUTE) == NOW + 6 * MINUTE
    late = flushed(clock, NOW, MINUTE, 5 * MINUTE, NOW + 23 * MINUTE)
    assert late.flushed_at == NOW + 21 * MINUTE
    assert next_flush(late, NOW, MINUTE, 5 * MINUTE) == NOW + 26 * MINUTE


def test_an_old_alert_that_joins_a_waiting_group_ends_the_wait() -> None:
    clock = GroupClock(began_at=NOW)
    assert next_flush(clock, NOW - 20 * MINUTE, 10 * MINUTE, 5 * MINUTE) == NOW


def test_an_unchanged_group_is_told_of_again_at_one_of_its_times() -> None:
    assert repeats_at(NOW, NOW + 5 * MINUTE, 5 * MINUTE, 12 * MINUTE) == NOW + 15 * MINUTE
    assert repeats_at(NOW, NOW + 5 * MINUTE, 5 * MINUTE, 15 * MINUTE) == NOW + 15 * MINUTE
    assert repeats_at(NOW, NOW + 5 * MINUTE, 5 * MINUTE, MINUTE) == NOW + 5 * MINUTE
    assert repeats_at(NOW, NOW + 5 * MINUTE, timedelta(0), 12 * MINUTE) == NOW + 12 * MINUTE
