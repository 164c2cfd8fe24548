"""Somebody is asked for beside the escalation: reached by their own rules, and the escalation goes on as it was."""

from __future__ import annotations

import pytest
from tests.domain.incident.story import BO, HOUR, MINUTE, RESOLVED, Story, begun
from tests.domain.incident.test_step_calling import delivered, methods, ruled

from tocsin.domain.effects import CancelPages, Page, Tell
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.wanted import is_wanted

ACK = e.Acknowledged(person="bo")
CY = e.ResponderJoined(person="cy")


def asking(*people: str, number: int = 1) -> e.RespondersRequested:
    return e.RespondersRequested(number=number, people=people or ("cy",), message="we need a DBA")


def asked(story: Story, person: str = "cy") -> Page:
    return next(p for p in story.effects(Page) if p.person == person)


def test_whoever_is_asked_is_paged_by_their_rules_and_the_ladder_goes_on() -> None:
    story = begun(policy=ruled(), by=BO)
    rings = story.due("escalate")
    story.then(ACK, BO).then(asking("ana"), BO)
    assert methods(story) == ["push"]
    assert methods(story.wake("notify/request/ana")) == ["sms"]

    other = begun(policy=ruled(), by=BO).then(asking(), BO)
    assert (other.due("escalate"), other.incident.paging.level) == (rings, 0)
    assert [p.person for p in other.wake("escalate").effects(Page)] == ["bo", "cy", "ana"]


def test_that_they_come_stops_their_pages_and_no_one_elses() -> None:
    story = begun(policy=ruled()).then(asking("ana"), BO)
    page = asked(story, "ana")
    story.then(e.ResponderJoined(person="ana"), after=MINUTE)
    assert not story.effects(CancelPages)
    assert [name for name in story.incident.timers if name.startswith("notify/")] == ["notify/page/ana"]
    assert not is_wanted(story.incident, page.key)
    assert not story.incident.paging.acknowledged_by
    found = story.incident.request_for("ana")
    assert found is not None
    assert (found.by, found.joined_at, found.message) == ("bo", story.now, "we need a DBA")


def test_an_acknowledgement_stops_who_was_asked_before_it_and_lets_others_be_asked_after() -> None:
    story = begun().then(asking("cy"), BO)
    first = asked(story).key
    assert is_wanted(story.incident, first)
    story.then(ACK, BO)
    assert story.effects(CancelPages)
    assert not is_wanted(story.incident, first)
    again = asked(story.then(asking("cy", number=2), BO))
    assert is_wanted(story.incident, again.key)
    assert not is_wanted(story.then(RESOLVED).incident, again.key)


def test_whoever_was_asked_and_acknowledges_has_joined_until_that_is_withdrawn() -> None:
    story = begun().then(asking("bo")).then(ACK, BO)
    taken = story.events[-1]
    assert [r.joined_at for r in story.incident.requested] == [story.now]
    story.then(e.Retracted(reason="it was Cy"), supersedes=taken.id)
    assert [r.joined_at for r in story.incident.requested] == [None]


def test_when_somebody_joined_can_be_corrected() -> None:
    story = begun().then(asking()).then(CY, after=HOUR)
    earlier = story.now - 10 * MINUTE
    story.then(CY, supersedes=story.events[-1].id, occurred=earlier)
    assert [r.joined_at for r in story.incident.requested] == [earlier]
    story.then(e.Retracted(reason="no"), supersedes=story.events[-1].id)
    assert [r.joined_at for r in story.incident.requested] == [None]


def test_the_same_request_handled_again_pages_nobody() -> None:
    story = begun().then(asking()).then(asking())
    assert not story.last.effects
    assert story.incident.requests == 1


def test_a_method_that_fails_is_followed_by_the_next_and_that_none_is_left_is_said() -> None:
    story = begun().then(ACK, BO).then(asking("ana"), BO)
    story.fail(asked(story, "ana").key, "ana", "sms")
    assert methods(story) == ["mail"]
    last = asked(story, "ana").key
    story.fail(last, "ana", "mail")
    (told,) = story.effects(Tell)
    assert told.fields["text"] == "Ana was asked to join INC-1 and cannot be reached: no method worked."
    assert [r.unreachable for r in story.incident.requested] == [True]
    assert not story.fail(last, "ana", "mail").effects(Tell)


def test_a_failure_of_a_request_that_stands_no_more_pages_nobody() -> None:
    story = begun().then(asking("ana"), BO)
    page = asked(story, "ana")
    story.then(ACK, BO).fail(page.key, "ana", "sms")
    assert not story.effects(Page)


def test_only_who_was_asked_joins_and_only_what_is_open() -> None:
    story = begun()
    with pytest.raises(RefusedError, match="nobody asked for cy"):
        story.then(CY)
    story.then(asking()).then(RESOLVED)
    with pytest.raises(RefusedError):
        story.then(CY)
    with pytest.raises(RefusedError):
        story.then(asking(number=2))


def test_a_delivered_request_is_no_answer() -> None:
    story = begun().then(asking())
    delivered(story, asked(story))
    assert [r.joined_at for r in story.incident.requested] == [None]
