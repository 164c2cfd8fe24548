"""All senders of an incident's alerts hear what happened to it, each once, and nothing that is no longer true."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs
from tests.flows.test_write_back import ALERT, Desk
from tests.flows.world import ANA

from tocsin.domain.incident.events import Acknowledged, Declined, EventBody, Reopened, Unacknowledged
from tocsin.flows.ingest import MEMBERSHIP, Sender, accept, tell
from tocsin.flows.ports import InboundAlert, TransientError
from tocsin.flows.respond import act, merge
from tocsin.flows.spreading import BATCH

SENDER = Sender(key="watch", service="shop")
GIVEN_BACK = Unacknowledged(person="ana")


def many(count: int, start: int = 0) -> list[InboundAlert]:
    return [structs.replace(ALERT, fingerprint=f"m{number:04}") for number in range(start, start + count)]


def test_the_senders_of_all_alerts_hear_however_many_there_are() -> None:
    desk = Desk()
    act(desk.world.engine, "INC-1", GIVEN_BACK, ANA)
    accept(desk.world.engine, SENDER, many(2 * BATCH))
    desk.heard()

    act(desk.world.engine, "INC-1", Acknowledged(person="ana"), ANA)
    names = {alert.fingerprint for alert in many(2 * BATCH)} | {"f1"}
    assert sorted(desk.heard()) == [("acknowledge", name) for name in sorted(names)]


def test_an_alert_that_joins_while_somebody_has_the_incident_is_acknowledged_once() -> None:
    desk = Desk()
    assert desk.heard() == [("acknowledge", "f1")]
    accept(desk.world.engine, SENDER, many(1))
    assert desk.heard() == [("acknowledge", "m0000")]

    accept(desk.world.engine, SENDER, many(40, 1))
    first = desk.heard()
    desk.world.later(minutes=1)
    for timer in desk.world.timers("tell"):
        assert timer.stream.startswith(MEMBERSHIP)
        tell(desk.world.engine, timer)
    both = first + desk.heard()
    assert sorted(both) == [("acknowledge", alert.fingerprint) for alert in many(40, 1)]


def test_an_alert_that_fires_again_is_acknowledged_again() -> None:
    desk = Desk()
    desk.heard()
    accept(desk.world.engine, SENDER, [structs.replace(ALERT, status="resolved")])
    assert desk.heard() == []
    accept(desk.world.engine, SENDER, [ALERT])
    assert desk.heard() == [("acknowledge", "f1")]


def test_the_alerts_of_an_incident_that_was_merged_into_it_are_acknowledged_with_it() -> None:
    desk = Desk()
    desk.heard()
    other = structs.replace(ALERT, fingerprint="f2", service="silent")
    accept(desk.world.engine, SENDER, [other])
    assert desk.heard() == []
    merge(desk.world.engine, "INC-2", "INC-1", ANA)
    assert desk.heard() == [("acknowledge", "f2")]


def test_giving_it_back_takes_the_acknowledgement_back() -> None:
    desk = Desk()
    desk.heard()
    act(desk.world.engine, "INC-1", GIVEN_BACK, ANA)
    assert desk.heard() == [("unacknowledge", "f1")]
    act(desk.world.engine, "INC-1", Acknowledged(person="ana"), ANA)
    assert desk.heard() == [("acknowledge", "f1")]


def test_an_alert_that_has_ended_is_not_acknowledged_at_its_sender() -> None:
    desk = Desk()
    accept(desk.world.engine, SENDER, [structs.replace(ALERT, status="resolved")])
    assert desk.heard() == []
    act(desk.world.engine, "INC-1", GIVEN_BACK, ANA)
    desk.heard()
    act(desk.world.engine, "INC-1", Acknowledged(person="ana"), ANA)
    assert desk.heard() == []


def test_what_a_source_said_itself_is_told_to_the_others_only() -> None:
    desk = Desk()
    act(desk.world.engine, "INC-1", GIVEN_BACK, ANA)
    desk.heard()
    act(desk.world.engine, "INC-1", Acknowledged(person="ana"), replace(ANA, actor=SENDER.actor))
    assert desk.heard() == []


@pytest.mark.parametrize(("since", "heard"), [(Declined(reason="noise"), "resolve"), (GIVEN_BACK, "unacknowledge")])
def test_an_acknowledgement_that_comes_late_undoes_nothing(since: EventBody, heard: str) -> None:
    desk = Desk()
    desk.channel.trouble = [TransientError("no answer")]
    assert desk.tell() == "retried"
    act(desk.world.engine, "INC-1", since, ANA)
    desk.world.later(minutes=1)
    assert desk.heard() == [(heard, "f1")]
    assert {row.state for row in desk.rows()} == {"done"}


@pytest.mark.parametrize(("since", "heard"), [(Declined(reason="noise"), "resolve"), (GIVEN_BACK, "unacknowledge")])
def test_an_acknowledgement_that_is_overtaken_while_it_is_told_is_taken_back_there(
    since: EventBody, heard: str
) -> None:
    desk = Desk()

    def overtake() -> None:
        desk.channel.during = lambda: None
        act(desk.world.engine, "INC-1", since, ANA)
        assert desk.heard() == [(heard, "f1")]

    desk.channel.during = overtake
    assert desk.tell() == "told"
    assert [message.kind for message in desk.channel.carried] == [heard, "acknowledge"]
    assert desk.heard() == [(heard, "f1")]


def test_an_end_that_comes_late_does_not_end_what_was_reopened() -> None:
    desk = Desk()
    desk.heard()
    act(desk.world.engine, "INC-1", Declined(reason="noise"), ANA)
    desk.spread()
    act(desk.world.engine, "INC-1", Reopened(reason="it was not"), ANA)
    assert desk.heard() == []
