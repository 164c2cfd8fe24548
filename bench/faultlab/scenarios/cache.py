"""Redis: memory, evictions, clients that hang, slow commands, queues."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import redis

from bench.faultlab.scenario import fault, near_miss
from bench.faultlab.traffic import repeating, traffic
from bench.faultlab.world import RPS, Case, World, cache, settle

MIB = 1024 * 1024
_chance = random.Random(7)  # noqa: S311 (made-up keys)


@contextmanager
def filled(world: World, *, policy: str, room_mib: float) -> Iterator[redis.Redis]:
    """Give a client of a cache with so much room beyond what it uses empty; everything is put back afterwards."""
    with world.cache() as client:
        client.flushall()
        client.config_set("maxmemory", int(client.info("memory")["used_memory"] + room_mib * MIB))
        client.config_set("maxmemory-policy", policy)
        try:
            yield client
        finally:
            client.config_set("maxmemory", 0)
            client.config_set("maxmemory-policy", "noeviction")
            client.flushall()


@fault("redis_full")
def cache_refuses_writes(world: World) -> Iterator[Case]:
    with filled(world, policy="noeviction", room_mib=2) as client:
        with contextlib.suppress(redis.ResponseError):
            for number in range(5_000):
                client.set(f"session:{number}", "x" * 1_000)
        with traffic(world.shop.url, ["/cart", "/orders"], RPS):
            settle(1.5)
            yield Case()


@near_miss("redis_full")
def full_cache_that_makes_room(world: World) -> Iterator[Case]:
    with filled(world, policy="allkeys-lru", room_mib=3) as client:
        for number in range(5_000):
            client.set(f"page:{number}", "x" * 1_000)
        with traffic(world.shop.url, ["/cart", "/orders"], RPS), repeating(_hot_reads(world, 100), 2, 0.005):
            settle(1.2)
            yield Case()


@fault("cache_thrash")
def cache_is_too_small(world: World) -> Iterator[Case]:
    with (
        filled(world, policy="allkeys-lru", room_mib=2) as client,
        traffic(world.shop.url, ["/orders"], RPS),
        repeating(_cold_reads(client), 1, 0.001),
    ):
        settle(2.5)
        yield Case()


@near_miss("cache_thrash")
def cache_evicts_what_nobody_needs(world: World) -> Iterator[Case]:
    with filled(world, policy="allkeys-lru", room_mib=2) as client:
        turn = iter(range(1_000_000))

        def new_key() -> None:
            client.set(f"seen:{next(turn)}", "x" * 4_000)

        hot = repeating(_hot_reads(world, 50), 2, 0.003)
        with traffic(world.shop.url, ["/orders"], RPS), hot, repeating(new_key, 1, 0.002):
            settle(2.5)
            yield Case()


def _cold_reads(client: redis.Redis) -> Callable[[], None]:
    def read() -> None:
        key = f"page:{_chance.randrange(50_000)}"
        if client.get(key) is None:
            client.set(key, "x" * 4_000)

    return read


def _hot_reads(world: World, count: int) -> Callable[[], object]:
    client = world.cache()
    for number in range(count):
        client.set(f"hot:{number}", "x" * 100)
    return lambda: client.mget([f"hot:{_chance.randrange(count)}" for _ in range(20)])


@contextmanager
def waiting(world: World, count: int, *command: object) -> Iterator[None]:
    """Have clients wait in a command until the block ends."""
    with world.cache() as client:
        taken = [client.connection_pool.get_connection() for _ in range(count)]
        try:
            for one in taken:
                one.send_command(*command)
            settle(0.3)
            yield
        finally:
            for one in taken:
                one.disconnect()


@fault("redis_blocked")
def writers_wait_for_a_replica_that_is_gone(world: World) -> Iterator[Case]:
    with traffic(world.shop.url, ["/orders"], RPS), waiting(world, 14, "WAIT", 1, 60_000):
        settle(0.8)
        yield Case()


@near_miss("redis_blocked")
def workers_wait_for_work(world: World) -> Iterator[Case]:
    with traffic(world.shop.url, ["/orders"], RPS), waiting(world, 30, "BLPOP", "jobs", 60):
        settle(0.8)
        yield Case(targets={"cache": cache("cache", world.valkey.url, queues=["jobs"])})


@fault("redis_blocked")
def clients_are_paused(world: World) -> Iterator[Case]:
    with world.cache() as client, traffic(world.shop.url, ["/cart", "/orders"], RPS):
        client.execute_command("CLIENT", "PAUSE", 30_000, "WRITE")
        try:
            settle(1.5)
            yield Case()
        finally:
            client.execute_command("CLIENT", "UNPAUSE")


@fault("redis_slow")
def commands_walk_the_keyspace(world: World) -> Iterator[Case]:
    with (
        world.cache() as client,
        many_keys(client),
        repeating(lambda: client.keys("sess:9*"), 2),
        traffic(world.shop.url, ["/orders"], RPS),
    ):
        settle(1.5)
        yield Case()


@near_miss("redis_slow")
def one_slow_command_a_while_ago(world: World) -> Iterator[Case]:
    with world.cache() as client, many_keys(client):
        client.keys("sess:9*")
        with traffic(world.shop.url, ["/cart", "/orders"], RPS):
            settle(1.2)
            yield Case()


@contextmanager
def many_keys(client: redis.Redis) -> Iterator[None]:
    for start in range(0, 200_000, 10_000):
        client.mset({f"sess:{number}": "x" for number in range(start, start + 10_000)})
    client.slowlog_reset()
    try:
        yield
    finally:
        client.flushall()
        client.slowlog_reset()


@fault("redis_down")
def cache_is_gone(world: World) -> Iterator[Case]:
    world.valkey.kill()
    try:
        with traffic(world.shop.url, ["/cart", "/orders"], RPS):
            settle(1.2)
            yield Case()
    finally:
        world.valkey.start()


@near_miss("redis_down")
def cache_has_just_restarted(world: World) -> Iterator[Case]:
    world.valkey.restart()
    with traffic(world.shop.url, ["/cart", "/orders"], RPS):
        settle(1.2)
        yield Case()


@fault("queue_backlog")
def queue_grows_without_workers(world: World) -> Iterator[Case]:
    with (
        world.cache() as client,
        queue_of(client, 5_000),
        repeating(lambda: client.rpush("jobs", "x"), 1, 0.005),
        traffic(world.shop.url, ["/orders"], RPS),
    ):
        settle(1.0)
        yield Case(targets={"cache": cache("cache", world.valkey.url, queues=["jobs"])})


@near_miss("queue_backlog")
def long_queue_that_is_worked_off(world: World) -> Iterator[Case]:
    with (
        world.cache() as client,
        queue_of(client, 20_000),
        repeating(lambda: client.lpop("jobs", 5), 1, 0.005),
        traffic(world.shop.url, ["/orders"], RPS),
    ):
        settle(1.0)
        yield Case(targets={"cache": cache("cache", world.valkey.url, queues=["jobs"])})


@contextmanager
def queue_of(client: redis.Redis, length: int) -> Iterator[None]:
    client.rpush("jobs", *["x"] * length)
    try:
        yield
    finally:
        client.delete("jobs")
