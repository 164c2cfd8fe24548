"""R-EX 1-5: the sources' worked examples give the sources' figures; where a source contradicts itself, it is said here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import SHARED
from tests.golden.examples import EXAMPLES, OPS, PLATFORM, RESPONDER, SRE, STARTUP, Example
from tests.golden.replay import pack, recorded, replay

from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.timeline import Stamp, entries, errors, milestones, warnings
from tocsin.domain.learning.durations import Durations, between, durations
from tocsin.domain.learning.postmortem import SECTIONS, draft

pytestmark = pytest.mark.shared


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def figures(example: Example) -> tuple[Incident, dict[str, Stamp], Durations]:
    incident, events = replay(example)
    stamps = milestones(events)
    return incident, stamps, durations(stamps)


def clocks(stamps: dict[str, Stamp]) -> dict[str, str]:
    return {name: f"{stamp.at:%H:%M}" for name, stamp in stamps.items()}


def says(example: Example, *figures: str) -> None:
    """Hold the figures of a test against the source, so that neither can drift."""
    text = (SHARED / "seeds" / example.source).read_text(encoding="utf-8", errors="replace")
    missing = [f for f in figures if f not in text]
    assert not missing, f"{example.source} does not say {missing}"


def test_platform_alert_1400_healthy_1415_all_clear_1420() -> None:
    incident, stamps, spans = figures(PLATFORM)
    says(
        PLATFORM,
        "SEV2 Walkthrough",
        "**14:00** -- PagerDuty",
        "at 13:45",
        "48 of 50",
        "**14:15**",
        "**14:20** -- All-clear",
    )

    assert clocks(stamps) == {
        "detected": "14:00",
        "acknowledged": "14:02",
        "declared": "14:02",
        "identified": "14:08",
        "mitigated": "14:15",
        "resolved": "14:20",
    }
    assert between(stamps, "detected", "mitigated").value == minutes(15)
    assert between(stamps, "detected", "resolved").value == minutes(20)
    assert incident.severity == "SEV2"
    assert incident.tasks[0].result == "48 of 50 connections idle in transaction"
    assert [f.title for f in incident.followups][2] == "Alert on the idle-in-transaction count"
    # The deploy was at 13:45 and the alert needs 5 minutes above 5 %, but the source never says when users began to be
    # affected, nor when the page arrived: those lengths stay unknown.
    assert spans.mitigate.missing == spans.resolve.missing == ("impact_started",)
    assert spans.acknowledge.missing == ("notified",)
    # 15 minutes is also its watch window (R-VER-2), yet its own all-clear comes 5 minutes after the fix.
    says(PLATFORM, "Monitor for 15 minutes")
    assert between(stamps, "mitigated", "resolved").value == minutes(5)


def test_startup_spike_1432_paged_1434_cause_1438_normal_1444() -> None:
    incident, stamps, spans = figures(STARTUP)
    says(STARTUP, "14:32 UTC", "14:34 UTC", "14:38 UTC", "14:41 UTC", "14:44 UTC", "100MB", "After 200 requests")

    assert clocks(stamps) == {
        "impact_started": "14:32",
        "detected": "14:32",
        "notified": "14:34",
        "declared": "14:34",
        "identified": "14:38",
        "mitigated": "14:44",
        "resolved": "14:44",
    }
    assert spans.resolve.value == minutes(12)
    assert spans.identify.value == minutes(6)
    assert between(stamps, "detected", "notified").value == minutes(2)
    assert str(spans.resolve) == "12 min (impact started 14:32:00 UTC to resolved 14:44:00 UTC)"
    assert "allocates 100 MB" in incident.root_cause
    # Nobody's acknowledgement is on record.
    assert spans.acknowledge.missing == ("acknowledged",)
    # Inside the source: the feature is disabled by its flag at 14:41, while its prevention list says that this feature
    # should have had one. What was recorded as done stands; the action item is kept as written.
    says(STARTUP, "Feature disabled via flag", "this one should have had a flag")
    assert incident.resolution == "feature disabled by its flag"
    assert incident.followups[3].title == "Feature flags for high-risk features"


def test_ops_82_minutes_from_1423_to_1545() -> None:
    incident, stamps, spans = figures(OPS)
    says(OPS, "Duration: 1h 22m", "82 minutes", "**14:23 UTC**", "**15:45 UTC**")

    assert spans.resolve.value == minutes(82)
    assert str(spans.resolve) == "1 h 22 min (impact started 14:23:00 UTC to resolved 15:45:00 UTC)"
    assert clocks(stamps) == {
        "impact_started": "14:23",
        "detected": "14:23",
        "notified": "14:25",
        "declared": "14:25",
        "identified": "14:30",
        "mitigated": "15:00",
        "resolved": "15:45",
    }
    assert incident.holder("commander") == "alice"


def test_ops_impact_counts_and_actions() -> None:
    incident, events = replay(OPS)
    says(
        OPS, "~5,000 customers", "12,450 errors", "~$15,000", "23 support tickets", "~30%", "from 20 to 50", "no effect"
    )

    impact = incident.impact
    assert (impact.users_affected, impact.failed_requests, impact.tickets) == (5000, 12450, 23)
    assert (impact.error_percent, impact.revenue_lost) == (30, 15000)
    assert [f.status for f in incident.followups].count("todo") == 5
    assert [(f.title, f.owner) for f in incident.followups if f.status == "done"] == [
        ("Update the incident response playbook", "alice")
    ]
    tried = [line.text for line in entries(events) if line.kind == "mitigation"]
    assert tried == [
        "Restart app servers: no effect, 10 min spent",
        "Increase the connection pool from 20 to 50: worked",
    ]


def test_ops_contradictions_are_shown_by_the_stamps() -> None:
    _, stamps, spans = figures(OPS)

    # Its review counts 12 minutes to the root cause; its own timeline has 14:23 to 14:30.
    says(OPS, "root cause in 12 minutes", "**14:30 UTC** - Root cause")
    assert spans.identify.value == minutes(7)
    # Its review has the alert 2 minutes after the start; start and first alert carry the same minute.
    says(OPS, "fired within 2 minutes", "from 14:23 to 15:45")
    assert spans.detect.value == minutes(0)
    # Its declaration is dated 14:23; its timeline declares at 14:25.
    says(OPS, "Time: 2025-12-09 14:23 UTC", "**14:25 UTC** - Incident declared")
    assert between(stamps, "detected", "declared").value == minutes(2)
    assert (errors(stamps), warnings(stamps)) == ((), ())


def test_responder_resolved_after_30_minutes_closed_after_45() -> None:
    _, stamps, spans = figures(RESPONDER)
    says(RESPONDER, "| 14:15 | HighErrorRate", "| 14:45 | Error rate back to normal, incident resolved", "| 15:00 |")

    assert clocks(stamps) == {
        "impact_started": "14:15",
        "detected": "14:15",
        "notified": "14:16",
        "declared": "14:17",
        "identified": "14:19",
        "mitigated": "14:45",
        "resolved": "14:45",
        "closed": "15:00",
    }
    # The source says 45 minutes for the incident and 14:45 for its resolution. Both are right with their ends named:
    # 45 minutes lie between the start and the closing at 15:00; to the resolution it is 30.
    says(RESPONDER, "**Duration**: 45 minutes")
    assert spans.close.value == minutes(45)
    assert str(spans.close) == "45 min (impact started 14:15:00 UTC to closed 15:00:00 UTC)"
    assert spans.resolve.value == minutes(30)
    assert spans.identify.value == minutes(4)
    says(RESPONDER, "Root cause identified in 4 minutes")


def test_responder_counts_and_pattern() -> None:
    incident, _ = replay(RESPONDER)
    says(RESPONDER, "374 out of 124,589", "0.3%", "10% of active users", "10 to 20", "INC-2025-045", "INC-2025-001")

    impact = incident.impact
    assert (impact.failed_requests, impact.total_requests) == (374, 124589)
    assert round(100 * 374 / 124589, 1) == 0.3
    assert (impact.users_affected, impact.users_percent, impact.data_loss) == (500, 10, False)
    assert incident.ref == "INC-2025-001"
    assert incident.related == (("INC-2025-045", "related"),)
    assert incident.phase is Phase.CLOSED
    assert [f.status for f in incident.followups if f.horizon == "immediate"] == ["done", "done"]
    assert sum(f.status == "todo" for f in incident.followups) == 8


def test_responder_contradictions_are_shown_by_the_stamps() -> None:
    incident, stamps, spans = figures(RESPONDER)

    # Its public page has the trouble until 15:00, which is when the record was closed; users were well at 14:45.
    says(RESPONDER, "2:15 PM to 3:00 PM UTC", "14:45+: Normal operations resumed")
    assert stamps["closed"].at - stamps["mitigated"].at == minutes(15)
    # Its resolution notice is for T+45; its timeline resolves at T+30.
    says(RESPONDER, "(T+45min)")
    assert spans.resolve.value == minutes(30)
    # The alert fired within a minute of the rise, so the rise and the alert share a minute.
    says(RESPONDER, "within 1 minute of error rate increase")
    assert spans.detect.value == minutes(0)
    # Downtime charged to the service level is measured (8 min), not the incident's length (R-SLA-4).
    says(RESPONDER, "8 min downtime < 43 min")
    assert "8 min" in incident.impact.sla_note
    # 15 % of requests failed at the peak, 0.3 % of all that were counted; both are kept.
    assert incident.impact.error_percent == 15
    # The related incident of two months before has the higher number: ids need not sort by date (R-DET-9).
    assert incident.related[0][0] > incident.ref


def test_sre_acknowledged_2_mitigated_22_total_35() -> None:
    incident, stamps, spans = figures(SRE)
    says(SRE, "Time to acknowledge: 2 minutes", "Time to mitigation: 22 minutes", "Total incident duration: 35 minutes")

    assert spans.acknowledge.value == minutes(2)
    assert spans.mitigate.value == minutes(22)
    assert spans.resolve.value == minutes(35)
    assert str(spans.mitigate) == "22 min (impact started 10:30:00 UTC to mitigated 10:52:00 UTC)"
    assert clocks(stamps) == {
        "impact_started": "10:30",
        "detected": "10:30",
        "notified": "10:30",
        "acknowledged": "10:32",
        "declared": "10:32",
        "identified": "10:45",
        "mitigated": "10:52",
        "resolved": "11:05",
    }
    assert incident.ref == "INC-2025-0120-001"
    assert (incident.impact.users_affected, incident.impact.error_percent) == (1500, 30)
    assert [f.priority for f in incident.followups] == ["P0", "P1", "P1", "P2", "P2"]
    # The report detects "2 minutes after issue started", while issue and first alert are both stamped 10:30; with a
    # start at 10:28 its own totals would be 24 and 37.
    says(SRE, "Detection time: 2 minutes after issue started", "- 10:30 - First alert")
    assert spans.detect.value == minutes(0)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda x: x.pack)
def test_every_example_drafts_every_section(example: Example) -> None:
    incident, events = replay(example)
    document = draft(incident, events, pack(example.pack), now=events[-1].recorded_at)
    assert [s.key for s in document.sections] == [source for source, _, _ in SECTIONS]
    text = document.to_markdown()
    assert all(f"<!-- tocsin:begin {source} -->" in text for source, _, _ in SECTIONS)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda x: x.pack)
@settings(deadline=None)
@given(data=st.data())
def test_the_order_of_recording_changes_nothing(example: Example, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(1, len(example.lines))))
    straight = recorded(example.lines)
    shuffled = recorded([example.lines[0], *(example.lines[n] for n in order)])

    assert clocks(milestones(shuffled)) == clocks(milestones(straight))
    assert durations(milestones(shuffled)) == durations(milestones(straight))
    # Lines of the same minute keep the order of recording, so they are compared as a set.
    assert sorted((x.at, x.text) for x in entries(shuffled)) == sorted((x.at, x.text) for x in entries(straight))
