"""How a person is reached is told with the rule that decides it, by the same ways that a page takes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from tocsin.domain.catalogue import Catalogue, ContactMethod, Person
from tocsin.domain.notification import NotificationRules, Notify, Urgency
from tocsin.domain.oncall.reached import how_reached, rulings, timed
from tocsin.domain.schedules import Hours

NIGHT = datetime(2026, 1, 20, 22, 30, tzinfo=UTC)
DAY = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)
RULES = NotificationRules(
    high=(
        Notify(method="push"),
        Notify(method="phone", after=timedelta(seconds=90)),
        Notify(method="voice", after=timedelta(minutes=2)),
    ),
    quiet=(Hours(from_=time(22), to=time(7)),),
)


def known(notify: NotificationRules = RULES, *, verified: tuple[str, ...] = ("push", "voice", "mail")) -> Catalogue:
    contacts = tuple(
        ContactMethod(key=key, kind=key, address=key, verified=key in verified)
        for key in ("push", "phone", "voice", "mail")
    )
    ana = Person(key="ana", name="Ana", zone="Europe/Berlin", contacts=contacts, notify=notify)
    return Catalogue(version=1, catch_all="ana", people=(ana,))


def said(catalogue: Catalogue, urgency: Urgency, at: datetime, person: str = "ana") -> list[str]:
    return [ruling.sentence for ruling in rulings(how_reached(catalogue, person, urgency, at), catalogue.names)]


def test_rules_say_when_each_method_is_used_and_what_is_left_out() -> None:
    assert said(known(), "high", DAY) == [
        "Ana's rules for high urgency: at 0 min push, at 2 min voice, if that fails mail.",
        "phone of Ana is not verified, so that it is left out.",
    ]


def test_without_rules_contacts_go_in_turn() -> None:
    found = how_reached(known(NotificationRules()), "ana", "low", DAY)
    assert timed(found) == ("at 0 min push", "if that fails voice", "if that fails mail")
    assert not found.ruled
    assert rulings(found)[0].reason == "in_turn"


def test_quiet_hours_hold_back_what_is_low_until_they_end_by_the_persons_clock() -> None:
    found = how_reached(known(), "ana", "low", NIGHT)
    assert found.begins_at == datetime(2026, 1, 21, 6, 0, tzinfo=UTC)
    assert said(known(), "low", NIGHT)[-1] == "Ana has quiet hours: it waits until 2026-01-21 07:00 Europe/Berlin."


def test_quiet_hours_do_not_hold_back_what_is_high() -> None:
    assert how_reached(known(), "ana", "high", NIGHT).begins_at == NIGHT
    assert said(known(), "high", NIGHT)[-1].endswith("what is of high urgency is not held back by them.")


@pytest.mark.parametrize("person", ["ana", "nobody"])
def test_who_has_no_verified_method_is_reached_by_nothing(person: str) -> None:
    found = how_reached(known(verified=()), person, "high", DAY)
    assert found.ways == ()
    first = rulings(found)[0]
    assert (first.reason, first.holds_back) == ("unreachable", True)
