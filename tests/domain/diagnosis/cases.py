"""Facts of known situations, built by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from tocsin.domain.diagnosis.checks.catalogue import CHECKS
from tocsin.domain.diagnosis.facts import (
    Age,
    Archiver,
    Bundle,
    Checkpoints,
    ConnectionLimits,
    Counters,
    Deploy,
    DeployFacts,
    Device,
    Disk,
    DnsAnswer,
    DnsFacts,
    HostFacts,
    HttpFacts,
    HttpPage,
    MetricsBaseline,
    MetricsFacts,
    MetricsWindow,
    Network,
    Pool,
    PostgresFacts,
    Pressure,
    ProcessUse,
    Queue,
    RedisFacts,
    RedisRates,
    Replication,
    RouteMetrics,
    Runtime,
    Session,
    SessionGroup,
    Statement,
    TableUse,
    TlsFacts,
    Upkeep,
)
from tocsin.domain.diagnosis.findings import Finding
from tocsin.domain.diagnosis.limits import Limits
from tocsin.domain.diagnosis.look import Look

NOW = datetime(2026, 3, 15, 14, 3, tzinfo=UTC)
ONSET = NOW - timedelta(minutes=3)
EXPORT = "GET /api/v1/reports/export"
ORDERS = "GET /api/v1/orders"
GIB = 1024**3


def ago(**delta: float) -> datetime:
    return NOW - timedelta(**delta)


def page(role: str, path: str, **changed: object) -> HttpPage:
    answered = HttpPage(role="live", url=f"http://shop.test{path}", status=200, body='{"status": "ok"}', total_s=0.01)
    return replace(answered, role=role, **changed)  # type: ignore[arg-type]  # a test names the fields it means


HTTP = HttpFacts(target="shop", at=NOW, service="shop", pages=(page("live", "/health"), page("ready", "/ready")))
UNREADY = replace(
    HTTP,
    pages=(
        page("live", "/health"),
        page(
            "ready",
            "/ready",
            status=503,
            body='{"status": "error", "checks": {"database": "Cannot acquire connection from pool", "redis": "ok"}}',
        ),
    ),
)

POSTGRES = PostgresFacts(
    target="shop-db",
    at=NOW,
    connect_s=0.004,
    server_version=180000,
    database="shop",
    limits=ConnectionLimits(max_connections=50, superuser_reserved=3),
    used=6,
    groups=(SessionGroup(application="shop v2.4.0", user="shop", database="shop", state="idle", count=5),),
    idle_in_transaction=(),
    lock_waits=(),
    long_queries=(),
    counters=Counters(window_s=1.0, deadlocks=0, commits_grew=400, blocks_hit_grew=9_000),
    tables=(TableUse(name="public.orders", live=80_000, seq_scans=3, index_scans=90_000),),
    upkeep=Upkeep(
        uptime_s=90_000.0,
        settings={"max_connections": "50"},
        ages=(Age(database="shop", xids=40_000_000),),
        horizons=(),
        slots=(),
        prepared=(),
        archiver=Archiver(failed=0),
        checkpoints=Checkpoints(timed=100, requested=2),
        sequences={"public.orders_id_seq": 0.01},
        invalid_indexes=(),
        vacuums=(),
    ),
    size_bytes=8_000_000,
    statements=(Statement(query_id=1, query="SELECT ?", calls=900, mean_s=0.002, total_s=1.8, calls_grew=9),),
    replication=(),
)

REDIS = RedisFacts(
    target="shop-redis",
    at=NOW,
    ping_s=0.0004,
    used_bytes=10_000_000,
    max_bytes=100_000_000,
    rss_bytes=14_000_000,
    policy="noeviction",
    fragmentation=1.4,
    clients=4,
    max_clients=10_000,
    blocked=0,
    slowlog=(),
    rates=RedisRates(
        window_s=1.0, hits=900, misses=20, commands=2_000, busiest="get", busiest_s=0.01, busiest_calls=900
    ),
    blocked_by=(),
    queues=(Queue(key="jobs", length=3, window_s=1.0),),
    keys=5_000,
    uptime_s=90_000.0,
    last_fork_s=0.002,
    replication=Replication(role="master", replicas=1, lag_bytes=0),
    settings={"maxmemory": "100000000"},
    latency_events={"command": 0.02},
    persistence={"rdb_last_bgsave_status": "ok", "aof_last_write_status": "ok"},
)

HOST = HostFacts(
    target="host",
    at=NOW,
    hostname="node-1",
    cores=4,
    load_1=0.8,
    load_15=0.7,
    cpu_percent=20.0,
    memory_total_bytes=8 * GIB,
    memory_available_bytes=5 * GIB,
    disks=(Disk(mount="/", used_percent=40.0, free_bytes=100 * GIB, inodes_percent=5.0),),
    fds_used=2_000,
    fds_max=100_000,
    pressure=(
        Pressure(resource="cpu", some_avg10=2.0, some_avg60=2.0),
        Pressure(resource="memory", some_avg10=0.0, some_avg60=0.0),
        Pressure(resource="io", some_avg10=1.0, some_avg60=1.0),
    ),
    window_s=1.0,
    iowait_percent=1.0,
    steal_percent=0.0,
    swap_total_bytes=GIB,
    swap_used_bytes=0,
    oom_kills=0,
    throttled_ratio=0.0,
    tasks=200,
    tasks_max=32_768,
    network=Network(
        established=40,
        time_wait=100,
        ports=28_000,
        conntrack=90,
        conntrack_max=65_536,
        segments_grew=900,
        orphans=3,
        orphans_max=65_536,
        tcp_pages=400,
        tcp_pages_pressure=250_000,
        tcp_pages_max=380_000,
        softnet_drops_grew=0,
    ),
    devices=(Device(name="vda", writes_grew=90, write_ms_grew=180, busy_ms_grew=60),),
    processes=(ProcessUse(pid=7, name="shop", cpu_percent=30.0, rss_bytes=GIB // 8, fds=40, fds_max=1024),),
    failed_units=(),
    clock_synced=True,
    clock_offset_s=0.0001,
    uptime_s=900_000.0,
)

DEPLOYED = Deploy(
    service="shop",
    version="v2.4.1",
    previous="v2.4.0",
    at=ago(minutes=18),
    by="carol",
    commit="8d1f0c2a",
    changes=("app/routes/reports.py: new GET /api/v1/reports/export", "README.md"),
)
QUIET = DeployFacts(
    target="deploys",
    at=NOW,
    deploys=(replace(DEPLOYED, version="v2.4.0", previous="v2.3.9", commit="c0ffee12", at=ago(days=3)),),
)
DEPLOYS = replace(QUIET, deploys=(*QUIET.deploys, DEPLOYED))

BASELINE = MetricsBaseline(requests_per_s=20.0, error_ratio=0.0005, p95_s=0.05, p99_s=0.1)


def window(orders: RouteMetrics, export: RouteMetrics, **changed: object) -> MetricsWindow:
    made = MetricsWindow(
        seconds=10.0,
        statuses={"200": orders.requests + export.requests},
        requests=orders.requests + export.requests,
        errors=orders.errors + export.errors,
        p95_s=max(orders.p95_s or 0.0, export.p95_s or 0.0),
        p99_s=max(orders.p99_s or 0.0, export.p99_s or 0.0),
        routes=(orders, export),
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # a test names the fields it means


CALM = window(
    RouteMetrics(route=ORDERS, requests=180, p95_s=0.04, p99_s=0.08),
    RouteMetrics(route=EXPORT, requests=20, p95_s=0.06, p99_s=0.09),
)
METRICS = MetricsFacts(
    target="shop-metrics",
    at=NOW,
    recent=CALM,
    since_start=CALM,
    versions=("2.4.0",),
    pools=(Pool(name="db_pool", in_use=2, size=20, waiting=0),),
    baseline=BASELINE,
    runtime=Runtime(
        resident_bytes=200_000_000.0,
        open_fds=40.0,
        max_fds=1024.0,
        cpu_ratio=0.2,
        loop_lag_s=0.001,
        full_collections_per_s=0.0,
        started_at=(NOW - timedelta(days=2)).timestamp(),
    ),
)

TLS = TlsFacts(
    target="shop-tls",
    at=NOW,
    address="shop.test:443",
    server_name="shop.test",
    not_before=NOW - timedelta(days=30),
    not_after=NOW + timedelta(days=60),
    subject="CN=shop.test",
    issuer="CN=authority",
    names=("shop.test",),
    protocol="TLSv1.3",
    key_kind="RSA",
    key_bits=2048,
    signature="sha256",
    handshake_s=0.01,
)
ANSWER = DnsAnswer(
    name="db.test", resolver="10.0.0.2:53", kind="A", outcome="ok", addresses=("10.1.0.5",), ttl_s=60, took_s=0.002
)
DNS = DnsFacts(
    target="shop-dns", at=NOW, expected=("10.1.0.5",), answers=(ANSWER, replace(ANSWER, resolver="10.0.0.3:53"))
)

HEALTHY = Bundle(
    started_at=NOW,
    ended_at=NOW + timedelta(seconds=2),
    targets=("deploys", "host", "shop", "shop-db", "shop-dns", "shop-metrics", "shop-redis", "shop-tls"),
    http=(HTTP,),
    postgres=(POSTGRES,),
    redis=(REDIS,),
    host=(HOST,),
    deploys=(QUIET,),
    metrics=(METRICS,),
    tls=(TLS,),
    dns=(DNS,),
)


def leaked(pid: int, *, age_s: float = 120.0, application: str = "shop v2.4.1", **changed: object) -> Session:
    session = Session(
        pid=pid,
        backend_start=ago(minutes=17),
        xact_start=ago(seconds=age_s + 0.2),
        state_change=ago(seconds=age_s),
        state="idle in transaction",
        application=application,
        user="shop",
        database="shop",
        query="SELECT id, total FROM orders WHERE created_at > ?",
        state_s=age_s,
        xact_s=age_s + 0.2,
    )
    return replace(session, **changed)  # type: ignore[arg-type]  # a test names the fields it means


def leaking(
    count: int = 18, *, application: str = "shop v2.4.1", tags: Mapping[str, str] = MappingProxyType({})
) -> PostgresFacts:
    ages = {100 + number: 30.0 + 5 * number for number in range(count)}
    sessions = tuple(leaked(pid, age_s=age, application=application, tags=dict(tags)) for pid, age in ages.items())
    group = SessionGroup(
        application=application, user="shop", database="shop", state="idle in transaction", count=count
    )
    work = SessionGroup(application=application, user="shop", database="shop", state="active", count=2)
    return replace(POSTGRES, used=count + 3, groups=(group, work), idle_in_transaction=sessions)


DRILL = replace(
    HEALTHY,
    http=(UNREADY,),
    postgres=(leaking(),),
    deploys=(DEPLOYS,),
    metrics=(
        replace(
            METRICS,
            versions=("2.4.1",),
            pools=(Pool(name="db_pool", in_use=20, size=20, waiting=7),),
            recent=window(
                RouteMetrics(route=ORDERS, requests=60, errors=40, p95_s=2.0, p99_s=2.1),
                RouteMetrics(route=EXPORT, requests=12, errors=12, p95_s=2.0, p99_s=2.2),
            ),
        ),
    ),
)


def look(bundle: Bundle = HEALTHY, onset: datetime | None = ONSET) -> Look:
    return Look(bundle=bundle, onset=onset)


def judged(check_id: str, bundle: Bundle, limits: Limits | None = None) -> Finding:
    """Return what one check says of a bundle, without asking the others."""
    check = next(one for one in CHECKS if one.id == check_id)
    return check.run(Look(bundle=bundle, onset=ONSET, limits=limits or Limits()))[0]
