"""Changes of single hours: who may make them, what they change, and that what was stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from icalendar import Calendar
from tests.fakes import NOON
from tests.flows.world import CONFIGURATION, World, catalogue

from tocsin.adapters.ical import ICalendar
from tocsin.domain.actor import Actor
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.oncall.escalation import people_of
from tocsin.domain.oncall.shifts import Change
from tocsin.domain.schedules import Override, Stint, Temporary
from tocsin.flows import schedules
from tocsin.flows.calendars import export, take_over
from tocsin.flows.configure import apply
from tocsin.flows.policies import catalogue as in_force
from tocsin.flows.queries.directory import on_call_at
from tocsin.flows.queries.rota import rota
from tocsin.flows.schedules import Effect, UnknownScheduleError

ANA, BO, CAT = (Actor(kind="person", id=person) for person in ("ana", "bo", "cat"))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEXT = CONFIGURATION.replace(
    "policies:",
    "schedules:\n  shop: {zone: UTC, people: [ana, bo], starts: 2026-01-05T00:00, turn: daily}\npolicies:",
)


@pytest.fixture
def here() -> World:
    return World(text=TEXT)


def on(here: World, at: datetime) -> tuple[str, ...]:
    found = on_call_at(here.engine, at).turns[0].now
    with here.store.reading() as tx:  # the pager's way is the same
        assert people_of("schedule:shop", in_force(tx, since=at), at) == found
    return found


def an_override(starts: datetime = NOON + HOUR, ends: datetime = NOON + 3 * HOUR, **more: str) -> Override:
    return Override(**({"person": "cat"} | more), starts=starts, ends=ends)  # type: ignore[arg-type]  # a test's own fields


def test_an_override_is_kept_and_says_what_it_changes(here: World) -> None:
    effect = schedules.override(here.engine, "shop", an_override(replaces="ana"), BO)

    change = Change(starts=NOON + HOUR, ends=NOON + 3 * HOUR, before=("ana",), after=("cat",))
    assert effect == Effect(id=effect.id, schedule="shop", changes=(change,))
    assert [on(here, NOON + n * HOUR) for n in (0, 1, 2, 3)] == [("ana",), ("cat",), ("cat",), ("ana",)]
    (made,) = schedules.view(here.engine, "shop").made
    assert (made.id, made.kind, made.by, made.at) == (effect.id, "override", "bo", NOON)


def test_one_that_replaces_somebody_who_is_off_changes_nothing(here: World) -> None:
    assert schedules.override(here.engine, "shop", an_override(replaces="bo"), BO).changes == ()


def test_an_override_taken_back_is_gone_and_one_that_began_ends_now(here: World) -> None:
    later = schedules.override(here.engine, "shop", an_override(NOON + 5 * HOUR, NOON + 6 * HOUR), ANA)
    begun = schedules.override(here.engine, "shop", an_override(NOON - HOUR, NOON + 3 * HOUR), ANA)
    here.store.clock.advance(HOUR)  # type: ignore[attr-defined]  # a clock that is moved by hand

    schedules.remove(here.engine, "shop", later.id, BO)
    effect = schedules.remove(here.engine, "shop", begun.id, BO)

    assert effect.changes == (Change(starts=NOON + HOUR, ends=NOON + 3 * HOUR, before=("cat",), after=("ana",)),)
    hours = [NOON - HOUR, NOON, NOON + HOUR, NOON + 5 * HOUR]
    assert [on(here, at) for at in hours] == [("ana",), ("cat",), ("ana",), ("ana",)]
    for gone in (later, begun):
        with pytest.raises(RefusedError):
            schedules.remove(here.engine, "shop", gone.id, BO)


def test_a_swap_needs_somebody_who_agrees(here: World) -> None:
    asked = schedules.ask_swap(here.engine, "shop", NOON + HOUR, NOON + 2 * HOUR, ANA)
    assert asked.changes == ()
    assert on(here, NOON + HOUR) == ("ana",)

    with pytest.raises(RefusedError, match="asked for this swap yourself"):
        schedules.take_swap(here.engine, "shop", asked.id, ANA)
    taken = schedules.take_swap(here.engine, "shop", asked.id, CAT)

    assert [(c.before, c.after) for c in taken.changes] == [(("ana",), ("cat",))]
    assert [on(here, NOON + n * HOUR) for n in (0, 1, 2)] == [("ana",), ("cat",), ("ana",)]
    with pytest.raises(RefusedError, match="cat has taken it"):
        schedules.take_swap(here.engine, "shop", asked.id, BO)


def test_a_swap_that_nobody_took_in_time_means_nothing(here: World) -> None:
    asked = schedules.ask_swap(here.engine, "shop", NOON + HOUR, NOON + 2 * HOUR, ANA)
    here.store.clock.advance(HOUR)  # type: ignore[attr-defined]  # a clock that is moved by hand

    with pytest.raises(RefusedError, match="have begun"):
        schedules.take_swap(here.engine, "shop", asked.id, CAT)
    assert on(here, NOON + HOUR) == ("ana",)


def test_a_temporary_schedule_stands_in_for_its_span(here: World) -> None:
    shift = Stint(people=("bo", "cat"), starts=NOON + HOUR, ends=NOON + 2 * HOUR)
    wanted = Temporary(starts=NOON + HOUR, ends=NOON + 4 * HOUR, shifts=(shift,))

    schedules.temporary(here.engine, "shop", wanted, ANA)

    assert [on(here, NOON + n * HOUR) for n in (0, 1, 2, 4)] == [("ana",), ("bo", "cat"), (), ("ana",)]
    found = schedules.view(here.engine, "shop", NOON, NOON + DAY)
    assert [(g.starts, g.ends) for g in found.report.gaps] == [(NOON + 2 * HOUR, NOON + 4 * HOUR)]


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda e: schedules.override(e, "shop", an_override(person="zoe"), ANA), InvalidError),
        (lambda e: schedules.override(e, "shop", an_override(replaces="zoe"), ANA), InvalidError),
        (lambda e: schedules.override(e, "shop", an_override(kind="add", replaces="bo"), ANA), InvalidError),
        (lambda e: schedules.override(e, "shop", an_override(NOON - 2 * HOUR, NOON), ANA), InvalidError),
        (lambda e: schedules.override(e, "shop", an_override(NOON + HOUR, NOON + HOUR), ANA), InvalidError),
        (lambda e: schedules.override(e, "shop", an_override(NOON, NOON + 500 * DAY), ANA), InvalidError),
        (lambda e: schedules.override(e, "none", an_override(), ANA), UnknownScheduleError),
        (lambda e: schedules.ask_swap(e, "shop", NOON, NOON + HOUR, BO), InvalidError),
        (lambda e: schedules.take_swap(e, "shop", "none", BO), UnknownScheduleError),
        (lambda e: schedules.remove(e, "shop", "none", BO), UnknownScheduleError),
        (lambda e: schedules.view(e, "none"), UnknownScheduleError),
        (lambda e: schedules.view(e, "shop", NOON, NOON), InvalidError),
        (
            lambda e: schedules.temporary(
                e,
                "shop",
                Temporary(starts=NOON, ends=NOON + HOUR, shifts=(Stint(people=("bo",), starts=NOON, ends=NOON + DAY),)),
                ANA,
            ),
            InvalidError,
        ),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    here: World, act: Callable[[object], object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        act(here.engine)
    assert schedules.view(here.engine, "shop").made == ()


def test_another_configuration_is_shown_by_the_hours_it_changes(here: World) -> None:
    schedules.override(here.engine, "shop", an_override(), ANA)  # it lies over both

    found = schedules.preview(here.engine, catalogue(TEXT.replace("[ana, bo]", "[ana]")), NOON + 2 * DAY)

    assert found == [
        Effect(
            id="",
            schedule="shop",
            changes=(Change(starts=NOON + DAY / 2, ends=NOON + 3 * DAY / 2, before=("bo",), after=("ana",)),),
        )
    ]
    assert schedules.preview(here.engine, catalogue(TEXT)) == []
    gone = schedules.preview(here.engine, catalogue(), NOON + DAY)
    assert {c.after for c in gone[0].changes} == {()}


FORM = ICalendar()


def events(text: str) -> dict[str, tuple[str, str]]:
    """Return status and summary of every event by its uid and start."""
    found = Calendar.from_ical(text).walk("VEVENT")
    return {f"{e['UID']} {e['DTSTART'].dt:%m-%d %H}": (str(e["STATUS"]), str(e["SUMMARY"])) for e in found}


def test_an_exported_event_keeps_its_name_when_its_end_moves_and_stays_as_cancelled(here: World) -> None:
    plain = events(export(here.engine, FORM, "shop"))
    made = schedules.override(here.engine, "shop", an_override(NOON + 5 * HOUR, NOON + 6 * HOUR, replaces="ana"), BO)
    changed = events(export(here.engine, FORM, "shop"))

    assert set(plain) < set(changed)  # ana's day has the same name though cut, and goes on after Cat's hour
    assert {status for status, _ in changed.values()} == {"CONFIRMED"}

    schedules.remove(here.engine, "shop", made.id, BO)
    after = events(export(here.engine, FORM, "shop"))
    gone = {uid: entry for uid, entry in after.items() if entry[0] == "CANCELLED"}
    assert set(after) == set(changed)
    assert set(gone) == set(changed) - set(plain)
    only_bo = events(export(here.engine, FORM, "shop", "bo"))
    assert {summary for _, summary in only_bo.values()} == {"On call: Bo (shop)"}


def test_a_calendar_is_taken_over_and_strangers_are_refused(here: World) -> None:
    event = "BEGIN:VEVENT\nUID:1\nDTSTART:20260106T000000Z\nDTEND:20260107T000000Z\nATTENDEE:mailto:CAT@Example.com\nEND:VEVENT\n"
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{event}END:VCALENDAR\n".replace("\n", "\r\n")
    span = (NOON + DAY / 2, NOON + 5 * DAY / 2)

    take_over(here.engine, FORM, "shop", text, span, actor=ANA)

    assert [on(here, NOON + n * DAY / 2) for n in (0, 1, 2, 3)] == [("ana",), ("cat",), ("cat",), ()]
    with pytest.raises(InvalidError, match="nobody known"):
        take_over(here.engine, FORM, "shop", text.replace("CAT@", "zoe@"), span, actor=ANA)
    for act in (
        lambda: take_over(here.engine, FORM, "none", text, span, actor=ANA),
        lambda: export(here.engine, FORM, "none"),
    ):
        with pytest.raises(UnknownScheduleError):
            act()


def test_what_is_past_is_told_by_the_configuration_in_force_then(here: World) -> None:
    here.later(days=4)
    turned = TEXT.replace("people: [ana, bo], starts", "people: [cat], starts")
    apply(here.engine, catalogue(turned), "cat")
    here.later(days=3)

    past = NOON + DAY
    assert on_call_at(here.engine, past).turns[0].now == ("bo",)
    assert on_call_at(here.engine).turns[0].now == ("cat",)
    shown = schedules.view(here.engine, "shop", NOON + 3 * DAY, NOON + 8 * DAY)
    assert [shift.people for shift in shown.shifts] == [("bo",), ("ana",), ("cat",)]
    assert shown.shifts[-1].starts == NOON + 4 * DAY
    days = rota(here.engine, "ana", (NOON + 3 * DAY).date(), 2).days
    assert [[line.people for line in day.lines] for day in days] == [[("bo",)], [("ana",), ("cat",)]]
    events = Calendar.from_ical(export(here.engine, ICalendar(), "shop")).walk("VEVENT")
    assert {str(e["SUMMARY"]) for e in events if e.get("STATUS") != "CANCELLED"} == {
        "On call: Ana (shop)",
        "On call: Bo (shop)",
        "On call: Cat (shop)",
    }


def test_a_version_that_leaves_schedules_alone_cuts_nothing(here: World) -> None:
    here.later(hours=5)
    apply(here.engine, catalogue(TEXT.replace("name: Core", "name: The core")), "cat")
    here.later(days=1)
    shown = schedules.view(here.engine, "shop", NOON, NOON + DAY)
    assert [shift.people for shift in shown.shifts] == [("ana",), ("bo",)]
