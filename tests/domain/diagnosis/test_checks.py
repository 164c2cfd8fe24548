"""Every check on facts that are fine and on facts that are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.domain.diagnosis.cases import (
    BASELINE,
    CALM,
    DEPLOYS,
    DRILL,
    EXPORT,
    GIB,
    HEALTHY,
    HOST,
    HTTP,
    METRICS,
    NOW,
    ORDERS,
    POSTGRES,
    REDIS,
    UNREADY,
    ago,
    judged,
    leaked,
    leaking,
    look,
    page,
    window,
)
from tests.domain.diagnosis.cluster_samples import CLUSTER_SAMPLES
from tests.domain.diagnosis.log_samples import LOG_SAMPLES
from tests.domain.diagnosis.pooler_samples import POOLER_SAMPLES
from tests.domain.diagnosis.samples import SAMPLES
from tests.domain.diagnosis.series_samples import SERIES_SAMPLES
from tests.domain.diagnosis.service_cases import SLOW_BANK, WELL
from tests.domain.diagnosis.workload_samples import WORKLOAD_SAMPLES

from tocsin.domain.diagnosis.checks.catalogue import CHECKS, run_checks
from tocsin.domain.diagnosis.facts import (
    Bundle,
    ConnectionLimits,
    Counters,
    Deploy,
    DeployFacts,
    Disk,
    DnsFacts,
    HostFacts,
    HttpFacts,
    HttpPage,
    LockWait,
    MetricsFacts,
    Pool,
    PostgresFacts,
    Pressure,
    RedisFacts,
    RedisRates,
    RouteMetrics,
    Session,
    SlowCommand,
    Standby,
    Statement,
    TlsFacts,
)
from tocsin.domain.diagnosis.limits import Limits


def http(**changed: object) -> Bundle:
    return replace(HEALTHY, http=(replace(HTTP, **changed),))  # type: ignore[arg-type]  # a test names the fields it means


def postgres(**changed: object) -> Bundle:
    return replace(HEALTHY, postgres=(replace(POSTGRES, **changed),))  # type: ignore[arg-type]  # as above


def redis(**changed: object) -> Bundle:
    return replace(HEALTHY, redis=(replace(REDIS, **changed),))  # type: ignore[arg-type]  # as above


def host(**changed: object) -> Bundle:
    return replace(HEALTHY, host=(replace(HOST, **changed),))  # type: ignore[arg-type]  # as above


def metrics(**changed: object) -> Bundle:
    return replace(HEALTHY, metrics=(replace(METRICS, **changed),))  # type: ignore[arg-type]  # as above


def live(**changed: object) -> tuple[HttpPage, ...]:
    return (page("live", "/health", **changed),)


def waits(*, wait_s: float, victims: int = 1) -> dict[str, object]:
    blocked = tuple(
        LockWait(session=Session(pid=200 + number, state="active"), blockers=(100,), wait_s=wait_s)
        for number in range(victims)
    )
    return {"lock_waits": blocked, "blockers": (leaked(100),)}


def running(*, query_s: float, waits_for: str = "", query_id: int | None = None) -> tuple[Session, ...]:
    return (leaked(7, state="active", query_s=query_s, query="SELECT ?", wait_event_type=waits_for, query_id=query_id),)


FAILING = window(
    RouteMetrics(route=ORDERS, requests=100, errors=8, p99_s=4.0), RouteMetrics(route=EXPORT, requests=10, p99_s=0.1)
)
FEW = window(RouteMetrics(route=ORDERS, requests=3, errors=2), RouteMetrics(route=EXPORT, requests=1))


def changed(*changes: str) -> DeployFacts:
    return replace(DEPLOYS, deploys=(Deploy(service="shop", version="v9", at=ago(minutes=8), changes=changes),))


EXPECTED: list[tuple[str, str, Bundle]] = [
    ("http.ready_vs_live", "ok", HEALTHY),
    ("http.ready_vs_live", "critical", replace(HEALTHY, http=(UNREADY,))),
    ("http.ready_vs_live", "critical", http(pages=live(status=None, error="refused"))),
    ("http.status", "ok", http(pages=(page("endpoint", "/a"),))),
    ("http.status", "warn", http(pages=(page("endpoint", "/a", status=429),))),
    ("http.status", "critical", http(pages=(page("endpoint", "/a"), page("endpoint", "/b", status=500)))),
    ("http.status", "critical", http(pages=(page("endpoint", "/a", status=None, error="dns"),))),
    ("http.latency", "ok", HEALTHY),
    ("http.latency", "warn", http(pages=live(total_s=1.2, dns_s=1.1, ttfb_s=0.1))),
    ("http.latency", "critical", http(pages=live(total_s=3.5))),
    ("tls.expiry", "ok", http(pages=live(tls_expires_at=NOW + timedelta(days=60)))),
    ("tls.expiry", "warn", http(pages=live(tls_expires_at=NOW + timedelta(days=29)))),
    ("tls.expiry", "critical", http(pages=live(tls_expires_at=NOW + timedelta(days=2)))),
    ("tls.expiry", "critical", http(pages=live(status=None, error="tls", tls_expired=True))),
    ("pg.connect", "ok", HEALTHY),
    ("pg.connect", "critical", postgres(error="refused", error_text="connection refused")),
    ("pg.conn_saturation", "ok", HEALTHY),
    ("pg.conn_saturation", "warn", postgres(used=38)),
    ("pg.conn_saturation", "critical", postgres(used=43)),
    ("pg.conn_saturation", "critical", postgres(limits=ConnectionLimits(max_connections=10, reserved=4), used=6)),
    ("pg.idle_in_tx", "ok", HEALTHY),
    ("pg.idle_in_tx", "ok", postgres(idle_in_transaction=(leaked(1, age_s=20),))),
    ("pg.idle_in_tx", "warn", postgres(idle_in_transaction=(leaked(1, age_s=301),))),
    ("pg.idle_in_tx", "warn", postgres(idle_in_transaction=(leaked(100, age_s=61),), **waits(wait_s=50))),
    ("pg.idle_in_tx", "critical", postgres(idle_in_transaction=(leaked(1, age_s=901),))),
    ("pg.idle_in_tx", "critical", DRILL),
    ("pg.lock_tree", "ok", HEALTHY),
    ("pg.lock_tree", "ok", postgres(**waits(wait_s=2))),
    ("pg.lock_tree", "warn", postgres(**waits(wait_s=70))),
    ("pg.lock_tree", "critical", postgres(**waits(wait_s=121))),
    ("pg.lock_tree", "critical", postgres(**waits(wait_s=6, victims=6))),
    ("pg.long_query", "ok", HEALTHY),
    ("pg.long_query", "ok", postgres(long_queries=running(query_s=30, waits_for="Lock"))),
    ("pg.long_query", "warn", postgres(long_queries=running(query_s=6))),
    ("pg.long_query", "critical", postgres(long_queries=running(query_s=61))),
    (
        "pg.statements",
        "ok",
        postgres(statements=(Statement(query_id=1, query="q", calls=3, mean_s=9.0, total_s=27.0),)),
    ),
    (
        "pg.statements",
        "warn",
        postgres(statements=(Statement(query_id=1, query="q", calls=30, mean_s=2.0, total_s=60.0),)),
    ),
    ("pg.deadlocks", "ok", HEALTHY),
    ("pg.deadlocks", "critical", postgres(counters=Counters(window_s=0.5, deadlocks=9, deadlocks_grew=1))),
    ("pg.repl_lag", "ok", postgres(replication=(Standby(name="r1", state="streaming", lag_s=0.1),))),
    ("pg.repl_lag", "warn", postgres(replication=(Standby(name="r1", state="streaming", lag_s=6.0),))),
    ("pg.repl_lag", "warn", postgres(replication=(Standby(name="r1", state="catchup"),))),
    ("pg.size", "ok", HEALTHY),
    ("redis.reach", "ok", HEALTHY),
    ("redis.reach", "warn", redis(ping_s=0.2)),
    ("redis.reach", "critical", redis(error="auth", error_text="WRONGPASS")),
    ("redis.memory", "ok", HEALTHY),
    ("redis.memory", "ok", redis(used_bytes=99_000_000, policy="allkeys-lru")),
    ("redis.memory", "warn", redis(used_bytes=92_000_000)),
    ("redis.memory", "critical", redis(rates=RedisRates(window_s=0.5, oom_errors=1), errors={"OOM": 1})),
    ("redis.clients", "ok", HEALTHY),
    ("redis.clients", "warn", redis(clients=95, max_clients=100)),
    ("redis.clients", "critical", redis(rates=RedisRates(window_s=0.5, rejected=2))),
    ("redis.blocked", "ok", HEALTHY),
    ("redis.blocked", "warn", redis(blocked=11, blocked_by=None)),
    ("redis.slowlog", "ok", redis(slowlog=(SlowCommand(at=ago(hours=1), took_s=1.0, command="KEYS sess:*"),))),
    ("redis.slowlog", "warn", redis(slowlog=(SlowCommand(at=ago(minutes=1), took_s=1.0, command="KEYS sess:*"),))),
    ("redis.persistence", "ok", HEALTHY),
    ("redis.persistence", "critical", redis(persistence={"rdb_last_bgsave_status": "err"})),
    ("redis.evictions", "ok", HEALTHY),
    ("redis.evictions", "warn", redis(rates=RedisRates(window_s=0.5, evicted=3))),
    ("redis.fragmentation", "ok", HEALTHY),
    ("redis.fragmentation", "warn", redis(fragmentation=2.0, used_bytes=GIB, rss_bytes=2 * GIB)),
    ("host.cpu", "ok", HEALTHY),
    ("host.cpu", "warn", host(cpu_percent=99.0)),
    ("host.cpu", "critical", host(cpu_percent=99.0, load_1=9.0)),
    (
        "host.cpu",
        "critical",
        host(cpu_percent=99.0, pressure=(Pressure(resource="cpu", some_avg10=60, some_avg60=60),)),
    ),
    ("host.memory", "ok", HEALTHY),
    ("host.memory", "warn", host(memory_available_bytes=GIB // 2)),
    ("host.memory", "critical", host(memory_available_bytes=GIB // 10)),
    ("host.disk", "ok", HEALTHY),
    ("host.disk", "warn", host(disks=(Disk(mount="/", used_percent=99.0, free_bytes=50 * GIB),))),
    ("host.disk", "critical", host(disks=(Disk(mount="/", used_percent=99.0, free_bytes=GIB),))),
    ("host.fds", "ok", HEALTHY),
    ("host.fds", "critical", host(fds_used=98_000)),
    ("deploy.recent", "ok", HEALTHY),
    ("deploy.recent", "unknown", replace(HEALTHY, deploys=(replace(DEPLOYS, deploys=()),))),
    ("deploy.recent", "warn", replace(HEALTHY, deploys=(DEPLOYS,))),
    ("change.content", "ok", replace(HEALTHY, http=(UNREADY,), deploys=(changed("docs/orders.md"),))),
    ("change.content", "warn", replace(HEALTHY, http=(UNREADY,), deploys=(changed("config: db.pool_size: 40 -> 4"),))),
    ("metrics.error_rate", "ok", HEALTHY),
    ("metrics.error_rate", "unknown", metrics(recent=FEW, since_start=None)),
    ("metrics.error_rate", "critical", metrics(recent=FAILING)),
    ("metrics.p99", "ok", HEALTHY),
    ("metrics.p99", "critical", metrics(recent=FAILING)),
    ("metrics.p99", "warn", metrics(recent=replace(CALM, p99_s=0.6))),
    ("metrics.p99", "ok", metrics(recent=replace(CALM, p99_s=0.6), baseline=None)),
    ("metrics.traffic", "ok", HEALTHY),
    ("metrics.traffic", "unknown", metrics(baseline=None)),
    ("metrics.traffic", "warn", metrics(baseline=replace(BASELINE, requests_per_s=8.0))),
    ("metrics.traffic", "critical", metrics(baseline=replace(BASELINE, requests_per_s=4.0))),
    ("metrics.pool", "ok", HEALTHY),
    ("metrics.pool", "warn", metrics(pools=(Pool(name="db_pool", in_use=19, size=20, waiting=0),))),
    ("metrics.pool", "critical", metrics(pools=(Pool(name="db_pool", in_use=20, size=20),))),
    *SAMPLES,
    ("services.attribution", "ok", replace(HEALTHY, services=WELL)),
    ("services.attribution", "warn", replace(HEALTHY, services=SLOW_BANK)),
    *LOG_SAMPLES,
    *WORKLOAD_SAMPLES,
    *SERIES_SAMPLES,
    *CLUSTER_SAMPLES,
    *POOLER_SAMPLES,
]


@pytest.mark.parametrize(("check_id", "verdict", "bundle"), EXPECTED, ids=[f"{one[0]}-{one[1]}" for one in EXPECTED])
def test_a_check_sees_what_is_fine_and_what_is_not(check_id: str, verdict: str, bundle: Bundle) -> None:
    finding = judged(check_id, bundle)

    assert finding.verdict == verdict
    assert finding.observed
    assert finding.source
    assert finding.expected or verdict in {"ok", "unknown"}


def test_every_check_is_tried_on_good_and_on_bad_facts() -> None:
    shown_only = {"pg.size"}
    tried = {(check_id, verdict != "ok") for check_id, verdict, _ in EXPECTED}

    assert tried >= {(one.id, bad) for one in CHECKS for bad in (False, True) if one.id not in shown_only or not bad}
    assert len({one.id for one in CHECKS}) == len(CHECKS)


def test_a_check_without_its_facts_says_nothing() -> None:
    nothing = replace(
        HEALTHY,
        http=(HttpFacts(target="shop", at=NOW),),
        postgres=(PostgresFacts(target="db", at=NOW, error="refused"),),
        redis=(RedisFacts(target="redis", at=NOW, error="refused"),),
        host=(HostFacts(target="host", at=NOW),),
        metrics=(MetricsFacts(target="metrics", at=NOW),),
        tls=(TlsFacts(target="tls", at=NOW, error="refused"),),
        dns=(DnsFacts(target="dns", at=NOW),),
    )

    assert [one.check_id for one in run_checks(look(nothing))] == [
        "deploy.recent", "tls.handshake", "pg.connect", "redis.reach",
    ]  # fmt: skip


def test_the_root_of_a_chain_of_locks_is_named_not_the_one_in_the_middle() -> None:
    middle = LockWait(session=Session(pid=2, query="ALTER TABLE orders"), blockers=(1,), wait_s=90)
    last = LockWait(session=Session(pid=3), blockers=(2,), wait_s=80)
    root = leaked(1, query="SELECT ? FROM orders FOR UPDATE")

    finding = judged("pg.lock_tree", postgres(lock_waits=(middle, last), blockers=(root,)))

    assert finding.observed == "pid 1 blocks 2 sessions, up to 90 s"
    assert "FOR UPDATE" in finding.evidence[0]


def test_a_circle_of_locks_has_no_root_and_does_not_loop() -> None:
    one = LockWait(session=Session(pid=1), blockers=(2,), wait_s=9)
    other = LockWait(session=Session(pid=2), blockers=(1,), wait_s=9)

    assert judged("pg.lock_tree", postgres(lock_waits=(one, other))).verdict == "warn"


def test_a_report_that_always_takes_long_is_normal() -> None:
    usual = Statement(query_id=5, query="SELECT ?", calls=40, mean_s=20.0, total_s=800.0)

    finding = judged("pg.long_query", postgres(long_queries=running(query_s=30, query_id=5), statements=(usual,)))

    assert finding.verdict == "ok"


def test_the_evidence_of_a_leak_says_who_since_when_and_after_what() -> None:
    text = "\n".join(judged("pg.idle_in_tx", DRILL).evidence)

    assert "18 of 20 sessions of shop v2.4.1" in text
    assert "18 of them last ran: SELECT id, total FROM orders WHERE created_at > ?" in text
    assert "release v2.4.1 (they say so)" in text
    assert f"endpoint {EXPORT}: v2.4.1 changed it and it fails or is slow" in text


def test_old_idle_sessions_are_judged_by_a_drills_shorter_limits() -> None:
    bundle = postgres(idle_in_transaction=(leaked(1, age_s=6),))

    assert judged("pg.idle_in_tx", bundle).verdict == "ok"
    assert judged("pg.idle_in_tx", bundle, Limits().shortened(60)).verdict == "warn"


def test_silence_of_a_database_is_decisive_only_where_a_service_misses_it() -> None:
    silent = replace(POSTGRES, error="timeout", error_text="connection timeout expired")

    alone = judged("pg.connect", replace(HEALTHY, postgres=(silent,)))
    missed = judged("pg.connect", replace(HEALTHY, postgres=(silent,), http=(UNREADY,)))

    assert [one.kind for one in alone.supports] == ["supporting"]
    assert [one.kind for one in missed.supports] == ["decisive"]


def test_the_newest_of_two_deploys_is_suspected_unless_the_other_touches_what_suffers() -> None:
    newest = Deploy(service="shop", version="v2.4.2", previous="v2.4.1", at=ago(minutes=5), changes=("docs/index.md",))
    both = replace(DEPLOYS, deploys=(*DEPLOYS.deploys, newest))

    calm = judged("deploy.recent", replace(HEALTHY, deploys=(both,)))
    hurt = judged("deploy.recent", replace(DRILL, postgres=(leaking(application="shop"),), deploys=(both,)))

    assert "v2.4.2" in calm.observed
    assert "v2.4.1" in hurt.observed


def test_a_readiness_page_that_does_not_say_why_blames_no_dependency_by_name() -> None:
    silent = http(pages=(page("live", "/health"), page("ready", "/ready", status=None, error="timeout")))

    assert {one.hypothesis for one in judged("http.ready_vs_live", silent).supports} == {"dependency_outage"}
