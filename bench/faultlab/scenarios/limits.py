"""PostgreSQL: logins, a server that is gone, and limits of its own."""

from __future__ import annotations

from collections.abc import Iterator

from bench.faultlab.scenario import fault, near_miss
from bench.faultlab.traffic import traffic
from bench.faultlab.world import RPS, Case, World, http, metrics, settle
from tocsin.domain.diagnosis.targets import Target


@fault("bad_configuration")
def wrong_password(world: World) -> Iterator[Case]:
    dsn = world.guarded_dsn("wrong")
    with world.running_shop(dsn=dsn) as shop, traffic(shop.url, ["/orders"], RPS):
        settle(1.5)
        db = Target(name="db", kind="postgres", service="shop", options={"dsn": dsn})
        yield Case(targets={"shop": http("shop", shop.url), "metrics": metrics("m-login", shop.url), "db": db})


@near_miss("bad_configuration")
def only_the_probes_password_is_wrong(world: World) -> Iterator[Case]:
    db = Target(name="db", kind="postgres", service="shop", options={"dsn": world.guarded_dsn("wrong")})
    with traffic(world.shop.url, ["/orders"], RPS):
        settle(1.2)
        yield Case(targets={"db": db})


@fault("database_down")
def database_is_gone(world: World) -> Iterator[Case]:
    world.postgres.stop()
    try:
        with traffic(world.shop.url, ["/orders"], RPS):
            settle(1.5)
            yield Case()
    finally:
        world.postgres.start()
        world.warm()


@near_miss("database_down")
def database_has_just_restarted(world: World) -> Iterator[Case]:
    world.postgres.restart()
    world.warm()
    with traffic(world.shop.url, ["/orders"], RPS):
        settle(1.2)
        yield Case()


@fault("database_limit")
def sequence_has_run_out(world: World) -> Iterator[Case]:
    with world.admin() as owner:
        owner.execute("TRUNCATE receipts RESTART IDENTITY")
        owner.execute("ALTER SEQUENCE receipts_id_seq MAXVALUE 100")
        owner.execute("SELECT setval('receipts_id_seq', 100)")
        try:
            with traffic(world.shop.url, ["POST /orders", "/orders"], RPS):
                settle(1.5)
                yield Case()
        finally:
            owner.execute("ALTER SEQUENCE receipts_id_seq NO MAXVALUE")


@near_miss("database_limit")
def sequence_is_half_used(world: World) -> Iterator[Case]:
    with world.admin() as owner:
        owner.execute("TRUNCATE receipts RESTART IDENTITY")
        owner.execute("ALTER SEQUENCE receipts_id_seq MAXVALUE 2000")
        owner.execute("SELECT setval('receipts_id_seq', 1000)")
        try:
            with traffic(world.shop.url, ["POST /orders", "/orders"], RPS):
                settle(1.2)
                yield Case()
        finally:
            owner.execute("ALTER SEQUENCE receipts_id_seq NO MAXVALUE")


@fault("database_limit")
def database_takes_no_writes(world: World) -> Iterator[Case]:
    with world.admin() as owner:
        owner.execute("ALTER DATABASE shop SET default_transaction_read_only = on")
        try:
            with world.running_shop() as shop, traffic(shop.url, ["POST /orders", "/orders"], RPS):
                settle(1.2)
                targets = {"shop": http("shop", shop.url), "metrics": metrics("m-readonly", shop.url)}
                yield Case(targets=dict(targets))
        finally:
            owner.execute("SET default_transaction_read_only = off")
            owner.execute("ALTER DATABASE shop RESET default_transaction_read_only")
