"""The application itself: releases, configuration, memory, descriptors, traffic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from bench.faultlab.scenario import fault, near_miss
from bench.faultlab.traffic import traffic
from bench.faultlab.world import BASELINE, RPS, Case, Shop, World, http, metrics, now, settle
from tocsin.domain.diagnosis.targets import Target

NAMED = ("orders.py: new report format for GET /orders",)


def of(shop: Shop, name: str, *, endpoints: tuple[str, ...] = ()) -> dict[str, Target | None]:
    """Return the targets of one instance; the name keeps its counters apart from others'."""
    return {"shop": http("shop", shop.url, endpoints=list(endpoints)), "metrics": metrics(f"m-{name}", shop.url)}


@contextmanager
def deployed(world: World, version: str, changes: tuple[str, ...]) -> Iterator[None]:
    """Have a deploy in the history two minutes ago, and take it out again."""
    before = world.deploys.read_text()
    world.deployed(version, ago_s=120, changes=changes)
    try:
        yield
    finally:
        world.deploys.write_text(before)


@fault("bad_deploy")
def release_fails_requests(world: World) -> Iterator[Case]:
    with (
        deployed(world, "v2.5.0", NAMED),
        world.running_shop(version="v2.5.0", broken_orders=True) as shop,
        traffic(shop.url, ["/orders", "/cart"], RPS),
    ):
        settle(1.5)
        yield Case(targets=of(shop, "deploy"), onset=now() - timedelta(seconds=60))


@near_miss("bad_deploy", really="redis_down")
def release_just_before_the_cache_went(world: World) -> Iterator[Case]:
    world.valkey.kill()
    try:
        with deployed(world, "v2.5.0", ("README.md",)), traffic(world.shop.url, ["/cart", "/orders"], RPS):
            settle(1.2)
            yield Case(onset=now() - timedelta(seconds=30))
    finally:
        world.valkey.start()


@near_miss("bad_deploy")
def release_after_which_all_is_well(world: World) -> Iterator[Case]:
    with deployed(world, "v2.5.0", NAMED), traffic(world.shop.url, ["/orders"], RPS):
        settle(1.2)
        yield Case(onset=now() - timedelta(seconds=60))


@fault("bad_configuration")
def configuration_cannot_be_read(world: World) -> Iterator[Case]:
    config = Path(world.folder / "broken.json")
    config.write_text('{"currency": "EUR",')
    with world.running_shop(config=str(config)) as shop, traffic(shop.url, ["/orders"], RPS):
        settle(1.0)
        yield Case(targets=of(shop, "config"))


@near_miss("bad_configuration")
def configuration_changed_and_all_is_well(world: World) -> Iterator[Case]:
    config = Path(world.folder / "fine.json")
    config.write_text(json.dumps({"currency": "CHF"}))
    with (
        deployed(world, "config-7", ("config: currency EUR to CHF",)),
        world.running_shop(config=str(config)) as shop,
        traffic(shop.url, ["/orders"], RPS),
    ):
        settle(1.2)
        yield Case(targets=of(shop, "config-well"), onset=now() - timedelta(seconds=60))


@fault("memory_leak")
def memory_grows_with_every_request(world: World) -> Iterator[Case]:
    with world.running_shop(version="v2.4.0", leak_kib=800) as shop, traffic(shop.url, ["/work"], RPS):
        settle(0.5)
        yield Case(targets=of(shop, "leak"), looks=5)


@near_miss("memory_leak")
def cache_warms_up_and_comes_to_rest(world: World) -> Iterator[Case]:
    with world.running_shop(version="v2.4.0", warm_mib=60) as shop, traffic(shop.url, ["/work"], RPS):
        settle(0.3)
        yield Case(targets=of(shop, "warm"), looks=5)


@fault("descriptor_exhaustion")
def process_has_no_descriptors_left(world: World) -> Iterator[Case]:
    with world.running_shop(descriptors=256, held_sockets=232) as shop, traffic(shop.url, ["/orders"], RPS, threads=12):
        settle(1.5)
        yield Case(targets=of(shop, "fds"))


@near_miss("descriptor_exhaustion")
def process_uses_half_of_its_descriptors(world: World) -> Iterator[Case]:
    with world.running_shop(descriptors=256, held_sockets=80) as shop, traffic(shop.url, ["/orders"], RPS):
        settle(1.2)
        yield Case(targets=of(shop, "fds-half"))


@fault("traffic_spike")
def surge_of_customers(world: World) -> Iterator[Case]:
    with world.running_shop(hold_ms=20, pool_size=2) as shop, traffic(shop.url, ["/work"], 10 * RPS, threads=48):
        settle(2.5)
        calm = {**BASELINE, "requests_per_s": RPS / 2}
        yield Case(targets={**of(shop, "surge"), "metrics": metrics("m-surge", shop.url, baseline=calm)})


@near_miss("traffic_spike")
def twice_the_customers_and_all_is_well(world: World) -> Iterator[Case]:
    with traffic(world.shop.url, ["/cart", "/orders"], 2 * RPS, threads=8):
        settle(1.5)
        yield Case()


@near_miss("traffic_spike", really="redis_down")
def storm_of_retries(world: World) -> Iterator[Case]:
    world.valkey.kill()
    try:
        with traffic(world.shop.url, ["/cart"], 3 * RPS, threads=12):
            settle(1.5)
            yield Case()
    finally:
        world.valkey.start()
