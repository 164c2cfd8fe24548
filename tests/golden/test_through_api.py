"""R-EX 1-7 through the HTTP API: what the sources say happened gives the sources' figures, and nobody is woken for it.

`test_worked_examples` holds the same lines against the sources' text and names where a source contradicts itself.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.golden.examples import EXAMPLES, OPS, PLATFORM, RESPONDER, SRE, STARTUP, Example
from tests.golden.through_api import backfill, configuration
from tests.support.api import Office


def minutes(view: dict[str, Any], name: str) -> float | None:
    seconds = view["durations"][name]["seconds"]
    return None if seconds is None else seconds / 60


def clocks(view: dict[str, Any]) -> dict[str, str]:
    return {name: stamp["at"][11:16] for name, stamp in view["milestones"].items()}


def test_platform_detected_1400_mitigated_1415_resolved_1420(office: Office) -> None:
    seen = backfill(office, PLATFORM)

    assert clocks(seen) == {
        "detected": "14:00",
        "acknowledged": "14:02",
        "declared": "14:02",
        "identified": "14:08",
        "mitigated": "14:15",
        "resolved": "14:20",
    }
    assert (seen["severity"], seen["pack"], seen["ref"]) == ("SEV2", "platform", "INC-1")
    assert [t["done"] for t in seen["tasks"]] == [True, True]
    assert minutes(seen, "identify") == 8
    # The source never says when users began to be hurt, nor when the page arrived: those lengths stay unknown.
    assert minutes(seen, "mitigate") is None
    assert minutes(seen, "acknowledge") is None
    assert len(seen["followups"]) == 4


def test_startup_resolved_after_12_minutes(office: Office) -> None:
    seen = backfill(office, STARTUP)

    assert (minutes(seen, "resolve"), minutes(seen, "identify"), minutes(seen, "detect")) == (12, 6, 0)
    assert clocks(seen)["notified"] == "14:34"
    assert "100 MB" in seen["root_cause"]
    assert seen["severity"] == "CRITICAL"


def test_ops_82_minutes_with_its_counts(office: Office) -> None:
    seen = backfill(office, OPS)

    assert minutes(seen, "resolve") == 82
    assert seen["durations"]["resolve"]["text"] == "1 h 22 min (impact started 14:23:00 UTC to resolved 15:45:00 UTC)"
    impact = seen["impact"]
    assert (impact["failed_requests"], impact["users_affected"], impact["revenue_lost"]) == (12450, 5000, 15000)
    assert (impact["tickets"], impact["error_percent"]) == (23, 30)
    assert [f["status"] for f in seen["followups"]].count("done") == 1
    tried = [x["text"] for x in office.ana.timeline(seen["ref"]) if x["kind"] == "mitigation"]
    assert tried == [
        "Restart app servers: no effect, 10 min spent",
        "Increase the connection pool from 20 to 50: worked",
    ]


def test_responder_inc_2025_001_resolved_after_30_closed_after_45(office: Office) -> None:
    seen = backfill(office, RESPONDER)

    assert seen["ref"] == "INC-2025-001"
    assert (minutes(seen, "resolve"), minutes(seen, "close"), minutes(seen, "identify")) == (30, 45, 4)
    impact = seen["impact"]
    assert (impact["failed_requests"], impact["total_requests"]) == (374, 124589)
    assert seen["phase"] == "closed"
    # The source's related incident has number 045; here it is the second one written down.
    assert [ref for ref, _ in seen["related"]] == ["INC-2026-001"]
    assert [f["status"] for f in seen["followups"] if f["horizon"] == "immediate"] == ["done", "done"]


def test_sre_inc_2025_0120_001_acknowledged_2_mitigated_22_total_35(office: Office) -> None:
    seen = backfill(office, SRE)

    assert seen["ref"] == "INC-2025-0120-001"
    assert (minutes(seen, "acknowledge"), minutes(seen, "mitigate"), minutes(seen, "resolve")) == (2, 22, 35)
    assert [f["priority"] for f in seen["followups"]] == ["P0", "P1", "P1", "P2", "P2"]
    assert (seen["impact"]["users_affected"], seen["commander"]) == (1500, "jane")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda x: x.pack)
def test_writing_history_down_wakes_and_tells_nobody(office: Office, example: Example) -> None:
    seen = backfill(office, example)

    assert seen["mode"] == "backfill"
    assert seen["paged"] == []
    assert office.ana.get("/v1/outbox") == []
    assert office.jobs() == []
    assert seen["missing"] == [] or {m["verb"] for m in seen["missing"]} <= {
        "postmortem",
        "publish",
        "followups",
        "close",
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda x: x.pack)
def test_every_example_has_a_post_mortem_with_its_words(office: Office, example: Example) -> None:
    seen = backfill(office, example)
    text = office.ana.get(f"/v1/incidents/{seen['ref']}/postmortem")

    assert seen["title"] in text
    assert seen["resolution"] in text
    assert all(f["title"] in text for f in seen["followups"])


@pytest.mark.parametrize(
    ("severity", "ends", "cause", "fix"),
    [
        ("P1", ("2025-03-04T14:30:00Z", "2025-03-04T14:45:00Z"), "a lock held by one query blocks all others",
         "ended the blocking query and set a statement timeout"),
        ("P0", ("2025-03-05T09:15:00Z", "2025-03-05T09:30:00Z"), "YAML error in line 23 of the configuration: CrashLoopBackOff",
         "put the configuration right"),
    ],
)  # fmt: skip
def test_sre_lock_and_config_took_15_minutes(
    office: Office, severity: str, ends: tuple[str, str], cause: str, fix: str
) -> None:
    began, over = ends
    office.ana.post("/v1/config", {"catalogue": configuration()})
    said = {
        "title": cause,
        "severity": severity,
        "team": "sre",
        "mode": "backfill",
        "declared_at": began,
        "started_at": began,
    }
    ref = office.ana.post("/v1/incidents", said)["ref"]
    office.ana.act(ref, "cause", {"text": cause, "confirmed": True, "at": over})
    seen = office.ana.act(ref, "resolve", {"resolution": fix, "at": over})

    assert ref == f"INC-2025-{began[5:7]}{began[8:10]}-001"
    assert minutes(seen, "resolve") == 15
    assert office.jobs() == []
