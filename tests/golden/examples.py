"""The sources' worked examples (R-EX 1-5) as data: what happened when, to be folded here or sent through the API.

Each line is (occurred_at, body) in the order of the source, recorded afterwards (mode `backfill`). The first line is the
declaration; stamps that the source gives and no event implies follow as `MilestoneReached`. Times are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tocsin.domain.impact import Impact
from tocsin.domain.incident.events import (
    Acknowledged,
    AlertFired,
    CauseNamed,
    Closed,
    Declared,
    EventBody,
    FollowUpAdded,
    FollowUpChanged,
    ImpactStated,
    MilestoneReached,
    MitigationJudged,
    Noted,
    QuestionAnswered,
    Related,
    Resolved,
    RoleTaken,
    StatusChanged,
    TaskDone,
    TaskGiven,
    UpdatePosted,
)
from tocsin.domain.incident.phases import Status

Line = tuple[datetime, EventBody]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One worked example: its pack, its file among the sources, who was in it, and its lines."""

    pack: str
    source: str
    people: tuple[str, ...]
    services: tuple[str, ...]
    lines: tuple[Line, ...]


def _day(year: int, month: int, day: int, clock: str = "00:00") -> datetime:
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def _on(year: int, month: int, day: int, *lines: tuple[str, EventBody]) -> tuple[Line, ...]:
    return tuple((_day(year, month, day, clock), body) for clock, body in lines)


def _action(key: str, title: str, owner: str, due: datetime | None, **rest: str) -> FollowUpAdded:
    return FollowUpAdded(followup=key, title=title, owner=owner, due=due, **rest)  # type: ignore[arg-type] # literals as text


# The walkthrough gives no severity in its timeline but its heading says SEV2; its day comes from the channel's name.
PLATFORM: Final = Example(
    pack="platform",
    source="000_231f694bfc485c6b.txt",
    people=("alice", "bob", "carol"),
    services=("orders-api",),
    lines=_on(
        2025, 3, 15,
        ("14:02", Declared(
            title="Orders API errors", severity="SEV2", ref="INC-1", mode="backfill", services=("orders-api",),
            endpoints=("/orders", "/api/v1/reports/export"), source="alert",
            initial_error="Cannot acquire connection from pool", links={"channel": "#incident-2025-03-15-api-errors"},
        )),
        ("14:00", AlertFired(fingerprint="5xx", name="Http5xxRate", summary="5xx rate above 5% for 5 minutes", source="pagerduty")),
        ("14:02", Acknowledged(person="alice")),
        ("14:02", RoleTaken(role="commander", person="alice")),
        ("14:03", Noted(text="/health answers 200, /ready fails: cannot acquire a connection; Redis is fine", kind="finding")),
        ("14:05", TaskGiven(task="t1", title="check PostgreSQL", owner="bob")),
        ("14:05", TaskGiven(task="t2", title="check recent deploys", owner="carol")),
        ("14:07", TaskDone(task="t1", result="48 of 50 connections idle in transaction")),
        ("14:08", TaskDone(task="t2", result="the deploy of 13:45 adds /api/v1/reports/export, which leaks sessions on errors")),
        ("14:08", CauseNamed(
            text="GET /api/v1/reports/export leaks database sessions on its error path", confirmed=True,
            trigger="deploy at 13:45", evidence=("48 of 50 connections idle in transaction",),
        )),
        ("14:10", Noted(text="Roll back: faster than a hotfix while connections drain", kind="decision")),
        ("14:10", StatusChanged(status=Status.FIXING)),
        ("14:10", MitigationJudged(text="Terminate idle-in-transaction sessions, roll back to v2.4.0", outcome="worked")),
        ("14:15", StatusChanged(status=Status.MONITORING, note="/ready healthy, error rate back to baseline")),
        ("14:20", Resolved(
            resolution="terminated leaked sessions and rolled back to v2.4.0", next_steps=("post-mortem scheduled",),
        )),
        ("14:20", _action("a1", "Close sessions with async with on every path", "", None)),
        ("14:20", _action("a2", "Add an integration test for session cleanup", "", None)),
        ("14:20", _action("a3", "Alert on the idle-in-transaction count", "", None, kind="detect")),
        ("14:20", _action("a4", "Put connection pool metrics on the dashboard", "", None, kind="detect")),
    ),
)  # fmt: skip

