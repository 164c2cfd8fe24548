"""How many alerts fired when."""

from __future__ import annotations

from tests.domain.incident.story import MINUTE, NOON, PAGERDUTY, Story, declared

from tocsin.domain.incident import events as e
from tocsin.domain.incident.alert_curve import alert_curve


def test_alerts_are_counted_one_by_one_and_then_as_they_were_told() -> None:
    story = Story().then(declared(), PAGERDUTY)
    bodies = (
        e.AlertFired(fingerprint="f1", name="x", source="am"),
        e.AlertFired(fingerprint="f2", name="x", source="am"),
        e.AlertFired(fingerprint="f2", name="x", source="am"),
        e.AlertCleared(fingerprint="f1", name="x", source="am"),
        e.AlertsGrouped(total=900, firing=700),
        e.AlertCleared(fingerprint="f2", name="x", source="am"),
        e.AlertsGrouped(total=900, firing=0),
    )
    for number, body in enumerate(bodies):
        story.now = NOON + number * MINUTE
        story.then(body, PAGERDUTY)
    assert [count for _, count in alert_curve(story.events)] == [1, 2, 2, 1, 700, 700, 0]
    assert [at for at, _ in alert_curve(story.events)][:2] == [NOON, NOON + MINUTE]


def test_an_incident_without_alerts_has_no_curve() -> None:
    assert alert_curve(Story().then(declared()).events) == ()
