"""From an alert on a service whose probes have real addresses to the run that is kept: nothing between them stands in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import pytest
from tests.fakes import NOON
from tests.flows.world import CONFIGURATION, World, resolve
from tests.support.http import Received, Reply, closed_port, http_sink

from tocsin.adapters.sources.generic import Generic
from tocsin.domain.diagnosis.run import Run, verdict_of
from tocsin.domain.incident.events import Diagnosed
from tocsin.domain.visibility import WORKER
from tocsin.drill.servers.valkey import ValkeyServer
from tocsin.flows.diagnosis_history import recall
from tocsin.flows.investigate import REDIAGNOSE, bundle_of, look_again, run_diagnosis, targets_of
from tocsin.flows.policies import policy_of
from tocsin.flows.receive import receive
from tocsin.wiring.probing import probes

ONSET = NOON - timedelta(minutes=4)
SERVICES = """
services:
  shop:
    name: Shop
    team: core
    depends_on: [orders, carts]
    probes:
      web: {{kind: http, options: {{url: "{shop}"}}}}
  orders:
    name: Orders
    team: core
    probes:
      db: {{kind: postgres, options: {{dsn: "env:ORDERS_DSN", window_s: 0.05}}}}
  carts:
    name: Carts
    team: core
    probes:
      cache: {{kind: redis, options: {{url: "env:CARTS_URL", window_s: 0.05}}}}
  unrelated:
    name: Unrelated
    team: core
    probes:
      cache: {{kind: redis, options: {{url: "redis://127.0.0.1:1/0"}}}}
"""


def unready(received: Received) -> Reply:
    if received.path != "/ready":
        return Reply(body=b'{"status": "alive"}')
    checks = {"database": "ok", "redis": "Error 111 connecting. Connection refused."}
    return Reply(status=503, body=json.dumps({"status": "not ready", "checks": checks}).encode())


def world_of(shop: str, cache: str, dsn: str) -> World:
    before, _, rest = CONFIGURATION.partition("services:\n")
    after = rest[rest.index("integrations:") :]
    text = before + SERVICES.format(shop=shop) + after

    known = {"env:ORDERS_DSN": dsn, "env:CARTS_URL": cache}

    def secrets(options: Mapping[str, object]) -> dict[str, object]:
        return {name: known.get(str(value), value) for name, value in resolve(options).items()}

    return World(text=text, more={"sources": {"generic": Generic()}, "resolve": secrets})


@pytest.fixture
def shop() -> Iterator[str]:
    with http_sink(unready) as server:
        yield server.url


def alerted(world: World) -> None:
    body = {"name": "Carts fail", "service": "shop", "severity": "critical", "starts_at": ONSET.isoformat()}
    taken = receive(world.engine, "watch", "open sesame", json.dumps(body).encode())
    assert taken.incidents == (world.incident().ref,)


def diagnosed(world: World) -> Run:
    assert run_diagnosis(world.engine, world.job("diagnose"), probes=probes(), clock=world.clock) == "diagnosed"
    (event,) = world.events(Diagnosed)
    assert isinstance(event.body, Diagnosed)
    return Run.from_json(bundle_of(world.engine, WORKER, world.incident().ref, event.body.bundle))


def test_an_alert_leads_to_the_probes_of_its_service_and_of_what_that_needs(
    shop: str, fresh_database: Callable[..., str], valkey_server: ValkeyServer
) -> None:
    world = world_of(shop, valkey_server.url, fresh_database())
    alerted(world)

    with world.store.reading() as tx:
        targets = targets_of(world.engine, world.incident(), policy_of(tx, world.incident().pack))

    assert [(one.name, one.kind, one.service) for one in targets.found] == [
        ("shop/web", "http", "shop"),
        ("orders/db", "postgres", "orders"),
        ("carts/cache", "redis", "carts"),
    ]
    assert {one.onset for one in targets.found} == {ONSET}
    assert targets.missing == ()


def test_what_is_down_behind_the_service_is_confirmed_and_the_run_is_kept_whole(
    shop: str, fresh_database: Callable[..., str]
) -> None:
    dsn = fresh_database().replace("postgres@", "postgres:hunter2@")
    gone = f"redis://:hunter2@127.0.0.1:{closed_port()}/0"
    world = world_of(shop, gone, dsn)
    alerted(world)

    run = diagnosed(world)

    (top, *_) = world.incident().causes
    assert (top.key, top.state) == ("redis_down", "confirmed")
    assert run.onset == ONSET
    assert (run.verdict.causes[0].key, run.verdict.causes[0].state) == ("redis_down", "confirmed")
    assert run.facts.targets == ("carts/cache", "orders/db", "shop/web")
    assert run.facts.errors == ()
    assert run.facts.redis[0].error == "refused"
    assert run.facts.postgres[0].error is None
    assert [(page.role, page.status) for page in run.facts.http[0].pages][:2] == [("live", 200), ("ready", 503)]
    assert verdict_of(run.replayed()) == run.verdict
    assert b"hunter2" not in run.to_json()


def test_what_a_run_read_of_a_target_is_kept_for_the_next(
    shop: str, fresh_database: Callable[..., str], valkey_server: ValkeyServer
) -> None:
    world = world_of(shop, valkey_server.url, fresh_database())
    alerted(world)
    first = diagnosed(world)
    world.later(seconds=31)
    (due,) = world.timers(REDIAGNOSE)
    look_again(world.engine, due)
    run_diagnosis(world.engine, world.job("diagnose"), probes=probes(), clock=world.clock)
    with world.store.reading() as tx:
        kept = {one.target for one in recall(tx, ("orders/db", "carts/cache"))}

    assert first.facts.history == ()
    assert kept == {"orders/db", "carts/cache"}
