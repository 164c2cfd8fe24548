"""Why somebody was woken, or not, over the API."""

from __future__ import annotations

from tests.doors.http.test_alerting import routed, silence
from tests.support.api import Office

from tocsin.flows.ingest import Sender, accept
from tocsin.flows.ports import InboundAlert

__all__ = ["routed"]
SENDER = Sender(key="prometheus", team="core")


def fire(office: Office, name: str, **labels: str) -> None:
    alert = InboundAlert(
        fingerprint=name, name=name, status="firing", labels={"alertname": name, **labels}, severity="critical"
    )
    accept(office.app.engine, SENDER, [alert])


def test_alerts_are_listed_and_each_can_be_asked_about(routed: Office) -> None:
    silence(routed, "alertname=Quiet")
    fire(routed, "Quiet")
    fire(routed, "Loud")

    quiet, loud = routed.cleo.get("/v1/alerts")
    assert routed.cleo.get("/v1/alerts", held=True) == [quiet]
    assert (quiet["incident"], len(quiet["held_by"])) == ("", 1)
    found = routed.cleo.get("/v1/why", subject=loud["subject"])
    assert (found["kind"], found["incident"]) == ("alert", loud["incident"])
    page = routed.cleo.get("/v1/why", subject=found["pages"][0])
    assert (page["kind"], page["incident"]) == ("page", loud["incident"])
    held = routed.cleo.get("/v1/why", subject="prometheus/Quiet")
    assert held["decisions"][-1]["reason"] == "held_back"


def test_an_unknown_subject_or_cursor_is_refused_in_words(routed: Office) -> None:
    unknown = routed.cleo.get("/v1/why", status=404, subject="nothing")
    assert "tocsin alerts" in unknown["mend"]
    for cursor in ("x", "-1", "\u0663", "9" * 30):
        assert routed.cleo.get("/v1/alerts", status=422, cursor=cursor)["field"] == "cursor"
