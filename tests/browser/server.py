"""The pages on a real server at a free loopback port, with an incident in the middle of its story."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from tests.doors.web.site import Site, open_site
from tests.fakes import MemoryStore

from tocsin.domain.actor import SYSTEM, Actor
from tocsin.domain.diagnosis.facts import Bundle
from tocsin.domain.diagnosis.run import KeptCause, KeptFinding, Run, Verdict
from tocsin.domain.impact import Impact
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Status
from tocsin.domain.visibility import WORKER
from tocsin.doors.serve import create_server
from tocsin.flows.handle import Change, handle

ANA = Actor(kind="person", id="ana")
PROMETHEUS = Actor(kind="integration", id="prometheus")


@contextmanager
def running(home: Path) -> Iterator[tuple[Site, str]]:
    """Serve a site in memory until the block ends; yields it and its address."""
    site = open_site(home, lambda _: MemoryStore(lambda: datetime.now(UTC)))
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    site.app = replace(site.app, engine=replace(site.app.engine, public_url=url))
    application = create_server(site.app)
    config = uvicorn.Config(application, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield site, url
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
        site.close()


def tell_story(site: Site) -> str:
    """Record a database pool that leaks away, up to a plan that waits for approval, and return the reference."""
    now = datetime.now(UTC).replace(microsecond=0)
    began = now - timedelta(minutes=18)
    ref = site.declare(
        "Orders API: database connections exhausted",
        services=("orders-api", "postgres-main"),
        summary="Half of the orders time out since the 14:00 deploy.",
        source="prometheus",
        started_at=began,
        declared_at=began + timedelta(minutes=2),
    )
    told: list[tuple[int, Actor, e.EventBody]] = [
        (1, PROMETHEUS, e.AlertFired(fingerprint="f1", name="HighErrorRate", source="prometheus", summary="5xx above 5 % for 5 min")),
        (2, ANA, e.Acknowledged(person="ana")),
        (2, ANA, e.RoleTaken(role="commander", person="ana")),
        (3, ANA, e.ImpactStated(impact=Impact(users_percent=30, users_affected=1500, still_works="catalogue and login", trend="worse"))),
        (4, ANA, e.TaskGiven(task="t1", title="Look at the PostgreSQL sessions", owner="bo")),
        (5, ANA, e.UpdatePosted(text="We are looking into failing orders. Next word in 30 minutes.")),
        (9, ANA, e.Noted(text="/ready fails: cannot acquire a connection; /health is 200", kind="finding")),
        (12, ANA, e.StatusChanged(status=Status.IDENTIFIED)),
        (15, SYSTEM, _diagnosis()),
        (16, SYSTEM, _plan(now)),
    ]  # fmt: skip
    for minutes, actor, body in told:
        change = Change(body=body, actor=actor, occurred_at=began + timedelta(minutes=minutes))
        handle(site.app.engine, ref, [change], viewer=WORKER)
    _keep(site, ref, now)
    _correct(site, ref, began)
    _measure(site, ref, began, now)
    return ref


def _diagnosis() -> e.Diagnosed:
    leak = e.CauseSeen(
        key="session_leak_after_deploy",
        title="Session leak in orders-api 2.4.1, GET /api/v1/reports/export",
        state="confirmed",
        score=0.96,
        supports=(
            "46 of 50 sessions idle in transaction, all from 2.4.1, oldest 14 min",
            "last statement of each is the export query; 2.4.1 added that route",
            "/ready fails: cannot acquire connection, /health 200",
        ),
        mitigation="terminate_idle_in_transaction+command",
    )
    spike = e.CauseSeen(
        key="traffic",
        title="Traffic spike",
        state="refuted",
        score=0.06,
        refutes=("requests/s within 4 % of last week",),
    )
    blind = ("Kubernetes (no credentials)", "payment provider's status page (timed out)")
    return e.Diagnosed(bundle="b1", causes=(leak, spike), checks=31, blind_spots=blind, took_s=2.1)


def _keep(site: Site, ref: str, now: datetime) -> None:
    """Keep what the diagnosis saw, under the name its event gives it."""
    told = _diagnosis()
    causes = tuple(
        KeptCause(key=c.key, title=c.title, state=c.state, score=c.score, supports=c.supports, refutes=c.refutes)
        for c in told.causes
    )
    findings = (
        KeptFinding(check="http.ready", target="orders-api", verdict="ok", observed="/ready answers 200"),
        KeptFinding(
            check="pg.idle_in_tx",
            target="postgres-main",
            verdict="critical",
            observed="46 sessions idle in transaction",
            expected="none older than 5 min",
            reproduce="SELECT pid, now() - state_change FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'",
            evidence=("the oldest for 14 min",),
        ),
    )
    verdict = Verdict(causes=causes, findings=findings, blind_spots=told.blind_spots)
    run = Run(facts=Bundle(started_at=now, ended_at=now), verdict=verdict)
    with site.app.engine.store.transaction() as tx:
        found = tx.see(WORKER, ref)
        assert found is not None
        tx.put_bundle(f"{found.id}/{told.bundle}", found.id, run.to_json())


def _plan(now: datetime) -> e.PlanProposed:
    return e.PlanProposed(
        plan="p1",
        hash="7f3a" + "0" * 60,
        title="End 46 leaked sessions, then roll orders-api back to 2.4.0",
        steps=(
            "1 terminate 46 sessions   (pid + start, idle in transaction > 5 min)",
            "2 orders-api 2.4.1 → 2.4.0   3 containers, one at a time",
        ),
        blast_radius="1 database, 3 containers; uncommitted work of 46 sessions is lost",
        undo="deploy 2.4.1 again",
        risk="medium",
        expires_at=now + timedelta(minutes=30),
        advice=("rollback: caused by the last deploy", "no migration", "the fix is not written yet"),
    )


def _correct(site: Site, ref: str, began: datetime) -> None:
    with site.app.engine.store.reading() as tx:
        found = tx.see(WORKER, ref)
        assert found is not None
        status = next(x for x in tx.events(found.id) if isinstance(x.body, e.StatusChanged))
    change = Change(body=status.body, actor=ANA, occurred_at=began + timedelta(minutes=10), supersedes=status.id)
    handle(site.app.engine, ref, [change], viewer=WORKER)


def _measure(site: Site, ref: str, began: datetime, now: datetime) -> None:
    points = []
    for second in range(-600, int((now - began).total_seconds()), 15):
        hurt = max(0.0, min(1.0, second / 400))
        facts = {"error_percent": 0.2 + 15 * hurt, "p95_ms": 180 + 2100 * hurt, "ready": 0 if hurt > 0.4 else 1}
        points.append((began + timedelta(seconds=second), facts))
    with site.app.engine.store.transaction() as tx:
        tx.put_samples("service/orders-api", points)
    gates = (
        e.GateSeen(gate="errors", verdict="fail", observed="15.2 %", expected="below 1 %"),
        e.GateSeen(gate="latency", verdict="fail", observed="2.3 s", expected="near 180 ms"),
        e.GateSeen(gate="ready", verdict="fail", observed="503", expected="200"),
    )
    handle(site.app.engine, ref, [Change(body=e.GatesChecked(gates=gates), actor=SYSTEM)], viewer=WORKER)