# The template names no day, no people and no severity: a day and a severity by its own table are ours (all users of the
# service are hurt when it crashes: CRITICAL).
STARTUP: Final = Example(
    pack="startup",
    source="001_dbc5f33f3965fb0e.txt",
    people=("oncall",),
    services=("recommendations",),
    lines=_on(
        2025, 5, 6,
        ("14:34", Declared(
            title="Recommendation engine crashes", severity="CRITICAL", ref="INC-1", mode="backfill",
            services=("recommendations",), source="alert",
        )),
        ("14:32", AlertFired(fingerprint="errors", name="ErrorRate", summary="error rate spike")),
        ("14:32", MilestoneReached(name="impact_started")),
        ("14:34", MilestoneReached(name="notified", note="on-call team paged")),
        ("14:38", CauseNamed(
            text="each request to the new recommendation engine allocates 100 MB that is never freed; after 200 requests "
            "the service runs out of memory", confirmed=True, trigger="deploy at 13:45",
            factors=("no memory profiling before the deploy", "load tests ran 10 concurrent users, production has 1000"),
        )),
        ("14:41", MitigationJudged(text="Disable the feature by its flag", outcome="worked")),
        ("14:44", StatusChanged(status=Status.MONITORING, note="error rate normal")),
        ("14:44", Resolved(resolution="feature disabled by its flag")),
        ("14:44", _action("a1", "Profile memory in pre-deploy checks", "", None)),
        ("14:44", _action("a2", "Load-test with 10x the expected concurrent users", "", None)),
        ("14:44", _action("a3", "Alert when memory is over 80 % for 2 minutes", "", None, kind="detect")),
        ("14:44", _action("a4", "Feature flags for high-risk features", "", None)),
    ),
)  # fmt: skip

OPS: Final = Example(
    pack="ops",
    source="002_76e36c87573cc0e8.txt",
    people=("alice", "bob", "charlie", "dave", "eve"),
    services=("orders-api",),
    lines=_on(
        2025, 12, 9,
        ("14:25", Declared(
            title="High error rate on the orders API", severity="SEV-2", ref="INC-1", mode="backfill",
            services=("orders-api",), endpoints=("/api/orders",), source="alert",
            summary="about 30 % of order requests failed with 500 errors because the database connection pool was exhausted",
        )),
        ("14:23", AlertFired(fingerprint="orders", name="HighErrorRate", summary="high error rate on /api/orders", source="prometheus")),
        ("14:23", MilestoneReached(name="impact_started")),
        ("14:25", MilestoneReached(name="notified", note="alice paged")),
        ("14:25", RoleTaken(role="commander", person="alice")),
        ("14:25", ImpactStated(impact=Impact(error_percent=30))),
        ("14:30", CauseNamed(
            text="database connection pool exhausted: a fixed size of 20 under longer queries", confirmed=True,
            trigger="a feature launch made queries more complex", factors=("pool size unchanged for 2 years at 3x traffic",),
        )),
        ("14:35", MitigationJudged(text="Restart app servers", outcome="no_effect", spent_s=600)),
        ("14:43", UpdatePosted(text="Identified: the connection pool; about 70 % of orders succeed", audiences=("public",))),
        ("14:45", MitigationJudged(text="Increase the connection pool from 20 to 50", outcome="worked")),
        ("15:00", StatusChanged(status=Status.MONITORING, note="error rate declining")),
        ("15:45", ImpactStated(impact=Impact(
            users_affected=5000, failed_requests=12450, revenue_lost=15000, revenue_note="~$15,000 in failed orders", tickets=23,
        ))),
        ("15:45", Resolved(
            resolution="increased the pool from 20 to 50", next_steps=("Post-mortem on Dec 10 at 10:00",),
        )),
        ("15:45", _action("a1", "Add an alert on the connection pool", "bob", _day(2025, 12, 12), kind="detect")),
        ("15:45", _action("a2", "Tune the pool's size by load tests", "charlie", _day(2025, 12, 15))),
        ("15:45", _action("a3", "Write the connection pool runbook", "alice", _day(2025, 12, 13), kind="process")),
        ("15:45", _action("a4", "Scale the pool's size automatically", "dave", _day(2025, 12, 20), horizon="long")),
        ("15:45", _action("a5", "Update the incident response playbook", "alice", _day(2025, 12, 12), horizon="process")),
        ("15:45", _action("a6", "Automate the status page from alerts", "eve", _day(2025, 12, 16))),
        ("15:45", FollowUpChanged(followup="a5", status="done")),
    ),
)  # fmt: skip

