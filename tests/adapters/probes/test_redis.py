"""The Redis probe against a real Valkey."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import redis
from tests.support.http import closed_port

from tocsin.adapters.probes.redis import Redis
from tocsin.domain.diagnosis.facts import RedisFacts
from tocsin.domain.diagnosis.targets import Target
from tocsin.drill.servers.valkey import ValkeyServer

NOW = datetime(2026, 3, 15, 14, 3, tzinfo=UTC)


def collect(url: str) -> RedisFacts:
    return Redis(lambda: NOW).collect(Target(name="cache", kind="redis", options={"url": url, "window_s": 0.05}), 2.0)


@pytest.fixture
def admin(valkey_server: ValkeyServer) -> Iterator[redis.Redis]:
    """A client that puts everything back afterwards."""
    with redis.Redis.from_url(valkey_server.url, decode_responses=True) as client:
        yield client
        client.config_set("maxmemory", 0)
        client.config_set("slowlog-log-slower-than", 10_000)
        client.slowlog_reset()
        client.flushall()


def test_a_server_at_rest_tells_its_memory_clients_and_persistence(valkey_server: ValkeyServer) -> None:
    facts = collect(valkey_server.url)

    assert facts.error is None
    assert facts.ping_s is not None
    assert facts.used_bytes
    assert facts.policy == "noeviction"
    assert facts.clients
    assert facts.max_clients
    assert facts.blocked == 0
    assert facts.rates is not None
    assert facts.persistence["rdb_last_bgsave_status"] == "ok"
    assert facts.blind == ()


def test_refused_writes_and_slow_commands_are_seen_without_the_data(
    valkey_server: ValkeyServer, admin: redis.Redis
) -> None:
    admin.config_set("slowlog-log-slower-than", 0)
    admin.keys("sess:*")
    admin.set("card:1", "4111111111111111")
    admin.config_set("maxmemory", 1)
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        admin.set("card:2", "4111111111111111")

    facts = collect(valkey_server.url)

    assert facts.errors["OOM"] >= 1
    assert facts.max_bytes == 1
    commands = [entry.command for entry in facts.slowlog or ()]
    assert "KEYS sess:*" in commands
    assert "SET card:1" in commands
    assert "4111" not in repr(facts)
    assert "CONFIG" in {command.split()[0] for command in commands}


def test_nobody_listening_is_refused_and_the_password_is_not_repeated() -> None:
    facts = collect(f"redis://:hunter2@127.0.0.1:{closed_port()}/0")

    assert facts.error == "refused"
    assert "hunter2" not in repr(facts)


def test_a_wrong_password_is_told_from_an_outage(valkey_server: ValkeyServer) -> None:
    facts = collect(valkey_server.url.replace("redis://", "redis://nobody:hunter2@"))

    assert facts.error == "auth"
    assert "hunter2" not in repr(facts)


def test_commands_the_account_may_not_send_are_blind_spots(valkey_server: ValkeyServer, admin: redis.Redis) -> None:
    admin.acl_setuser("probe", enabled=True, passwords="+pass", commands=["+ping", "+info", "+client", "+hello"])

    facts = collect(valkey_server.url.replace("redis://", "redis://probe:pass@"))
    admin.acl_deluser("probe")

    assert facts.error is None
    assert facts.used_bytes
    assert facts.slowlog is None
    assert [spot.what for spot in facts.blind] == ["slowlog", "settings", "latency events"]


def test_queues_and_those_who_wait_in_a_command_are_counted(valkey_server: ValkeyServer, admin: redis.Redis) -> None:
    admin.rpush("jobs", "secret", "secret")
    options = {"url": valkey_server.url, "window_s": 0.05, "queues": ["jobs", "no-such"]}
    waiting = redis.Redis.from_url(valkey_server.url, socket_timeout=5)
    connection = waiting.connection_pool.get_connection()
    connection.send_command("BLPOP", "other", 5)
    try:
        while not admin.info("clients")["blocked_clients"]:
            pass
        facts = Redis(lambda: NOW).collect(Target(name="cache", kind="redis", options=options), 2.0)
    finally:
        connection.disconnect()
        waiting.close()

    assert [(one.key, one.length, one.grew) for one in facts.queues] == [("jobs", 2, 0), ("no-such", 0, 0)]
    assert [(one.command, one.count) for one in facts.blocked_by or ()] == [("blpop", 1)]
    assert facts.keys == 1
    assert facts.settings["maxmemory-policy"] == "noeviction"
    assert facts.replication is not None
    assert facts.replication.role == "master"
    assert b"secret" not in repr(facts).encode()


def test_large_keys_are_found_within_a_budget_and_never_by_their_values(
    valkey_server: ValkeyServer, admin: redis.Redis
) -> None:
    admin.mset({f"cart:{number}": "x" for number in range(500)})
    admin.rpush("feed", *["private" * 300] * 1_000)
    admin.config_resetstat()
    options = {"url": valkey_server.url, "window_s": 2.0, "sample_keys": 10_000}

    facts = Redis(lambda: NOW).collect(Target(name="cache", kind="redis", options=options), 30.0)

    assert facts.blind == ()
    assert facts.sampled_keys == 501
    largest, second = facts.big_keys[:2]
    assert (largest.name, largest.kind) == ("feed", "list")
    assert largest.bytes > 1_000_000 > second.bytes
    assert len(facts.big_keys) == 10
    assert "private" not in repr(facts)
    assert "keys" not in {name.removeprefix("cmdstat_") for name in admin.info("commandstats")}


def test_the_budget_of_keys_is_kept_and_without_one_no_key_is_looked_at(
    valkey_server: ValkeyServer, admin: redis.Redis
) -> None:
    admin.mset({f"cart:{number}": "x" for number in range(500)})

    def look(sample_keys: int) -> RedisFacts:
        options = {"url": valkey_server.url, "window_s": 1.0, "sample_keys": sample_keys}
        return Redis(lambda: NOW).collect(Target(name="cache", kind="redis", options=options), 30.0)

    assert look(120).sampled_keys == 120
    assert look(0).sampled_keys is None


def test_keys_that_have_expired_and_one_turn_of_its_thread_are_told(valkey_server: ValkeyServer) -> None:
    facts = collect(valkey_server.url)

    assert facts.stale_percent is not None
    assert facts.event_loop_s is not None
