"""Silences: when they hold, what an edit makes of them, and which alerts they match."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tocsin.domain.alerts.intervals import TimeSpan, parse_times, parse_weekdays
from tocsin.domain.alerts.matchers import parse_matchers
from tocsin.domain.alerts.silences import (
    MOST_FORMER,
    Silence,
    Terms,
    changed,
    edit,
    expire,
    in_force,
    silence,
    silenced_by,
    state_of,
)
from tocsin.domain.errors import InvalidError, RefusedError

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TERMS = Terms(matchers=parse_matchers("team=db"), starts_at=NOW, ends_at=NOW + 2 * HOUR, comment="new disks")
SATURDAY_NIGHT = TimeSpan(
    weekdays=(parse_weekdays("saturday"),), times=(parse_times("22:00-06:00"),), zone="Europe/Berlin"
)


def _silence(**changed: object) -> Silence:
    return silence("s1", replace(TERMS, **changed), "ada", NOW)  # type: ignore[arg-type]  # a test's shorthand


def test_a_silence_is_pending_then_active_then_expired() -> None:
    one = _silence(starts_at=NOW + HOUR)
    states = [state_of(one, NOW + step * HOUR / 2) for step in range(6)]
    assert states == ["pending", "pending", "active", "active", "expired", "expired"]


def test_a_silence_that_should_have_started_starts_now() -> None:
    assert _silence(starts_at=NOW - HOUR).starts_at == NOW


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"matchers": ()}, "matchers"),
        ({"matchers": parse_matchers('team=~".*", env!="x"')}, "matchers"),
        ({"ends_at": NOW}, "ends_at"),
        ({"starts_at": NOW - 2 * HOUR, "ends_at": NOW - HOUR}, "ends_at"),
        ({"comment": "  "}, "comment"),
    ],
)
def test_a_silence_of_everything_of_nothing_or_without_a_reason_is_refused(
    changed: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidError) as told:
        _silence(**changed)
    assert told.value.field == field


def test_one_matcher_that_wants_something_is_enough() -> None:
    assert _silence(matchers=parse_matchers('team=~".*", env=~".+"')).matchers


def test_an_edit_expires_the_old_silence_and_makes_a_new_one() -> None:
    later = NOW + HOUR / 2
    both = edit(_silence(), "s2", replace(TERMS, ends_at=NOW + 3 * HOUR), "grace", later)
    assert (state_of(both.old, later), both.old.ends_at, both.old.id) == ("expired", later, "s1")
    assert (state_of(both.new, later), both.new.starts_at, both.new.replaces) == ("active", later, "s1")
    assert (both.new.id, both.new.created_by, both.new.ends_at) == ("s2", "grace", NOW + 3 * HOUR)


def test_an_edit_that_names_no_start_keeps_the_one_there_was() -> None:
    pending = _silence(starts_at=NOW + HOUR)
    both = edit(pending, "s2", replace(TERMS, starts_at=None, comment="later"), "ada", NOW + HOUR / 2)
    assert (both.new.starts_at, both.new.comment) == (NOW + HOUR, "later")
    assert _silence(starts_at=None).starts_at == NOW


def test_an_edit_that_says_the_same_is_refused_and_leaves_no_second_silence() -> None:
    with pytest.raises(RefusedError):
        edit(_silence(), "s2", TERMS, "grace", NOW + HOUR)


def test_an_edit_that_makes_no_silence_is_refused() -> None:
    with pytest.raises(InvalidError):
        edit(_silence(), "s2", replace(TERMS, ends_at=NOW), "grace", NOW + HOUR)


def test_an_expired_silence_stays_as_it_was_when_it_is_made_anew() -> None:
    old = _silence()
    both = edit(old, "s2", replace(TERMS, ends_at=NOW + 9 * HOUR), "ada", NOW + 5 * HOUR)
    assert both.old == old
    assert both.new.starts_at == NOW + 5 * HOUR


LOUD = Terms(matchers=parse_matchers('team!="core"'), ends_at=NOW + HOUR, comment="", rules="alertmanager")


def test_by_alertmanagers_rules_a_silence_may_exclude_only_and_say_nothing() -> None:
    assert silence("s1", LOUD, "", NOW).comment == ""
    for matchers in ('team=~".*"', 'team=""', ""):
        with pytest.raises(InvalidError):
            silence("s1", replace(LOUD, matchers=parse_matchers(matchers) if matchers else ()), "", NOW)
    with pytest.raises(InvalidError):
        silence("s1", replace(LOUD, rules="ours", comment="x"), "ada", NOW)


@pytest.mark.parametrize(
    "terms",
    [
        replace(TERMS, ends_at=NOW + 9 * HOUR),
        replace(TERMS, comment="even more disks"),
        replace(TERMS, starts_at=None, ends_at=NOW + 9 * HOUR),
        replace(TERMS, starts_at=NOW + timedelta(milliseconds=400), ends_at=NOW + 9 * HOUR),
    ],
)
def test_an_active_silence_is_changed_in_place_and_keeps_what_it_said(terms: Terms) -> None:
    old, later = _silence(), NOW + HOUR
    new = changed(old, terms, "grace", later)
    assert new is not None
    assert (new.id, new.starts_at, new.ends_at, new.comment) == ("s1", NOW, terms.ends_at, terms.comment)
    assert (new.created_by, new.updated_by, new.updated_at, new.created_at) == ("grace", "grace", later, NOW)
    [before] = new.former
    assert (before.ends_at, before.comment, before.updated_by, before.until) == (
        NOW + 2 * HOUR,
        "new disks",
        "ada",
        later,
    )
    again = changed(new, replace(terms, comment="done"), "bob", later)
    assert again is not None
    assert [one.comment for one in again.former] == ["new disks", terms.comment]


def test_what_says_the_same_changes_nothing() -> None:
    old = _silence()
    assert changed(old, TERMS, "ada", NOW + HOUR) == old


@pytest.mark.parametrize(
    ("old", "more", "at"),
    [
        (_silence(), {"matchers": parse_matchers("team=web")}, NOW + HOUR),
        (_silence(), {"starts_at": NOW - HOUR}, NOW + HOUR),
        (_silence(), {"starts_at": NOW + timedelta(seconds=1)}, NOW + HOUR),
        (_silence(), {"ends_at": NOW + 9 * HOUR}, NOW + 3 * HOUR),
        (_silence(starts_at=NOW + HOUR), {"starts_at": NOW - HOUR}, NOW + HOUR / 2),
        (_silence(matchers=parse_matchers("a=b, c=d")), {"matchers": parse_matchers("c=d, a=b")}, NOW + HOUR),
    ],
)
def test_other_matchers_or_an_other_past_make_another_silence(
    old: Silence, more: dict[str, object], at: datetime
) -> None:
    assert changed(old, replace(TERMS, **more), "grace", at) is None  # type: ignore[arg-type]  # a test's shorthand


def test_a_pending_silence_may_begin_at_another_time_to_come() -> None:
    new = changed(_silence(starts_at=NOW + HOUR), replace(TERMS, starts_at=NOW + HOUR / 2), "grace", NOW)
    assert new is not None
    assert (new.id, new.starts_at) == ("s1", NOW + HOUR / 2)


def test_a_change_that_makes_no_silence_is_refused() -> None:
    with pytest.raises(InvalidError):
        changed(_silence(), replace(TERMS, ends_at=NOW + HOUR / 2), "grace", NOW + HOUR)


def test_nothing_of_many_changes_is_forgotten() -> None:
    one: Silence | None = _silence()
    for number in range(MOST_FORMER):
        assert one is not None
        one = changed(one, replace(TERMS, comment=str(number)), "ada", NOW)
    assert one is not None
    assert len(one.former) == MOST_FORMER
    assert changed(one, replace(TERMS, comment="another"), "ada", NOW) is None


def test_expiring_ends_an_active_silence_now_and_again_changes_nothing() -> None:
    over = expire(_silence(), "grace", NOW + HOUR)
    assert (over.starts_at, over.ends_at, over.updated_by) == (NOW, NOW + HOUR, "grace")
    assert expire(over, "bob", NOW + 2 * HOUR) == over


def test_expiring_a_pending_silence_sets_both_ends() -> None:
    over = expire(_silence(starts_at=NOW + HOUR), "grace", NOW + HOUR / 2)
    assert over.starts_at == over.ends_at == NOW + HOUR / 2
    assert state_of(over, NOW + HOUR) == "expired"


def test_a_silence_that_recurs_holds_only_during_its_times() -> None:
    weekly = _silence(ends_at=NOW + timedelta(days=365), during=(SATURDAY_NIGHT,))
    assert not in_force(weekly, NOW)
    assert state_of(weekly, NOW) == "active"
    assert in_force(weekly, datetime(2026, 1, 10, 21, 0, tzinfo=UTC))
    assert in_force(weekly, datetime(2026, 1, 11, 4, 59, tzinfo=UTC))
    assert not in_force(weekly, datetime(2026, 1, 11, 5, 0, tzinfo=UTC))
    assert not in_force(weekly, datetime(2027, 1, 9, 22, 0, tzinfo=UTC))


def test_a_silence_that_recurs_keeps_to_the_clock_on_the_wall_across_summer_time() -> None:
    weekly = _silence(ends_at=NOW + timedelta(days=365), during=(SATURDAY_NIGHT,))
    spring = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
    autumn = datetime(2026, 10, 24, 18, 0, tzinfo=UTC)
    minutes = [timedelta(minutes=step) for step in range(14 * 60)]
    assert sum(in_force(weekly, spring + step) for step in minutes) == 7 * 60
    assert sum(in_force(weekly, autumn + step) for step in minutes) == 9 * 60


def test_an_alert_is_silenced_by_every_silence_in_force_that_matches() -> None:
    mine, pending = _silence(), _silence(starts_at=NOW + HOUR)
    others = replace(mine, id="s3", matchers=parse_matchers("team=web"))
    both = replace(mine, id="s4", matchers=parse_matchers('team=~"db|web", severity!="critical"'))
    found = silenced_by({"team": "db"}, (mine, pending, others, both), NOW)
    assert [one.id for one in found] == ["s1", "s4"]
    assert [one.id for one in silenced_by({"team": "db", "severity": "critical"}, (mine, both), NOW)] == ["s1"]
    assert silenced_by({"team": "db"}, (mine,), NOW + 2 * HOUR) == ()
