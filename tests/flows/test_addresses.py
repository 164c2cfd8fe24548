"""Addresses given by hand become targets whose names hold no credential, or an error that names the flag."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.flows.addresses import Addresses, targets_by_flag

ONSET = datetime(2026, 3, 15, 14, 3, tzinfo=UTC)


def targets(given: Addresses) -> dict[str, Target]:
    return dict(targets_by_flag(given, ONSET))


def test_targets_given_on_a_command_line_have_names_without_credentials() -> None:
    found = targets(
        Addresses(
            postgres="postgresql://shop:hunter2@db:5432/shop?password=hunter2",
            http="https://bob:hunter2@shop.test/",
            redis="redis://:hunter2@cache:6379/0",
            deploys="/srv/deploys.jsonl",
            kubernetes="https://bob:hunter2@10.0.0.1:6443",
            namespace="prod",
            loki="http://bob:hunter2@loki:3100",
            logql='{app="shop"}',
            tokens={"kubernetes": "hunter2", "loki": "hunter2"},
        )
    )

    assert {flag: one.name for flag, one in found.items()} == {
        "http": "http shop.test",
        "postgres": "postgres db:5432/shop",
        "redis": "redis cache:6379/0",
        "deploys": "deploys",
        "kubernetes": "kubernetes 10.0.0.1:6443",
        "loki": "loki loki:3100",
        "host": "this host",
    }
    assert found["kubernetes"].options["token"] == "hunter2"
    assert "hunter2" not in repr(found)


def test_a_keyword_dsn_is_named_by_its_kind_alone() -> None:
    (target,) = targets(Addresses(postgres="host=db password=hunter2", host=False)).values()

    assert target.name == "postgres"


def test_what_reads_history_is_told_the_onset() -> None:
    found = targets(Addresses(prometheus="http://127.0.0.1:9090", promql=("up", "rate(x[1m])")))

    assert found["prometheus"].onset == ONSET
    assert found["prometheus"].options["queries"] == {"up": "up", "rate(x[1m])": "rate(x[1m])"}


def test_this_machine_comes_along_unless_told_otherwise_and_may_be_looked_at_alone() -> None:
    assert list(targets(Addresses(tls="shop.test"))) == ["tls", "host"]
    assert list(targets(Addresses(tls="shop.test", host=False))) == ["tls"]
    assert list(targets(Addresses(host=True))) == ["host"]


@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("/run/engine.sock", {"socket": "/run/engine.sock"}),
        ("unix:///run/engine.sock", {"socket": "/run/engine.sock"}),
        ("tcp://10.0.0.5:2375", {"url": "http://10.0.0.5:2375"}),
        ("https://10.0.0.5:2376", {"url": "https://10.0.0.5:2376"}),
    ],
)
def test_a_container_engine_is_found_by_socket_or_url(address: str, options: dict[str, str]) -> None:
    assert targets(Addresses(docker=address))["docker"].options == options


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Addresses(), "host"),
        (Addresses(docker="engine"), "docker"),
        (Addresses(kubernetes="https://10.0.0.1:6443"), "kubernetes"),
        (Addresses(loki="http://127.0.0.1:3100"), "loki"),
        (Addresses(host=True, namespace="prod"), "namespace"),
        (Addresses(host=True, promql=("up",)), "promql"),
        (Addresses(host=True, big_keys=500), "big_keys"),
        (Addresses(host=True, logql="{}"), "logql"),
        (Addresses(host=True, tokens={"loki": "x"}), "token"),
        (Addresses(http="http://127.0.0.1", tokens={"http": "x"}), "token"),
    ],
)
def test_what_cannot_be_looked_at_names_its_flag_and_how_to_mend_it(given: Addresses, field: str) -> None:
    with pytest.raises(InvalidError) as raised:
        targets(given)

    assert raised.value.field == field
    assert raised.value.mend
