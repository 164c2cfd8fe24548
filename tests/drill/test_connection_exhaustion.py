"""The drill's first scenario on real processes: healthy, broken by a deploy, eased by hand, healed by a rollback."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import psycopg
import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from tocsin.config.catalogue import check_text
from tocsin.drill.scenarios.connection_exhaustion import CULPRIT, GOOD, ShopEnvironment
from tocsin.drill.servers.process import clean_environment

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("drill")]

TERMINATE = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE state = 'idle in transaction'"


def test_at_first_the_shop_is_alive_ready_and_sells(shop: ShopEnvironment) -> None:
    with httpx2.Client(base_url=shop.url, timeout=5) as client:
        placed = client.post("/api/v1/orders", json={"item_id": 7, "quantity": 2})
        latest = client.get("/api/v1/orders", params={"limit": 100}).json()
        catalogue = client.get("/api/v1/catalogue")

        assert client.get("/health").status_code == 200
        assert client.get("/ready").json()["checks"] == {"database": "ok", "redis": "ok"}
        assert client.get("/version").json()["version"] == "v2.4.0"
        assert client.post("/api/v1/orders", json={"item_id": 999}).status_code == 404
        assert client.get(CULPRIT).status_code == 404
    assert placed.status_code == 201
    assert placed.json()["id"] in {order["id"] for order in latest}
    assert len(catalogue.json()) == 40
    with redis.Redis.from_url(shop.redis_url) as cache:
        assert cache.get("shop:catalogue") == catalogue.content


def test_the_shop_tells_prometheus_what_its_users_get(shop: ShopEnvironment) -> None:
    eventually(lambda: samples(shop)["http_requests_total/api/v1/orders/200"] > 0, limit_s=5)

    seen = samples(shop)

    assert seen["db_pool_size"] == 18
    assert seen["http_requests_total/api/v1/catalogue/200"] > 0
    assert seen["http_request_duration_seconds_count/api/v1/orders"] > 0
    assert seen["build_info v2.4.0"] == 1
    assert not [name for name in seen if "/health" in name or "/metrics" in name]


def test_the_leak_empties_the_pool_and_only_a_rollback_heals_it(shop: ShopEnvironment) -> None:
    before = datetime.now(UTC)

    fault = shop.inject()

    assert before <= fault <= datetime.now(UTC)
    eventually(lambda: httpx2.get(f"{shop.url}/ready", timeout=5).status_code == 503, limit_s=15)
    assert httpx2.get(f"{shop.url}/health", timeout=5).status_code == 200
    checks = httpx2.get(f"{shop.url}/ready", timeout=5).json()["checks"]
    assert checks["database"].startswith("cannot acquire connection from pool: 18 of 18 in use")
    assert checks["redis"] == "ok"
    _assert_the_leak_names_its_release_and_endpoint(shop)
    eventually(lambda: shop.traffic()["by_status"].get("503", 0) > 5, limit_s=10)
    assert {"UnsupportedFormatError", "PoolTimeoutError"} <= {line.get("exception") for line in log(shop)}

    with psycopg.connect(shop.operator_dsn, autocommit=True) as operator:
        terminated = operator.execute(TERMINATE).fetchone()
    assert terminated is not None
    assert int(terminated[0]) > 9
    eventually(lambda: ready(shop), limit_s=2)
    eventually(lambda: not ready(shop), limit_s=15)

    began = time.monotonic()
    done = roll_back(shop)
    assert done.returncode == 0, done.stderr
    eventually(lambda: ready(shop), limit_s=3)
    assert time.monotonic() - began < 6
    _assert_healthy_after_rollback(shop)


def _assert_the_leak_names_its_release_and_endpoint(shop: ShopEnvironment) -> None:
    with psycopg.connect(shop.monitor_dsn) as monitor:
        sessions = monitor.execute(
            "SELECT application_name, state, query FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND usename = 'shop'"
        ).fetchall()
    leaked = [query for name, state, query in sessions if (name, state) == ("shop/v2.4.1", "idle in transaction")]
    assert len(leaked) >= len(sessions) / 2
    assert all(f"/*route='{CULPRIT}'*/" in query for query in leaked)


def _assert_healthy_after_rollback(shop: ShopEnvironment) -> None:
    with psycopg.connect(shop.monitor_dsn) as monitor:
        left = monitor.execute("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'").fetchone()
    assert left == (0,)
    history = [json.loads(line) for line in shop.deploy_history.read_text().splitlines()]
    assert [(d["kind"], d["previous"], d["version"]) for d in history] == [
        ("deploy", None, "v2.4.0"),
        ("deploy", "v2.4.0", "v2.4.1"),
        ("rollback", "v2.4.1", "v2.4.0"),
    ]
    assert history[1]["changes"][0]["route"] == CULPRIT
    assert "nothing done" in roll_back(shop).stdout
    # Requests that were on their way before the rollback may still fail for as long as a customer is patient.
    waited = shop.traffic()["ok"]
    eventually(lambda: shop.traffic()["ok"] > waited + 60, limit_s=10)
    failed = shop.traffic()["failed"]
    answered = shop.traffic()["ok"]
    eventually(lambda: shop.traffic()["ok"] > answered + 20, limit_s=5)
    assert shop.traffic()["failed"] == failed


def test_the_monitor_may_look_but_not_touch(shop: ShopEnvironment) -> None:
    with psycopg.connect(shop.monitor_dsn, autocommit=True) as monitor:
        assert monitor.execute("SELECT count(*) FROM pg_stat_statements").fetchone() is not None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            monitor.execute("DELETE FROM customer_order")


def test_without_its_cache_the_shop_is_alive_but_not_ready(shop: ShopEnvironment) -> None:
    shop.valkey.stop()
    try:
        answer = httpx2.get(f"{shop.url}/ready", timeout=5)
        alive = httpx2.get(f"{shop.url}/health", timeout=5)
    finally:
        shop.valkey.start()

    assert (alive.status_code, answer.status_code) == (200, 503)
    assert answer.json()["checks"]["database"] == "ok"
    assert answer.json()["checks"]["redis"] != "ok"


def test_the_configuration_is_filled_with_this_environment_and_is_a_valid_one(shop: ShopEnvironment) -> None:
    text = shop.configuration("http://127.0.0.1:9")
    catalogue, problems = check_text(text, "drill.yaml", Path())

    assert problems == []
    assert catalogue is not None
    (service,) = catalogue.services
    probes = {probe.kind: probe.options for probe in service.probes}
    actions = {action.key: action.options for action in service.actions}
    assert (service.key, service.drill) == ("drill-shop", True)
    assert probes["http"]["url"] == shop.url
    assert probes["postgres"]["dsn"] == shop.monitor_dsn
    assert probes["deploys"]["path"] == str(shop.deploy_history)
    assert list(actions["roll-back"]["argv"]) == shop.rollback_argv
    assert actions["terminate-idle"]["dsn"] == shop.operator_dsn
    assert all(c.drill for c in catalogue.channels)


def test_an_environment_starts_again_where_it_was_stopped(tmp_path_factory: pytest.TempPathFactory) -> None:
    environment = ShopEnvironment(tmp_path_factory.mktemp("again"), rps=5)
    with environment:
        httpx2.post(f"{environment.url}/api/v1/orders", json={"item_id": 1}, timeout=5)

    with environment:
        assert httpx2.get(f"{environment.url}/api/v1/orders", timeout=5).json()

    with pytest.raises(httpx2.ConnectError):
        httpx2.get(environment.url, timeout=5)


def eventually(condition: Callable[[], bool], *, limit_s: float) -> None:
    deadline = datetime.now(UTC) + timedelta(seconds=limit_s)
    while not condition():
        assert datetime.now(UTC) < deadline, f"not so within {limit_s} s"
        time.sleep(0.05)


def ready(shop: ShopEnvironment) -> bool:
    return httpx2.get(f"{shop.url}/ready", timeout=5).status_code == 200


def roll_back(shop: ShopEnvironment) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [word.replace("{to_version}", GOOD) for word in shop.rollback_argv],
        capture_output=True,
        check=False,
        env=clean_environment(),
        text=True,
        timeout=40,
    )


def log(shop: ShopEnvironment) -> list[dict[str, str]]:
    return [json.loads(line) for line in shop.log.read_text().splitlines()]


def samples(shop: ShopEnvironment) -> Counter[str]:
    seen: Counter[str] = Counter()
    for family in text_string_to_metric_families(httpx2.get(f"{shop.url}/metrics", timeout=5).text):
        for sample in family.samples:
            route, status = sample.labels.get("route", ""), sample.labels.get("status")
            name = f"{sample.name}{route}" + (f"/{status}" if status else "")
            name += f" {sample.labels['version']}" if "version" in sample.labels else ""
            seen[name] += int(sample.value)
    return seen
