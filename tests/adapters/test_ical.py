"""Calendar files: what is written can be read, and what others write is read as they mean it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.adapters.ical import ICalendar
from tocsin.domain.errors import InvalidError
from tocsin.flows.calendar_format import Entry, Found

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
FORM = ICalendar()


def file(*events: str) -> str:
    parts = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{parts}END:VCALENDAR\n".replace("\n", "\r\n")


def read(*events: str, zone: str = "UTC") -> list[tuple[str, str, str]]:
    found = FORM.read(file(*events), BEGIN, END, zone)
    return [(f"{f.starts:%d %H:%M}", f"{f.ends:%d %H:%M}", f.names[0]) for f in found]


def test_what_is_written_is_read() -> None:
    day = timedelta(days=1)
    first = Entry(
        uid="a@x", starts=BEGIN, ends=BEGIN + day, person="ana", email="Ana@Example.com", title="On call, Ana"
    )
    gone = Entry(uid="b@x", starts=BEGIN + day, ends=END, person="bo", email="", title="Bo", cancelled=True)

    text = FORM.write("shop", [first, gone], BEGIN)

    assert "UID:a@x" in text
    assert text.count("STATUS:CANCELLED") == text.count("STATUS:CONFIRMED") == 1
    assert FORM.read(text, BEGIN, END, "UTC") == [
        Found(starts=BEGIN, ends=BEGIN + day, names=("ana@example.com", "on call, ana"), title="On call, Ana")
    ]


def test_an_occurrence_that_was_moved_is_where_it_was_moved_to() -> None:
    assert read(
        "UID:1\nDTSTART:20260105T090000Z\nDTEND:20260106T090000Z\nRRULE:FREQ=WEEKLY;COUNT=3\nSUMMARY:ana",
        "UID:1\nRECURRENCE-ID:20260112T090000Z\nDTSTART:20260113T090000Z\nDTEND:20260114T090000Z\nSUMMARY:bo",
    ) == [("05 09:00", "06 09:00", "ana"), ("13 09:00", "14 09:00", "bo"), ("19 09:00", "20 09:00", "ana")]


def test_an_occurrence_that_was_cancelled_or_left_out_is_not_there() -> None:
    assert read(
        "UID:1\nDTSTART:20260105T090000Z\nDTEND:20260106T090000Z\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20260119T090000Z\nSUMMARY:ana",
        "UID:1\nRECURRENCE-ID:20260112T090000Z\nDTSTART:20260112T090000Z\nDTEND:20260113T090000Z\nSTATUS:CANCELLED\nSUMMARY:ana",
        "UID:2\nDTSTART:20260120T090000Z\nDTEND:20260121T090000Z\nSTATUS:CANCELLED\nSUMMARY:bo",
    ) == [("05 09:00", "06 09:00", "ana")]


def test_a_whole_day_is_one_by_the_schedules_clock() -> None:
    event = "UID:1\nDTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260107\nSUMMARY:ana"
    assert read(event, zone="Europe/Berlin") == [("04 23:00", "06 23:00", "ana")]


def test_a_time_without_a_zone_is_the_schedules() -> None:
    event = "UID:1\nDTSTART:20260105T090000\nDTEND:20260105T170000\nSUMMARY:ana"
    assert read(event, zone="America/New_York") == [("05 14:00", "05 22:00", "ana")]


def test_events_of_one_name_are_revisions_or_else_events_of_their_own() -> None:
    old = "UID:1\nSEQUENCE:1\nDTSTART:20260105T090000Z\nDTEND:20260106T090000Z\nSUMMARY:ana"
    new = old.replace("SEQUENCE:1", "SEQUENCE:2").replace("ana", "bo")
    other = "UID:2\nDTSTART:20260110T090000Z\nDTEND:20260111T090000Z\nSUMMARY:ana"
    assert read(new, old) == read(old, new) == [("05 09:00", "06 09:00", "bo")]
    assert read(other, other) == [("10 09:00", "11 09:00", "ana")]
    assert len(read(other, other.replace("20260110", "20260109"))) == 2


def test_an_address_counts_before_a_title() -> None:
    event = "UID:1\nDTSTART:20260105T090000Z\nDTEND:20260106T090000Z\nSUMMARY:On call\nATTENDEE:MAILTO:Ana@Example.COM"
    assert read(event) == [("05 09:00", "06 09:00", "ana@example.com")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing of the kind", "no calendar"),
        (file("UID:1\nSUMMARY:no start"), "no calendar"),
        (
            file("UID:1\nDTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY\nSUMMARY:x"),
            "more than once a day",
        ),
        (file("UID:1\nDTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMINUTE=1,2\nSUMMARY:x"), "more than"),
        (file("UID:1\nDTSTART:19000105T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nSUMMARY:x"), "before 2000"),
        (file(*(f"UID:{n}\nDTSTART:20260105T090000Z\nDURATION:PT1H" for n in range(501))), "more than 500"),
    ],
)
def test_what_cannot_be_taken_over_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        FORM.read(text, BEGIN, END, "UTC")


LINES = st.sampled_from([
    "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "UID:1", "DTSTART:20260105T090000Z", "DTSTART:2026",
    "DTEND:20260101T000000Z", "DTSTART;VALUE=DATE:20260105", "DTSTART;TZID=No/Where:20260105T090000", "DURATION:P1W",
    "RRULE:FREQ=DAILY;COUNT=-1", "RRULE:FREQ=YEARLY;BYMONTH=13", "RRULE:x", "EXDATE:x", "RECURRENCE-ID:20260105", "SEQUENCE:x",
    "ATTENDEE:", "SUMMARY:ü", "X-WR-TIMEZONE:Nowhere", ":", "",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=14))
def test_no_file_breaks_the_reader(lines: list[str]) -> None:
    text = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""])
    with contextlib.suppress(InvalidError):
        FORM.read(text, BEGIN, END, "UTC")