RESPONDER: Final = Example(
    pack="responder",
    source="003_bc629b8360369684.txt",
    people=("engineer", "monitoring", "performance", "backend", "devops", "dba", "lead", "qa"),
    services=("api",),
    lines=_on(
        2025, 11, 8,
        ("14:17", Declared(
            title="Database connection pool exhausted", severity="SEV-1", ref="INC-2025-001", mode="backfill",
            services=("api",), endpoints=("/users", "/projects"), functions=("login",), source="alert",
            symptoms=("API returns 500 errors", "requests time out with connection timeouts"),
            initial_error="OperationalError: connection timeout",
            impact=Impact(
                error_percent=15, error_percent_normal=0.05, users_affected=500, users_percent=10,
                still_works="existing sessions",
            ),
        )),
        ("14:00", Noted(text="Traffic begins to rise: a sale is announced")),
        ("14:15", AlertFired(fingerprint="errors", name="HighErrorRate", source="prometheus")),
        ("14:15", MilestoneReached(name="impact_started")),
        ("14:16", MilestoneReached(name="notified", note="on-call engineer paged")),
        ("14:18", Noted(text="Investigation begins, logs are read")),
        ("14:19", CauseNamed(
            text="the capacity of the connection pool was not planned for traffic spikes", confirmed=True,
            trigger="twice the normal traffic after a sale was announced",
            factors=(
                "pool sized for normal load", "permission queries of 200-300 ms, normally 50 ms",
                "no time limit on waiting for a connection",
            ),
            evidence=("10 of 10 connections in use", "query time p95 2.3 s, normally 0.05 s", "180 req/s, normally 90"),
        )),
        ("14:20", UpdatePosted(text="Investigating login failures", audiences=("public",))),
        ("14:20", Noted(text="Increase the connection pool", kind="decision")),
        ("14:22", Noted(text="Configuration updated: pool 10 to 20", kind="action")),
        ("14:25", Noted(text="Pods restarted with the new configuration", kind="action")),
        ("14:30", UpdatePosted(text="Identified; a fix is under way", audiences=("public",))),
        ("14:30", StatusChanged(status=Status.FIXING, note="error rate begins to fall")),
        ("14:45", MitigationJudged(
            text="Increase the connection pool from 10 to 20", outcome="worked", backup_plan="scale the database",
        )),
        ("14:45", StatusChanged(status=Status.MONITORING, note="error rate back to normal")),
        ("14:45", ImpactStated(impact=Impact(
            failed_requests=374, total_requests=124589, data_loss=False,
            revenue_note="minimal: no transaction failed", reputation="some complaints on social media",
            sla_note="99.9 % kept: 8 min of downtime charged of 43 min a month",
        ))),
        ("14:45", Resolved(resolution="increased the database connection pool from 10 to 20")),
        ("14:50", Noted(text="Watched after the resolution")),
        ("14:50", Related(other="INC-2025-045", kind="related")),
        ("14:50", QuestionAnswered(question="Was a rollback considered?", answer="Yes; it was not code, configuration was faster")),
        ("15:00", Closed(reason="watched for 15 minutes")),
        ("15:00", _action("i1", "Increase the connection pool to 20", "engineer", _day(2025, 11, 8), horizon="immediate")),
        ("15:00", FollowUpChanged(followup="i1", status="done")),
        ("15:00", _action("i2", "Verify the resolution with a load test", "engineer", _day(2025, 11, 8), horizon="immediate")),
        ("15:00", FollowUpChanged(followup="i2", status="done")),
        ("15:00", _action("s1", "Add connection pool utilisation metrics", "monitoring", _day(2025, 11, 15), kind="detect")),
        ("15:00", _action("s2", "Alert when the connection pool is over 70 %", "monitoring", _day(2025, 11, 15), kind="detect")),
        ("15:00", _action("s3", "Load tests with real database patterns", "performance", _day(2025, 11, 15))),
        ("15:00", _action("s4", "Cache the permission queries", "backend", _day(2025, 11, 15))),
        ("15:00", _action("l1", "Scale the connection pool automatically", "devops", _day(2025, 12, 8), horizon="long")),
        ("15:00", _action("l2", "Review query performance under load", "dba", _day(2025, 12, 8), horizon="long")),
        ("15:00", _action("l3", "Write capacity planning guidelines", "lead", _day(2025, 12, 8), horizon="long", kind="process")),
        ("15:00", _action("l4", "Add traffic spikes to the load tests", "qa", _day(2025, 12, 8), horizon="long")),
    ),
)  # fmt: skip

