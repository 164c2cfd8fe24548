"""Quiet hours are by the wall clock of their person's zone; ways follow the rules, then what they leave out."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from tocsin.domain.catalogue import Catalogue, ContactMethod, Person
from tocsin.domain.notification import NotificationRules, Notify
from tocsin.domain.oncall.notification import quiet_until, ways
from tocsin.domain.schedules import Day, Hours

NIGHT = Hours(from_=time(22), to=time(7))


def sleeper(*quiet: Hours, zone: str = "Europe/Berlin") -> Person:
    return Person(key="ana", name="Ana", zone=zone, notify=NotificationRules(quiet=quiet))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-01-20T20:59", None),
        ("2026-01-20T21:00", "2026-01-21T06:00"),
        ("2026-01-21T05:59:59", "2026-01-21T06:00"),
        ("2026-01-21T06:00", None),
        ("2026-03-28T23:00", "2026-03-29T05:00"),  # the night that is an hour shorter
        ("2026-10-24T21:00", "2026-10-25T06:00"),  # and the one that is longer
    ],
)
def test_a_night_ends_by_the_clock_on_the_wall(at: str, until: str | None) -> None:
    assert quiet_until(sleeper(NIGHT), utc(at)) == (utc(until) if until else None)


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    days: tuple[Day, ...] = ("fri",)
    weekend = sleeper(Hours(from_=time(22), to=time(7), days=days), zone="UTC")
    assert quiet_until(weekend, utc("2026-01-24T06:00")) == utc("2026-01-24T07:00")  # a Saturday
    assert quiet_until(weekend, utc("2026-01-23T06:00")) is None


def test_hours_that_follow_on_are_one() -> None:
    days: tuple[Day, ...] = ("sat", "sun")
    found = sleeper(Hours(from_=time(0), to=time(0), days=days), NIGHT, zone="UTC")
    assert quiet_until(found, utc("2026-01-23T23:00")) == utc("2026-01-26T07:00")


def test_ways_stand_in_the_order_of_their_times() -> None:
    contacts = tuple(ContactMethod(key=k, kind=k, address=k, verified=True) for k in ("mail", "sms", "push"))
    rules = NotificationRules(high=(Notify(method="sms", after=timedelta(minutes=2)), Notify(method="push")))
    known = Catalogue(
        version=1, catch_all="ana", people=(Person(key="ana", name="Ana", contacts=contacts, notify=rules),)
    )
    assert [(w.name, w.after) for w in ways(known, "ana", "high")] == [
        ("push", timedelta(0)),
        ("sms", timedelta(minutes=2)),
        ("mail", None),
    ]
    assert [(w.name, w.after) for w in ways(known, "ana", "low")] == [
        ("mail", timedelta(0)),
        ("sms", None),
        ("push", None),
    ]
    assert ways(known, "nobody", "high") == ()
