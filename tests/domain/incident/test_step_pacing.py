"""The clocks of an incident's route, and the policies that its alerts add."""

from __future__ import annotations

from datetime import timedelta

from tests.domain.incident.story import ANA, MINUTE, PAGERDUTY, Story, declared

from tocsin.domain.alerts.notifying import Pace
from tocsin.domain.effects import Page
from tocsin.domain.incident import events as e
from tocsin.domain.incident.step.pacing import REPEAT, WAIT

HOUR = timedelta(hours=1)
FIRED = e.AlertFired(fingerprint="f1", name="x", source="am")
CLEARED = e.AlertCleared(fingerprint="f1", name="x", source="am")


def waiting(severity: str = "SEV1", wait: timedelta = MINUTE) -> Story:
    pace = Pace(wait=wait, interval=5 * MINUTE, repeat=HOUR)
    return Story().then(declared(severity, confirmed=False, pace=pace), PAGERDUTY).then(FIRED, PAGERDUTY)


def woken(story: Story) -> list[str]:
    return [effect.person for effect in story.asked if isinstance(effect, Page)]


def elapse(story: Story, name: str) -> Story:
    return story.then(e.TimerElapsed(name=name, generation=story.incident.timers[name]))


def test_a_severity_that_pages_nobody_waits_for_nothing() -> None:
    assert WAIT not in waiting("SEV3").incident.timers


def test_whoever_raises_the_severity_while_a_group_waits_is_not_made_to_wait() -> None:
    story = waiting("SEV2").then(e.SeverityChanged(severity="SEV1", reason="all are down"), ANA)
    assert woken(story) == ["ana"]
    assert woken(elapse(story, WAIT)) == ["ana"]


def test_whoever_acknowledges_while_a_group_waits_stops_the_page() -> None:
    story = waiting().then(e.Acknowledged(person="bo"))
    assert woken(elapse(story, WAIT)) == []


def test_the_repetition_falls_on_a_beat_of_the_group() -> None:
    pace = Pace(wait=timedelta(0), interval=25 * MINUTE, repeat=HOUR)
    story = Story().then(declared(pace=pace), PAGERDUTY).then(FIRED, PAGERDUTY)
    assert story.due(REPEAT) == story.now + 75 * MINUTE


def test_nothing_is_repeated_while_nothing_fires() -> None:
    story = elapse(waiting(wait=timedelta(0)).then(CLEARED, PAGERDUTY), REPEAT)
    assert REPEAT not in story.incident.timers
    assert REPEAT in story.then(FIRED, PAGERDUTY).incident.timers


def test_the_clocks_end_with_the_incident() -> None:
    story = waiting(wait=timedelta(0)).then(e.Accepted(), ANA).then(e.Resolved(resolution="over"), ANA)
    assert not {WAIT, REPEAT} & set(story.incident.timers)


def test_a_policy_that_is_gone_or_pages_already_adds_nothing() -> None:
    story = waiting(wait=timedelta(0))
    for key in ("gone", "ladder"):
        assert woken(story.then(e.PolicyAdded(policy=key), PAGERDUTY)) == ["ana"]
        assert story.incident.policies == ()


def test_a_policy_that_is_added_while_the_group_waits_pages_with_the_others() -> None:
    story = waiting().then(e.PolicyAdded(policy="nobody", reason="its route"), PAGERDUTY)
    assert story.incident.policies == ("ladder", "nobody")
    assert woken(story) == []
    assert woken(elapse(story, WAIT)) == ["ana"]
