"""Certificates, names, third parties, instances and services that depend on each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bench.faultlab.scenario import fault, near_miss
from bench.faultlab.stubs import pages
from bench.faultlab.traffic import traffic
from bench.faultlab.world import RPS, Case, World, dns, http, metrics, settle, tls
from tocsin.drill.servers.dns import NameServer
from tocsin.drill.servers.ports import free_port

DAY = timedelta(days=1)
WELL = (200, '{"status": "ok"}')


@fault("tls_expiry")
def certificate_has_expired(world: World) -> Iterator[Case]:
    context = world.authority.context(starts=-90 * DAY, ends=-DAY / 24)
    with pages({"/": WELL}, context=context) as front, traffic(world.shop.url, ["/orders"], RPS):
        settle(0.8)
        yield Case(targets={"tls": tls("tls", front.port, world.authority)})


@near_miss("tls_expiry")
def certificate_has_twenty_days_left(world: World) -> Iterator[Case]:
    context = world.authority.context(starts=-70 * DAY, ends=20 * DAY)
    with pages({"/": WELL}, context=context) as front, traffic(world.shop.url, ["/orders"], RPS):
        settle(0.8)
        yield Case(targets={"tls": tls("tls", front.port, world.authority)})


@fault("bad_configuration")
def certificate_of_another_name(world: World) -> Iterator[Case]:
    context = world.authority.context(("old.shop.test",))
    with pages({"/": WELL}, context=context) as front, traffic(world.shop.url, ["/orders"], RPS):
        settle(0.8)
        yield Case(targets={"tls": tls("tls", front.port, world.authority)})


@fault("dns_failure")
def resolver_fails(world: World) -> Iterator[Case]:
    with traffic(world.shop.url, ["/orders"], RPS):
        world.names.trouble = "servfail"
        try:
            settle(0.8)
            yield Case()
        finally:
            world.names.trouble = ""


@fault("dns_failure")
def name_is_gone(world: World) -> Iterator[Case]:
    with NameServer({}) as empty, NameServer({}) as other, traffic(world.shop.url, ["/orders"], RPS):
        settle(0.8)
        yield Case(targets={"dns": dns("dns", empty.address, other.address)})


@near_miss("dns_failure")
def one_resolver_of_two_fails(world: World) -> Iterator[Case]:
    with NameServer({}) as ill, traffic(world.shop.url, ["/orders"], RPS):
        ill.trouble = "servfail"
        settle(0.8)
        yield Case(targets={"dns": dns("dns", world.names.address, ill.address)})


@fault("dependency_slow")
def payments_are_slow(world: World) -> Iterator[Case]:
    world.payments.delay_s = 1.3
    try:
        with traffic(world.shop.url, ["/pay"], RPS / 2, threads=16):
            settle(2.5)
            yield Case()
    finally:
        world.payments.delay_s = 0.0


@near_miss("dependency_slow")
def payments_are_slow_and_nobody_waits(world: World) -> Iterator[Case]:
    world.payments.delay_s = 1.3
    try:
        with traffic(world.shop.url, ["/orders"], RPS):
            settle(1.0)
            yield Case()
    finally:
        world.payments.delay_s = 0.0


@fault("dependency_outage")
def payments_fail(world: World) -> Iterator[Case]:
    world.payments.answers["/"] = (503, "down for maintenance")
    try:
        with traffic(world.shop.url, ["/pay", "/orders"], RPS):
            settle(1.2)
            yield Case()
    finally:
        world.payments.answers["/"] = WELL


@near_miss("dependency_outage")
def payments_refuse_one_caller(world: World) -> Iterator[Case]:
    world.payments.answers["/"] = (404, "no such page")
    try:
        with traffic(world.shop.url, ["/orders"], RPS):
            settle(1.0)
            yield Case()
    finally:
        world.payments.answers["/"] = WELL


@fault("instance_fault")
def one_instance_of_three_fails(world: World) -> Iterator[Case]:
    with pages({"/": WELL}) as one, pages({"/": WELL}) as two, pages({"/": (500, "broken")}) as three:
        fleet = http("fleet", one.url, endpoints=["/orders"], instances=[one.url, two.url, three.url])
        with traffic(world.shop.url, ["/orders"], RPS):
            settle(0.8)
            yield Case(targets={"fleet": fleet})


@near_miss("instance_fault")
def instances_differ_a_little(world: World) -> Iterator[Case]:
    with pages({"/": WELL}) as one, pages({"/": WELL}, delay_s=0.02) as two, pages({"/": WELL}, delay_s=0.12) as three:
        fleet = http("fleet", one.url, endpoints=["/orders"], instances=[one.url, two.url, three.url])
        with traffic(world.shop.url, ["/orders"], RPS):
            settle(0.8)
            yield Case(targets={"fleet": fleet})


@fault("cascading_failure")
def one_service_takes_others_along(world: World) -> Iterator[Case]:
    waits = (503, '{"checks": {"upstream": "stock answers HTTP 500"}}')
    broken = (503, '{"status": "not ready", "error": "assertion failed"}')
    with (
        pages({"/": waits, "/health": WELL}) as basket,
        pages({"/": waits, "/health": WELL}) as search,
        pages({"/": broken, "/health": WELL}) as stock,
        traffic(world.shop.url, ["/orders"], RPS),
    ):
        settle(0.8)
        named = {"basket": basket, "search": search, "stock": stock}
        yield Case(targets={name: http(name, one.url) for name, one in named.items()})


@near_miss("cascading_failure")
def one_service_alone_is_not_ready(world: World) -> Iterator[Case]:
    warming = (503, '{"status": "warming up"}')
    with (
        pages({"/": warming, "/health": WELL}) as basket,
        pages({"/": WELL}) as stock,
        traffic(world.shop.url, ["/orders"], RPS),
    ):
        settle(0.8)
        yield Case(targets={"basket": http("basket", basket.url), "stock": http("stock", stock.url)})


@fault("application_down")
def nobody_listens(world: World) -> Iterator[Case]:
    gone = f"http://127.0.0.1:{free_port()}"
    world.warm()
    yield Case(targets={"shop": http("shop", gone, endpoints=["/orders"]), "metrics": metrics("m-gone", gone)})


@near_miss("application_down")
def health_is_a_little_slow(world: World) -> Iterator[Case]:
    with pages({"/": WELL}, delay_s=0.2) as slow, traffic(world.shop.url, ["/orders"], RPS):
        settle(0.8)
        yield Case(targets={"basket": http("basket", slow.url)})
