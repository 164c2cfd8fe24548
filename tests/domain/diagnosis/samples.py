"""Facts that are fine and facts that are not, for checks by their id: (check, verdict, bundle)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.domain.diagnosis.cases import (
    ANSWER,
    BASELINE,
    CALM,
    DNS,
    GIB,
    HEALTHY,
    HOST,
    HTTP,
    METRICS,
    NOW,
    POSTGRES,
    REDIS,
    TLS,
    UNREADY,
    page,
)

from tocsin.domain.diagnosis.facts import (
    Age,
    Archiver,
    BigKey,
    BlockedBy,
    Bundle,
    Checkpoints,
    Counters,
    Device,
    Disk,
    Horizon,
    LockWait,
    Network,
    Prepared,
    Pressure,
    ProcessUse,
    Queue,
    Reading,
    RedisRates,
    Replication,
    Room,
    Session,
    Slot,
    Statement,
    Stored,
    TableUse,
    VacuumDebt,
    Wal,
)
from tocsin.domain.diagnosis.history import with_history

Sample = tuple[str, str, Bundle]


def postgres(**changed: object) -> Bundle:
    return replace(HEALTHY, postgres=(replace(POSTGRES, **changed),))  # type: ignore[arg-type]  # a test names the fields it means


def upkeep(**changed: object) -> Bundle:
    assert POSTGRES.upkeep is not None
    return postgres(upkeep=replace(POSTGRES.upkeep, **changed))  # type: ignore[arg-type]  # as above


def room(**changed: object) -> Bundle:
    return postgres(room=Room(**changed))  # type: ignore[arg-type]  # as above


def counters(**changed: object) -> Bundle:
    assert POSTGRES.counters is not None
    return postgres(counters=replace(POSTGRES.counters, **changed))  # type: ignore[arg-type]  # as above


def redis(**changed: object) -> Bundle:
    return replace(HEALTHY, redis=(replace(REDIS, **changed),))  # type: ignore[arg-type]  # as above


def rates(**changed: object) -> Bundle:
    assert REDIS.rates is not None
    return redis(rates=replace(REDIS.rates, **changed))  # type: ignore[arg-type]  # as above


def host(**changed: object) -> Bundle:
    return replace(HEALTHY, host=(replace(HOST, **changed),))  # type: ignore[arg-type]  # as above


def network(**changed: object) -> Bundle:
    assert HOST.network is not None
    return host(network=replace(HOST.network, **changed))  # type: ignore[arg-type]  # as above


def runtime(**changed: object) -> Bundle:
    assert METRICS.runtime is not None
    return replace(HEALTHY, metrics=(replace(METRICS, runtime=replace(METRICS.runtime, **changed)),))  # type: ignore[arg-type]  # as above


def tls(**changed: object) -> Bundle:
    return replace(HEALTHY, tls=(replace(TLS, **changed),))  # type: ignore[arg-type]  # as above


def dns(**changed: object) -> Bundle:
    """Change what the second resolver answers."""
    return replace(HEALTHY, dns=(replace(DNS, answers=(ANSWER, replace(ANSWER, resolver="10.0.0.3:53", **changed))),))  # type: ignore[arg-type]  # as above


def nowhere(outcome: str) -> Bundle:
    failed = replace(ANSWER, outcome=outcome, addresses=())  # type: ignore[arg-type]  # a test names the outcome it means
    return replace(HEALTHY, dns=(replace(DNS, answers=(failed, replace(failed, resolver="10.0.0.3:53"))),))


def before(bundle: Bundle, target: str, *numbers: dict[str, float], words: dict[str, str] | None = None) -> Bundle:
    """Give the bundle earlier looks, a minute apart."""
    count = len(numbers)
    looks = [
        Reading(target=target, at=NOW - timedelta(minutes=count - n), numbers=one, words=words or {})
        for n, one in enumerate(numbers)
    ]
    return with_history(bundle, looks)


def instances(*statuses: int | None, slow_s: float = 0.01) -> Bundle:
    pages = tuple(
        page("instance", "/a", status=one, total_s=0.01, address=f"10.0.0.{n}") for n, one in enumerate(statuses)
    )
    last = replace(pages[-1], total_s=slow_s)
    return replace(HEALTHY, http=(replace(HTTP, pages=(*HTTP.pages, *pages[:-1], last)),))


def fleet(*bodies: str) -> Bundle:
    """Services a, b, …, each not ready for the reason its body tells; an empty one is well."""
    services = tuple(
        replace(
            HTTP,
            target=name,
            service=name,
            pages=(page("live", "/health"), page("ready", "/ready", status=503 if body else 200, body=body)),
        )
        for name, body in zip(("alpha", "beta", "gamma"), bodies, strict=False)
    )
    return replace(HEALTHY, http=services)


WAITING_DDL = LockWait(
    session=Session(pid=5, query="ALTER TABLE orders"), blockers=(4,), wait_s=9, mode="AccessExclusiveLock"
)
BEHIND = LockWait(session=Session(pid=6, query="SELECT ?"), blockers=(5,), wait_s=8, mode="AccessShareLock")
WALKED = TableUse(
    name="public.users", live=300_000, seq_scans=900, seq_rows=1, seq_scans_grew=20, seq_rows_grew=6_000_000
)
SLOWER = Statement(
    query_id=9, query="SELECT ?", calls=1_000, mean_s=0.02, total_s=20.0, blocks=1_000_000, calls_grew=20, total_grew_s=2.0,
    blocks_grew=900_000,
)  # fmt: skip

POSTGRES_SAMPLES: list[Sample] = [
    ("pg.lock_queue_ddl", "ok", postgres(lock_waits=(WAITING_DDL,))),
    ("pg.lock_queue_ddl", "critical", postgres(lock_waits=(WAITING_DDL, BEHIND))),
    ("pg.long_xact", "ok", HEALTHY),
    ("pg.long_xact", "warn", postgres(idle_in_transaction=(Session(pid=1, xact_s=400.0),))),
    ("pg.rollback_ratio", "ok", counters(rollbacks_grew=3, commits_grew=30)),
    ("pg.rollback_ratio", "warn", counters(rollbacks_grew=300)),
    ("pg.cache_hit", "ok", counters(blocks_read_grew=400)),
    ("pg.cache_hit", "warn", counters(blocks_read_grew=9_000)),
    ("pg.temp_spill", "ok", counters(temp_bytes_grew=1_000)),
    ("pg.temp_spill", "warn", counters(temp_bytes_grew=GIB)),
    ("pg.missing_index", "ok", postgres(tables=(replace(WALKED, seq_scans_grew=1, seq_rows_grew=300_000),))),
    ("pg.missing_index", "warn", postgres(tables=(WALKED,))),
    ("pg.missing_index", "critical", replace(postgres(tables=(WALKED,)), http=(UNREADY,))),
    ("pg.statement_regression", "ok", HEALTHY),
    ("pg.statement_regression", "warn", postgres(statements=(SLOWER,))),
    ("pg.statement_regression", "ok", before(postgres(statements=(SLOWER,)), "shop-db", {"mean_s:9": 0.1})),
    ("pg.wraparound", "ok", HEALTHY),
    ("pg.wraparound", "warn", upkeep(ages=(Age(database="shop", xids=1_400_000_000),))),
    ("pg.wraparound", "critical", upkeep(ages=(Age(database="shop", xids=2_000_000_000),))),
    ("pg.xmin_holders", "ok", upkeep(horizons=(Horizon(kind="session", name="7", age=9, held_s=9_000),))),
    (
        "pg.xmin_holders",
        "warn",
        replace(
            HEALTHY,
            postgres=(
                replace(
                    upkeep(horizons=(Horizon(kind="session", name="7", age=9, held_s=9_000),)).postgres[0],
                    tables=(TableUse(name="t", live=10, dead=20_000),),
                ),
            ),
        ),
    ),
    ("pg.vacuum_lag", "ok", HEALTHY),
    ("pg.vacuum_lag", "warn", postgres(tables=(TableUse(name="t", live=20_000, dead=30_000),))),
    ("pg.bloat", "ok", room(tables=(Stored(name="t", bytes=GIB, rows=8_000_000, row_bytes=96.0),), indexes=())),
    ("pg.bloat", "ok", room(tables=(Stored(name="t", bytes=GIB, rows=80, row_bytes=None),), indexes=())),
    ("pg.bloat", "warn", room(tables=(), indexes=(Stored(name="i", bytes=GIB // 8, rows=80_000, row_bytes=8.0),))),
    (
        "pg.bloat",
        "critical",
        room(tables=(Stored(name="t", bytes=9 * GIB, rows=8_000_000, row_bytes=96.0),), indexes=()),
    ),
    ("pg.vacuum_debt", "ok", room(debts=(VacuumDebt(name="t", dead=90_000, due=80_000, vacuumed_s=3_600.0),))),
    ("pg.vacuum_debt", "warn", room(debts=(VacuumDebt(name="t", dead=90_000, due=80_000, vacuumed_s=900_000.0),))),
    ("pg.vacuum_debt", "warn", room(debts=(VacuumDebt(name="t", dead=90_000, due=80_000, automatic=False),))),
    ("pg.wal_size", "ok", room(wal=Wal(files=60, bytes=GIB, most=GIB, grew=1_000, window_s=1.0))),
    ("pg.wal_size", "warn", room(wal=Wal(files=600, bytes=9 * GIB, most=GIB, kept=GIB))),
    ("pg.slot_retention", "ok", upkeep(slots=(Slot(name="s", active=True, retained_bytes=1_000),))),
    ("pg.slot_retention", "warn", upkeep(slots=(Slot(name="s", active=False),))),
    ("pg.slot_retention", "critical", upkeep(slots=(Slot(name="s", active=False, wal_status="lost"),))),
    ("pg.prepared_xacts", "ok", upkeep(prepared=(Prepared(gid="g", age_s=1.0),))),
    ("pg.prepared_xacts", "warn", upkeep(prepared=(Prepared(gid="g", age_s=31.0),))),
    ("pg.archiver", "ok", upkeep(archiver=Archiver(failed=3, failed_s=900.0, archived_s=2.0))),
    ("pg.archiver", "warn", upkeep(archiver=Archiver(failed=3, failed_s=1.0, archived_s=900.0))),
    ("pg.sequence_exhaustion", "ok", HEALTHY),
    ("pg.sequence_exhaustion", "warn", upkeep(sequences={"public.s": 0.9})),
    ("pg.sequence_exhaustion", "critical", upkeep(sequences={"public.s": 1.0})),
    ("pg.invalid_index", "ok", HEALTHY),
    ("pg.invalid_index", "warn", upkeep(invalid_indexes=("orders_email_ccnew",))),
    ("pg.checkpoint_pressure", "ok", HEALTHY),
    ("pg.checkpoint_pressure", "warn", upkeep(checkpoints=Checkpoints(timed=4, requested=9, requested_grew=1))),
    ("pg.config_change", "ok", before(HEALTHY, "shop-db", {}, words={"setting:max_connections": "50"})),
    ("pg.config_change", "warn", before(HEALTHY, "shop-db", {}, words={"setting:max_connections": "100"})),
    ("pg.config_change", "warn", upkeep(pending_restart=("shared_buffers",))),
    ("pg.restarted", "ok", HEALTHY),
    ("pg.restarted", "warn", upkeep(uptime_s=20.0)),
    ("pg.read_only", "ok", upkeep(read_only=True, in_recovery=True)),
    ("pg.read_only", "critical", replace(upkeep(read_only=True), http=(UNREADY,))),
    ("pg.checksums", "ok", HEALTHY),
    ("pg.checksums", "critical", postgres(counters=Counters(window_s=1.0, deadlocks=0, checksum_failures=1))),
    ("pg.checksums", "critical", postgres(error="other", sqlstate="XX001", error_text="invalid page in block 0")),
]

REDIS_SAMPLES: list[Sample] = [
    ("redis.reach", "critical", redis(error="refused", error_text="Connection refused")),
    ("redis.blocked", "ok", redis(blocked=40, blocked_by=(BlockedBy(command="blpop", count=40, longest_s=90),))),
    ("redis.blocked", "warn", redis(blocked=4, blocked_by=(BlockedBy(command="wait", count=4, longest_s=1),))),
    ("redis.blocked", "critical", redis(blocked=12, blocked_by=(BlockedBy(command="wait", count=12),))),
    ("redis.paused", "ok", HEALTHY),
    ("redis.paused", "warn", redis(paused="write")),
    ("redis.paused", "critical", redis(paused="write", blocked=3)),
    ("redis.busiest", "ok", HEALTHY),
    ("redis.busiest", "warn", rates(busiest="zadd", busiest_s=0.8)),
    ("redis.busiest", "critical", rates(busiest="keys", busiest_s=0.5)),
    ("redis.hit_ratio", "ok", rates(evicted=50)),
    ("redis.hit_ratio", "ok", rates(misses=900, hits=10)),
    ("redis.hit_ratio", "critical", rates(misses=900, evicted=50)),
    ("redis.queue", "ok", redis(queues=(Queue(key="jobs", length=9_000, grew=-50, window_s=1.0),))),
    ("redis.queue", "critical", redis(queues=(Queue(key="jobs", length=9_000, grew=50, window_s=1.0),))),
    (
        "redis.queue",
        "warn",
        before(
            redis(queues=(Queue(key="jobs", length=9_000, window_s=1.0),)), "shop-redis", *[{"queue:jobs": 9_000}] * 2
        ),
    ),
    ("redis.errors", "ok", HEALTHY),
    ("redis.errors", "critical", rates(errors=90)),
    ("redis.replication", "ok", HEALTHY),
    ("redis.replication", "warn", redis(replication=Replication(role="master", lag_bytes=20_000_000))),
    ("redis.replication", "critical", redis(replication=Replication(role="slave", link_up=False, link_down_s=9))),
    ("redis.fork", "ok", HEALTHY),
    ("redis.fork", "warn", redis(last_fork_s=0.6)),
    ("redis.latency_events", "ok", HEALTHY),
    ("redis.latency_events", "warn", redis(latency_events={"fork": 0.9})),
    ("redis.keyspace", "ok", before(HEALTHY, "shop-redis", {"keys": 5_100, "flushes": 0})),
    ("redis.keyspace", "warn", before(HEALTHY, "shop-redis", {"keys": 50_000, "flushes": 0})),
    ("redis.keyspace", "critical", before(redis(flushes=1), "shop-redis", {"keys": 50_000, "flushes": 0})),
    ("redis.config_change", "ok", HEALTHY),
    ("redis.config_change", "warn", before(HEALTHY, "shop-redis", {}, words={"setting:maxmemory": "1"})),
    ("redis.fragmentation", "warn", redis(fragmentation=0.6, used_bytes=GIB, rss_bytes=600 * 1024 * 1024)),
    ("redis.bigkeys", "ok", redis(sampled_keys=900, big_keys=(BigKey(name="cart:7", kind="hash", bytes=900),))),
    ("redis.bigkeys", "warn", redis(sampled_keys=900, big_keys=(BigKey(name="feed", kind="list", bytes=2_000_000),))),
    ("redis.expiry", "ok", redis(stale_percent=0.4)),
    ("redis.expiry", "warn", redis(stale_percent=26.0, rates=RedisRates(window_s=1.0, expire_capped=3))),
    ("redis.event_loop", "ok", redis(event_loop_s=0.0002)),
    ("redis.event_loop", "warn", redis(event_loop_s=0.02)),
    ("redis.event_loop", "critical", redis(event_loop_s=0.2)),
    ("redis.restarted", "ok", redis(uptime_s=30.0)),
    ("redis.restarted", "warn", redis(uptime_s=30.0, rates=RedisRates(window_s=1.0, misses=5))),
]

THEIRS = replace(HTTP, target="payments", third_party=True, pages=(page("endpoint", "/charge", total_s=1.4),))

FRONT_SAMPLES: list[Sample] = [
    ("http.latency", "warn", replace(HEALTHY, http=(THEIRS,))),
    ("http.phases", "ok", HEALTHY),
    ("http.phases", "warn", replace(HEALTHY, http=(replace(HTTP, pages=(page("live", "/health", dns_s=0.7),)),))),
    ("http.instances", "ok", instances(200, 200, 200)),
    ("http.instances", "critical", instances(200, 200, 500)),
    ("http.instances", "critical", instances(500, 500, 500)),
    ("http.instances", "warn", instances(200, 200, 200, slow_s=0.9)),
    ("http.cascade", "ok", fleet("", "database: refused")),
    ("http.cascade", "critical", fleet("database: refused", "database: timeout")),
    ("http.cascade", "critical", fleet("upstream beta fails", "broken", "upstream beta fails")),
    ("tls.handshake", "ok", HEALTHY),
    ("tls.handshake", "critical", tls(error="tls", error_text="wrong version number")),
    ("tls.certificate", "ok", HEALTHY),
    ("tls.certificate", "ok", tls(not_before=NOW - timedelta(hours=30), not_after=NOW + timedelta(hours=42))),
    ("tls.certificate", "warn", tls(not_after=NOW + timedelta(days=20))),
    ("tls.certificate", "critical", tls(not_after=NOW - timedelta(hours=1), distrust="expired")),
    ("tls.certificate", "critical", tls(not_before=NOW + timedelta(hours=1), distrust="not_yet")),
    ("tls.trust", "ok", HEALTHY),
    ("tls.trust", "critical", tls(distrust="unknown_issuer")),
    ("tls.revocation", "ok", tls(staples=True, stapled="good", staple_ends=NOW + timedelta(days=2))),
    ("tls.revocation", "warn", tls(staples=True, stapled="good", staple_ends=NOW - timedelta(days=2))),
    ("tls.revocation", "critical", tls(staples=True, must_staple=True)),
    ("tls.revocation", "critical", tls(revocation="revoked", revocation_by="CRL")),
    ("tls.name", "ok", HEALTHY),
    ("tls.name", "critical", tls(distrust="name", names=("other.test",))),
    ("tls.strength", "ok", HEALTHY),
    ("tls.strength", "warn", tls(key_bits=1024)),
    ("tls.changed", "ok", before(tls(), "shop-tls", {}, words={"certificate:": "CN=old until 2026"})),
    ("tls.changed", "warn", before(tls(distrust="name"), "shop-tls", {}, words={"certificate:": "CN=old until 2026"})),
    ("dns.resolves", "ok", HEALTHY),
    ("dns.resolves", "ok", dns(kind="AAAA", outcome="nodata")),
    ("dns.resolves", "warn", dns(outcome="timeout", addresses=())),
    ("dns.resolves", "critical", nowhere("nxdomain")),
    ("dns.expected", "ok", HEALTHY),
    ("dns.expected", "critical", dns(addresses=("10.9.9.9",))),
    ("dns.agreement", "ok", HEALTHY),
    ("dns.agreement", "warn", dns(addresses=("10.9.9.9",))),
    ("dns.latency", "ok", HEALTHY),
    ("dns.latency", "warn", dns(took_s=0.7)),
    ("dns.changed", "ok", before(HEALTHY, "shop-dns", {}, words={"answer:db.test A at 10.0.0.2:53": "10.1.0.5", "answer:db.test A at 10.0.0.3:53": "10.1.0.5"})),
    ("dns.changed", "warn", before(HEALTHY, "shop-dns", {}, words={"answer:db.test A at 10.0.0.2:53": "10.7.7.7"})),
]  # fmt: skip

MIB = 1024 * 1024.0
CLIMB = tuple({"resident_bytes": mib * MIB, "requests_per_s": 20.0} for mib in (100, 140, 180))
REST = tuple({"resident_bytes": mib * MIB, "requests_per_s": 20.0} for mib in (100, 190, 199))
SERVICE_SAMPLES: list[Sample] = [
    ("py.memory", "ok", HEALTHY),
    ("py.memory", "ok", before(runtime(resident_bytes=200 * MIB), "shop-metrics", *REST)),
    ("py.memory", "critical", before(runtime(resident_bytes=220 * MIB), "shop-metrics", *CLIMB)),
    ("py.fds", "ok", HEALTHY),
    ("py.fds", "critical", runtime(open_fds=1020.0)),
    ("py.loop_lag", "ok", HEALTHY),
    ("py.loop_lag", "warn", runtime(loop_lag_s=0.2)),
    ("py.gc", "ok", HEALTHY),
    ("py.gc", "warn", runtime(full_collections_per_s=2.0)),
    ("py.cpu", "ok", HEALTHY),
    ("py.cpu", "warn", runtime(cpu_ratio=0.99)),
    ("py.restarted", "ok", HEALTHY),
    ("py.restarted", "warn", before(runtime(started_at=NOW.timestamp() - 30), "shop-metrics", {"started_at": 1.0})),
    ("metrics.slo_burn", "ok", HEALTHY),
    ("metrics.slo_burn", "critical", replace(HEALTHY, metrics=(replace(METRICS, recent=replace(CALM, errors=10)),))),
    ("metrics.statuses", "ok", HEALTHY),
    (
        "metrics.statuses",
        "warn",
        replace(HEALTHY, metrics=(replace(METRICS, recent=replace(CALM, statuses={"401": 90})),)),
    ),
    ("metrics.silence", "ok", HEALTHY),
    (
        "metrics.silence",
        "warn",
        replace(HEALTHY, metrics=(replace(METRICS, baseline=replace(BASELINE, requests_per_s=400)),)),
    ),
]


def filling(free: float, used: float = 80.0) -> Bundle:
    looks = tuple({"free:/data": 1000 * MIB - step * 100 * MIB} for step in range(3))
    disk = Disk(mount="/data", used_percent=used, free_bytes=int(free * MIB), inodes_percent=3.0)
    return before(host(disks=(disk,)), "host", *looks)


HOST_SAMPLES: list[Sample] = [
    ("host.pressure", "ok", HEALTHY),
    ("host.pressure", "warn", host(pressure=(Pressure(resource="io", some_avg10=50, some_avg60=50),))),
    ("host.iowait", "ok", HEALTHY),
    ("host.iowait", "warn", host(iowait_percent=45.0)),
    ("host.steal", "ok", HEALTHY),
    ("host.steal", "critical", host(steal_percent=40.0)),
    ("host.hog", "ok", HEALTHY),
    ("host.hog", "warn", host(processes=tuple(ProcessUse(pid=n, name="miner", cpu_percent=80.0) for n in range(3)))),
    ("host.swap", "ok", HEALTHY),
    ("host.swap", "warn", host(swap_pages_grew=2_000)),
    ("host.throttled", "ok", HEALTHY),
    ("host.throttled", "warn", host(throttled_ratio=0.3)),
    ("host.tasks", "ok", HEALTHY),
    ("host.tasks", "critical", host(tasks=32_000)),
    ("host.process_fds", "ok", HEALTHY),
    ("host.process_fds", "critical", host(processes=(ProcessUse(pid=1, name="shop", fds=1_020, fds_max=1_024),))),
    ("host.conntrack", "ok", HEALTHY),
    ("host.conntrack", "critical", network(conntrack=65_000)),
    ("host.ports", "ok", HEALTHY),
    ("host.ports", "warn", network(time_wait=24_000)),
    ("host.listen_drops", "ok", HEALTHY),
    ("host.listen_drops", "critical", network(listen_drops_grew=9)),
    ("host.retransmits", "ok", host(network=Network(segments_grew=100, retransmits_grew=50))),
    ("host.retransmits", "warn", network(retransmits_grew=90)),
    ("host.tcp_orphans", "ok", HEALTHY),
    ("host.tcp_orphans", "warn", network(orphans=20_000)),
    ("host.tcp_memory", "ok", HEALTHY),
    ("host.tcp_memory", "warn", network(tcp_pages=260_000)),
    ("host.tcp_memory", "critical", network(tcp_pages=350_000)),
    ("host.softnet", "ok", HEALTHY),
    ("host.softnet", "warn", network(softnet_drops_grew=4)),
    ("host.disk_latency", "ok", HEALTHY),
    ("host.disk_latency", "ok", host(devices=(Device(name="vda", writes_grew=2, write_ms_grew=900),))),
    ("host.disk_latency", "warn", host(devices=(Device(name="vda", writes_grew=20, write_ms_grew=3_000),))),
    (
        "host.disk_latency",
        "warn",
        host(devices=(Device(name="vda", reads_grew=900, read_ms_grew=9, writes_grew=3, write_ms_grew=900),)),
    ),
    (
        "host.disk_latency",
        "warn",
        host(devices=(Device(name="vda", busy_ms_grew=990), Device(name="vdb", reads_grew=9))),
    ),
    ("host.close_wait", "ok", HEALTHY),
    ("host.close_wait", "warn", network(close_wait=2_000)),
    ("host.disk_fill", "ok", filling(900)),
    ("host.disk_fill", "ok", filling(700, used=20.0)),
    ("host.disk_fill", "critical", filling(700)),
    ("host.inodes", "ok", HEALTHY),
    ("host.inodes", "critical", host(disks=(Disk(mount="/", used_percent=10, free_bytes=GIB, inodes_percent=99.0),))),
    ("host.read_only", "ok", HEALTHY),
    (
        "host.read_only",
        "critical",
        before(host(disks=(replace(HOST.disks[0], read_only=True),)), "host", {}, words={"mount:/": "rw"}),
    ),
    ("host.oom", "ok", host(oom_kills=4)),
    ("host.oom", "critical", host(oom_kills=4, oom_kills_grew=1)),
    ("host.oom", "critical", before(host(oom_kills=4), "host", {"oom_kills": 3})),
    ("host.units", "ok", HEALTHY),
    ("host.units", "warn", host(failed_units=("backup.service",))),
    ("host.units", "critical", host(failed_units=("shop.service",), service="shop")),
    ("host.clock", "ok", HEALTHY),
    ("host.clock", "critical", host(clock_offset_s=-2.0)),
    ("host.restarted", "ok", HEALTHY),
    ("host.restarted", "warn", host(uptime_s=60.0)),
]

SAMPLES = [*POSTGRES_SAMPLES, *REDIS_SAMPLES, *FRONT_SAMPLES, *SERVICE_SAMPLES, *HOST_SAMPLES]
