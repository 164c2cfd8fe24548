"""The whole chain on the really broken shop: real probes, real servers, the cause named."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tocsin.adapters.probes.deploys import Deploys
from tocsin.adapters.probes.host import Host
from tocsin.adapters.probes.http import Http
from tocsin.adapters.probes.postgres import Postgres
from tocsin.adapters.probes.prometheus_text import Metrics
from tocsin.adapters.probes.redis import Redis
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import Bundle
from tocsin.drill.scenarios.connection_exhaustion import ShopEnvironment
from tocsin.flows.addresses import Addresses, targets_by_flag
from tocsin.flows.diagnosis import Investigation, Probe, investigate
from tocsin.net.http import Http as Client

LIMIT_S = 40.0


def now() -> datetime:
    return datetime.now(UTC)


def probes() -> dict[str, Probe]:
    every: list[Probe] = [Http(now), Postgres(now), Redis(now), Metrics(now, Client()), Deploys(now), Host(now)]
    return {probe.kind: probe for probe in every}


@pytest.mark.e2e
@pytest.mark.xdist_group("drill")
def test_the_leak_its_release_and_its_endpoint_are_named_on_the_broken_shop(tmp_path: Path) -> None:
    with ShopEnvironment(tmp_path, rps=60.0) as shop:
        given = Addresses(
            postgres=shop.monitor_dsn,
            http=shop.url,
            redis=shop.redis_url,
            metrics=f"{shop.url}/metrics",
            deploys=str(shop.deploy_history),
        )
        targets = [target for _, target in targets_by_flag(given)]
        look = probes()
        before = investigate(targets, look, now=now)
        shop.inject()
        until = time.monotonic() + LIMIT_S
        found = investigate(targets, look, now=now)
        while not _confirmed(found) and time.monotonic() < until:
            time.sleep(1.0)
            found = investigate(targets, look, now=now)

    assert [one.key for one in before.diagnosis.causes if one.state in {"confirmed", "likely"}] == []
    top, deploy = found.diagnosis.causes[:2]
    assert (top.key, top.state) == ("session_leak", "confirmed")
    assert top.title.startswith("shop v2.4.1 leaks database sessions on GET /api/v1/reports/export")
    assert (deploy.key, deploy.part_of) == ("bad_deploy", "session_leak")
    assert [one.key for one in top.proposals] == ["postgres.terminate_idle_in_transaction", "service.rollback"]
    assert found.bundle.took_s < 3.5
    assert diagnose(Bundle.from_json(found.bundle.to_json())) == found.diagnosis


def _confirmed(found: Investigation) -> bool:
    # The deploy alone may be confirmed first, by its errors; the leak is once sessions have stood still for long enough.
    return any(one.key == "session_leak" and one.state == "confirmed" for one in found.diagnosis.causes)
