"""Somebody is asked to join an incident: whom it means now, what they read, and how they answer without logging in."""

from __future__ import annotations

import pytest
from tests.flows.world import ANA, CONFIGURATION, SIGNING, World

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.events import Acknowledged, PrivacyChanged, RespondersRequested
from tocsin.flows.answers import answer, see_offer
from tocsin.flows.deliver import deliver
from tocsin.flows.handle import UnknownIncidentError
from tocsin.flows.respond import act
from tocsin.flows.responders import join, request
from tocsin.flows.storage import Job

TEXT = (
    CONFIGURATION.replace("people:\n", "people:\n  eve: {name: Eve, email: eve@example.com}\n", 1)
    + """
schedules:
  dba: {zone: UTC, people: [bo], starts: 2025-12-01T09:00, turn: daily}
  later: {zone: UTC, people: [bo], starts: 2035-12-01T09:00, turn: daily}
"""
)


def world() -> World:
    here = World(text=TEXT, more={"signing": SIGNING})
    here.declare()
    return here


def asked(here: World) -> Job:
    return next(job for job in here.jobs("page") if "/request/" in job.key)


def token_in(job: Job) -> str:
    facts = job.payload["facts"]
    assert isinstance(facts, dict)
    return str(facts["ack_url"]).rpartition("/")[2]


def body_of(here: World) -> RespondersRequested:
    (event,) = here.events(RespondersRequested)
    assert isinstance(event.body, RespondersRequested)
    return event.body


def test_a_schedule_means_who_is_on_call_and_they_read_who_asks_and_what_for() -> None:
    here = world()
    request(here.engine, "INC-1", ["dba"], ANA, message="we need a DBA")

    said = body_of(here)
    assert (said.people, said.targets) == (("bo",), ("schedule:dba",))
    payload = asked(here).payload
    assert str(payload["subject"]).startswith("You are asked to join: ")
    assert str(payload["text"]).startswith("Ana asks you to join: we need a DBA\n")
    assert "tocsin join INC-1" in str(payload["text"])


def test_each_is_asked_once_and_who_cannot_be_reached_is_named() -> None:
    here = world()
    found = request(here.engine, "INC-1", ["team:core", "person:bo", "eve"], ANA)

    assert body_of(here).people == ("ana", "bo", "eve")
    assert body_of(here).unreachable == ("eve",)
    assert [r.unreachable for r in found.requested] == [False, False, True]


def test_their_link_says_that_they_come_and_the_escalation_goes_on() -> None:
    here = world()
    request(here.engine, "INC-1", ["bo"], ANA)
    token = token_in(asked(here))
    offered = see_offer(here.engine, token)
    assert (offered.request, offered.joined, offered.taken_by, offered.current) == (True, False, "", False)

    assert answer(here.engine, token, "acknowledge").joined
    assert not here.incident().paging.acknowledged_by
    assert "escalate" in here.incident().timers
    assert answer(here.engine, token, "escalate").joined  # theirs is no level that could be passed on

    assert answer(here.engine, token, "take").taken_by == "Bo"
    assert here.incident().paging.acknowledged_by == "bo"


def test_a_page_of_the_escalation_is_answered_as_ever() -> None:
    here = world()
    request(here.engine, "INC-1", ["bo"], ANA)
    mine = next(job for job in here.jobs("page") if "/page/" in job.key)
    assert answer(here.engine, token_in(mine), "acknowledge").taken_by == "Ana"


def test_whoever_has_it_may_ask_and_a_join_takes_their_waiting_pages_back() -> None:
    here = world()
    act(here.engine, "INC-1", Acknowledged(person="ana"), ANA)
    request(here.engine, "INC-1", ["bo"], ANA)
    page = asked(here)
    join(here.engine, "INC-1", ANA, person="bo")
    assert deliver(here.engine, page) == "needless"
    assert here.incident().paging.acknowledged_by == "ana"


def test_a_private_incident_tells_whoever_is_asked_nothing_but_its_reference() -> None:
    here = world()
    act(here.engine, "INC-1", PrivacyChanged(private=True), ANA)
    request(here.engine, "INC-1", ["bo"], ANA, message="the key of the vault")
    payload = asked(here).payload
    assert "vault" not in str(payload)
    assert payload["subject"] == "INC-1"


@pytest.mark.parametrize(
    ("targets", "error", "words"),
    [
        (["zoe"], InvalidError, "no person, schedule or team is called 'zoe'"),
        (["policy:default"], InvalidError, "no person, schedule or team"),
        ([], InvalidError, "nobody is asked for"),
        (["later"], RefusedError, "schedule:later means nobody now"),
        (["eve"], RefusedError, "eve has no verified contact method"),
    ],
)
def test_what_reaches_nobody_is_refused(targets: list[str], error: type[Exception], words: str) -> None:
    here = world()
    with pytest.raises(error, match=words):
        request(here.engine, "INC-1", targets, ANA)
    assert not here.events(RespondersRequested)


def test_a_key_that_several_things_have_is_asked_back() -> None:
    here = World(text=TEXT.replace("dba:", "bo:"))
    here.declare()
    with pytest.raises(InvalidError, match="could be several things") as refused:
        request(here.engine, "INC-1", ["bo"], ANA)
    assert refused.value.mend == "Say which: person:bo, schedule:bo."


def test_an_incident_that_is_not_there_is_told_like_any_other() -> None:
    with pytest.raises(UnknownIncidentError):
        request(world().engine, "INC-9", ["bo"], ANA)