SRE: Final = Example(
    pack="sre",
    source="004_3a386663a5b2eed6.txt",
    people=("jane", "john", "sarah", "maria"),
    services=("auth-service",),
    lines=_on(
        2025, 1, 20,
        ("10:32", Declared(
            title="Auth service outage", severity="P1", ref="INC-2025-0120-001", mode="backfill",
            services=("auth-service",), functions=("login",), source="alert",
            impact=Impact(error_percent=30, users_affected=1500), links={"channel": "#incident-2025-0120"},
        )),
        ("10:15", Noted(text="auth-service v2.1.0 deployed")),
        ("10:30", AlertFired(fingerprint="errors", name="ElevatedErrorRate", source="pagerduty")),
        ("10:30", MilestoneReached(name="impact_started")),
        ("10:30", MilestoneReached(name="notified", note="the alert pages")),
        ("10:32", Acknowledged(person="jane")),
        ("10:32", RoleTaken(role="commander", person="jane")),
        ("10:35", Noted(text="Investigation begins, logs are read")),
        ("10:45", CauseNamed(
            text="auth-service v2.1.0 raised its pool from 50 to 100; the database allows 100 in all and others used about 60",
            confirmed=True, trigger="deploy of v2.1.0 at 10:15", factors=("staging has another database configuration",),
            evidence=("100 of 100 connections in use",),
        )),
        ("10:48", StatusChanged(status=Status.FIXING, note="rollback begins")),
        ("10:52", MitigationJudged(text="Roll back auth-service", outcome="worked")),
        ("10:52", StatusChanged(status=Status.MONITORING, note="rollback completed")),
        ("11:05", ImpactStated(impact=Impact(data_loss=False, revenue_note="none: no transactions lost"))),
        ("11:05", Resolved(resolution="rolled back auth-service", next_steps=("Review scheduled",), thanks=("john", "sarah"))),
        ("11:05", _action("a1", "Add an alert on database connection saturation", "sarah", _day(2025, 1, 25), priority="P0", kind="detect")),
        ("11:05", _action("a2", "Add dependency limits to the deployment checklist", "jane", _day(2025, 1, 27), priority="P1", kind="process")),
        ("11:05", _action("a3", "Give staging the database configuration of production", "john", _day(2025, 2, 1), priority="P1", horizon="long")),
        ("11:05", _action("a4", "Write connection pool sizing guidelines", "maria", _day(2025, 2, 3), priority="P2", horizon="long", kind="process")),
        ("11:05", _action("a5", "Review the pool configuration of every service", "team", _day(2025, 2, 10), priority="P2", horizon="long")),
    ),
)  # fmt: skip

EXAMPLES: Final = (PLATFORM, STARTUP, OPS, RESPONDER, SRE)
