"""Nothing is wrong; one of the things looked at may hang."""

from __future__ import annotations

from collections.abc import Iterator

from bench.faultlab.scenario import healthy
from bench.faultlab.stubs import silent
from bench.faultlab.traffic import traffic
from bench.faultlab.world import RPS, Case, World, cache, settle


@healthy
def steady_traffic(world: World) -> Iterator[Case]:
    with traffic(world.shop.url, ["/orders", "/cart", "/users/{n}"], RPS):
        settle(1.2)
        yield Case()


@healthy
def nobody_is_there(world: World) -> Iterator[Case]:
    world.warm()
    yield Case()


@healthy
def three_looks_in_a_row(world: World) -> Iterator[Case]:
    with traffic(world.shop.url, ["/orders", "POST /orders", "/pay"], RPS):
        settle(1.0)
        yield Case(looks=3)


@healthy
def writes_and_reads(world: World) -> Iterator[Case]:
    with traffic(world.shop.url, ["POST /orders", "/cart"], RPS):
        settle(1.2)
        yield Case()


@healthy
def one_probe_hangs(world: World) -> Iterator[Case]:
    with silent() as port, traffic(world.shop.url, ["/orders", "/cart"], RPS):
        settle(1.2)
        yield Case(targets={"sessions": cache("sessions", f"redis://127.0.0.1:{port}/0")})


@healthy
def one_probe_hangs_and_traffic_is_mixed(world: World) -> Iterator[Case]:
    with silent() as port, traffic(world.shop.url, ["/orders", "/pay", "/users/{n}"], RPS):
        settle(1.2)
        yield Case(targets={"sessions": cache("sessions", f"redis://127.0.0.1:{port}/0")})
