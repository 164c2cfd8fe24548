"""What lets paging that is held back look again, or go on, at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.incident.story import ANA, MINUTE, PAGERDUTY, Story, declared

from tocsin.domain.alerts.notifying import Pace
from tocsin.domain.effects import Page
from tocsin.domain.incident import events as e
from tocsin.domain.incident.step.holding import is_known
from tocsin.domain.incident.step.pacing import REPEAT

HELD = "every alert has ended"
FIRED = e.AlertFired(fingerprint="f1", name="x", source="am")


def held_story() -> Story:
    pace = Pace(wait=0 * MINUTE, interval=5 * MINUTE, repeat=60 * MINUTE)
    story = Story().then(declared("SEV1", confirmed=False, pace=pace), PAGERDUTY).then(FIRED, PAGERDUTY)
    until = story.now + 360 * MINUTE
    generation = story.incident.timers["escalate"]
    held = e.PagingHeld(timer="escalate", generation=generation, because=HELD, until=until)
    return story.then(held)


def test_an_incident_that_comes_in_is_a_reason_to_look_at_once_and_one_that_leaves_is_none() -> None:
    story = held_story()
    later = story.due("escalate")
    assert story.then(e.Absorbed(other="i2", undone=True), ANA).due("escalate") == later

    merged = held_story().then(e.Absorbed(other="i2"), ANA)
    assert merged.due("escalate") == merged.now
    assert merged.incident.paging.held == HELD


def test_whoever_accepts_an_incident_lets_its_paging_go_on_at_once_and_nothing_says_that_it_is_held() -> None:
    story = held_story().then(e.Accepted(), ANA)
    assert (story.incident.paging.held, story.incident.paging.held_timer) == ("", "")
    assert story.due("escalate") == story.now == story.incident.paging_due_at

    gone_on = story.then(e.TimerElapsed(name="escalate", generation=story.incident.timers["escalate"]))
    assert "bo" in {page.person for page in gone_on.effects(Page)}


@pytest.mark.parametrize("body", [e.Declined(reason="none"), e.Merged(into="i2")])
def test_what_nobody_works_on_any_more_is_not_said_to_be_held(body: e.EventBody) -> None:
    story = held_story().then(body, ANA)
    assert story.incident.paging.held == ""
    assert "escalate" not in story.incident.timers


def test_the_next_level_takes_the_place_of_a_repetition_that_is_held_but_not_the_other_way() -> None:
    story = held_story()
    until = story.now + MINUTE
    repetition = e.PagingHeld(timer=REPEAT, generation=story.incident.timers[REPEAT], because=HELD, until=until)
    assert is_known(story.incident, repetition)

    silence = replace(repetition, because="silence s1")
    assert not is_known(story.incident, silence)
    story.then(silence)
    escalation = e.PagingHeld(
        timer="escalate", generation=story.incident.timers["escalate"], because="silence s1", until=until
    )
    assert not is_known(story.incident, escalation)
    assert is_known(story.then(escalation).incident, silence)
    assert story.then(FIRED, PAGERDUTY).due("escalate") == story.now
