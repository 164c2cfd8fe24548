"""Addresses that calendars subscribe to: signed, of one schedule or person, until they end or are withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from icalendar import Calendar
from tests.flows.world import CONFIGURATION, SIGNING, World, catalogue

from tocsin.adapters.ical import ICalendar
from tocsin.domain.actor import Actor
from tocsin.domain.errors import InvalidError
from tocsin.flows.configure import apply
from tocsin.flows.feeds import UnknownFeedError, make_feed, read_feed, revoke_feeds
from tocsin.flows.schedules import UnknownScheduleError

TEXT = CONFIGURATION.replace(
    "policies:",
    "schedules:\n"
    "  shop: {zone: UTC, people: [ana, bo], starts: 2026-01-05T00:00, turn: daily}\n"
    "  desk: {zone: UTC, people: [ana], starts: 2026-01-05T00:00}\n"
    "policies:",
)
ANA = Actor(kind="person", id="ana")
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    return World(text=TEXT)


def token(world: World, *, days: int = 30, **of: str) -> str:
    made = make_feed(world.engine, SIGNING, ANA, valid=days * DAY, **of)  # type: ignore[arg-type]  # names of what it is of
    assert made.expires_at == world.clock() + days * DAY
    where, _, key = made.url.partition("?key=")
    assert where == "https://tocsin.example.com/feeds/oncall.ics"
    return key


def titles(world: World, key: str) -> set[str]:
    text = read_feed(world.engine, SIGNING, ICalendar(), key)
    return {str(event["SUMMARY"]) for event in Calendar.from_ical(text).walk("VEVENT")}


def uids(world: World, key: str) -> list[str]:
    text = read_feed(world.engine, SIGNING, ICalendar(), key)
    return [str(event["UID"]) for event in Calendar.from_ical(text).walk("VEVENT")]


def test_a_schedule_a_person_and_a_persons_part_of_a_schedule(world: World) -> None:
    assert titles(world, token(world, schedule="shop")) == {"On call: Ana (shop)", "On call: Bo (shop)"}
    assert titles(world, token(world, person="ana")) == {"On call: Ana (shop)", "On call: Ana (desk)"}
    assert titles(world, token(world, schedule="shop", person="bo")) == {"On call: Bo (shop)"}


def test_events_keep_their_names_from_reading_to_reading(world: World) -> None:
    key = token(world, person="ana")
    first = uids(world, key)
    world.later(days=1)
    assert len(first) == len(set(first))
    assert set(first) <= set(uids(world, key))


def test_an_address_ends(world: World) -> None:
    key = token(world, schedule="shop", days=2)
    world.later(days=2)
    with pytest.raises(UnknownFeedError, match="expired"):
        titles(world, key)


def test_an_address_is_withdrawn_by_who_made_it_and_a_later_one_holds(world: World) -> None:
    key = token(world, schedule="shop")
    revoke_feeds(world.engine, Actor(kind="person", id="bo"))
    assert titles(world, key)
    revoke_feeds(world.engine, ANA)
    with pytest.raises(UnknownFeedError, match="withdrawn"):
        titles(world, key)
    assert titles(world, token(world, schedule="shop"))


def test_what_was_changed_or_is_for_something_else_leads_nowhere(world: World) -> None:
    key = token(world, schedule="shop")
    with world.store.transaction() as tx:
        other = SIGNING.sign(tx, "x", purpose="contact", valid=DAY)
    for wrong in ("", "x", key[:-1], other):
        with pytest.raises(UnknownFeedError):
            titles(world, wrong)


def test_an_address_of_what_has_gone_leads_nowhere(world: World) -> None:
    key = token(world, schedule="shop")
    apply(world.engine, catalogue(CONFIGURATION), "cat")
    with pytest.raises(UnknownFeedError, match="no schedule"):
        titles(world, key)


def test_what_cannot_be_asked_for(world: World) -> None:
    for of in ({}, {"person": "nobody"}):
        with pytest.raises(InvalidError):
            token(world, **of)
    with pytest.raises(InvalidError):
        token(world, schedule="shop", days=900)
    with pytest.raises(UnknownScheduleError):
        token(world, schedule="none")
    with pytest.raises(InvalidError, match="belongs to a person"):
        make_feed(world.engine, SIGNING, Actor(kind="system", id="tocsin"), schedule="shop", valid=DAY)
