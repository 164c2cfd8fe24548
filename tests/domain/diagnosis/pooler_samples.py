"""A pooler that is fine and poolers that are not: (check, verdict, bundle)."""

from __future__ import annotations

from dataclasses import replace

from tests.domain.diagnosis.cases import HEALTHY, NOW

from tocsin.domain.diagnosis.facts import Bundle, DatabaseWork, PgbouncerFacts, PooledDatabase, ServerPool

DATABASE = PooledDatabase(name="shop", address="10.0.0.5:5432/shop", pool_size=20, connections=12)
POOL = ServerPool(database="shop", user="shop", mode="transaction", clients=30, serving=8, idle=4)
POOLER = PgbouncerFacts(
    target="shop-pooler",
    at=NOW,
    version="PgBouncer 1.18.0",
    databases=(DATABASE,),
    pools=(POOL,),
    work=(DatabaseWork(database="shop", window_s=1.0, transactions=400),),
    clients=31,
    max_clients=100,
)
QUEUED = replace(POOL, serving=20, idle=0, waiting=14, waited=9, longest_wait_s=4.2)


def pooler(**changed: object) -> Bundle:
    return replace(HEALTHY, pgbouncer=(replace(POOLER, **changed),))  # type: ignore[arg-type]  # a test names the fields it means


POOLER_SAMPLES: list[tuple[str, str, Bundle]] = [
    ("pgbouncer.reach", "ok", pooler()),
    ("pgbouncer.reach", "critical", pooler(error="refused", error_text="connection refused")),
    ("pgbouncer.waiting", "ok", pooler()),
    ("pgbouncer.waiting", "ok", pooler(pools=(replace(QUEUED, waited=0, longest_wait_s=0.2),))),
    ("pgbouncer.waiting", "warn", pooler(pools=(replace(QUEUED, longest_wait_s=0.2),))),
    ("pgbouncer.waiting", "critical", pooler(pools=(QUEUED,))),
    ("pgbouncer.pool", "ok", pooler()),
    ("pgbouncer.pool", "warn", pooler(pools=(replace(POOL, serving=20, idle=0),))),
    ("pgbouncer.clients", "ok", pooler()),
    ("pgbouncer.clients", "warn", pooler(clients=85)),
    ("pgbouncer.clients", "critical", pooler(clients=100)),
    ("pgbouncer.held", "ok", pooler()),
    ("pgbouncer.held", "warn", pooler(databases=(replace(DATABASE, paused=True),))),
    ("pgbouncer.held", "critical", pooler(databases=(replace(DATABASE, paused=True),), pools=(QUEUED,))),
]
