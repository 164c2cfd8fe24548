"""Probes run side by side under one deadline; none of them can spoil the answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from tocsin.domain.diagnosis.facts import Bundle, DeployFacts, Facts, HttpFacts
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.flows.diagnosis import Probe, collect, investigate, with_metrics

NOW = datetime(2026, 3, 15, 14, 3, tzinfo=UTC)
TARGETS = (Target(name="shop", kind="http"), Target(name="history", kind="deploys"))


class FakeProbe:
    """Gives what it is told to give."""

    def __init__(self, kind: str, answer: Callable[[Target], Facts]) -> None:
        self.kind = kind
        self._answer = answer
        self.deadlines_s: list[float] = []

    def collect(self, target: Target, deadline_s: float) -> Facts:
        self.deadlines_s.append(deadline_s)
        return self._answer(target)


def http(target: Target) -> Facts:
    return HttpFacts(target=target.name, at=NOW)


def deploys(target: Target) -> Facts:
    return DeployFacts(target=target.name, at=NOW)


def run(*probes: Probe, targets: tuple[Target, ...] = TARGETS, deadline_s: float = 5.0, pool_size: int = 4) -> Bundle:
    by_kind = {probe.kind: probe for probe in probes}
    return collect(targets, by_kind, deadline_s=deadline_s, now=lambda: NOW, pool_size=pool_size)


@pytest.fixture
def hanging() -> Iterator[Callable[[Target], Facts]]:
    """Give an answer that does not come before the test ends."""
    over = threading.Event()

    def hang(target: Target) -> Facts:
        over.wait()
        return http(target)

    yield hang
    over.set()


def test_everything_that_was_seen_is_in_the_bundle() -> None:
    bundle = run(FakeProbe("http", http), FakeProbe("deploys", deploys))

    assert bundle.targets == ("history", "shop")
    assert [facts.target for facts in bundle.http] == ["shop"]
    assert [facts.target for facts in bundle.deploys] == ["history"]
    assert bundle.errors == ()


def test_a_probe_that_hangs_is_late_and_delays_nothing(hanging: Callable[[Target], Facts]) -> None:
    began = time.monotonic()
    bundle = run(FakeProbe("http", hanging), FakeProbe("deploys", deploys), deadline_s=0.2)

    assert time.monotonic() - began < 1.0
    assert [(one.target, one.reason) for one in bundle.errors] == [("shop", "late")]
    assert len(bundle.deploys) == 1


def test_a_target_that_was_never_begun_is_late_too(hanging: Callable[[Target], Facts]) -> None:
    bundle = run(FakeProbe("http", hanging), FakeProbe("deploys", deploys), deadline_s=0.2, pool_size=1)

    assert {(one.target, one.reason) for one in bundle.errors} == {("shop", "late"), ("history", "late")}


def test_a_probe_that_breaks_is_named_without_its_words() -> None:
    def broken(_: Target) -> Facts:
        raise ValueError("postgresql://shop:hunter2@db")

    bundle = run(FakeProbe("http", broken), FakeProbe("deploys", deploys))

    assert [(one.target, one.reason, one.detail) for one in bundle.errors] == [
        ("shop", "failed", "builtins.ValueError")
    ]


def test_wrong_options_are_named_with_their_mend() -> None:
    def refuse(_: Target) -> Facts:
        raise InvalidError("http: `url` is missing", field="url", mend="Write it.")

    (error,) = run(FakeProbe("http", refuse), FakeProbe("deploys", deploys)).errors

    assert error.detail == "http: `url` is missing. Write it."


def test_a_kind_without_a_probe_is_a_blind_spot() -> None:
    targets = (Target(name="orders log", kind="logs"), *TARGETS)

    investigation = investigate(
        targets, {"http": FakeProbe("http", http), "deploys": FakeProbe("deploys", deploys)}, now=lambda: NOW
    )

    assert [(one.target, one.reason) for one in investigation.bundle.errors] == [("orders log", "no_probe")]
    assert any(spot.target == "orders log" for spot in investigation.diagnosis.blind_spots)


def test_each_probe_is_told_how_much_time_is_left() -> None:
    probe = FakeProbe("http", http)
    run(probe, targets=TARGETS[:1], deadline_s=2.0)

    assert 1.5 < probe.deadlines_s[0] < 2.0


def test_targets_with_one_name_are_told_apart() -> None:
    bundle = run(FakeProbe("http", http), targets=(TARGETS[0], TARGETS[0]))

    assert [facts.target for facts in bundle.http] == ["shop", "shop (2)"]


def test_the_metrics_path_of_a_service_is_a_target_of_its_own() -> None:
    shop = Target(
        name="shop", kind="http", service="shop", options={"url": "http://127.0.0.1:8000/", "metrics": "/metrics"}
    )

    every = with_metrics([shop])

    assert [(one.name, one.kind, one.service) for one in every] == [
        ("shop", "http", "shop"),
        ("shop metrics", "metrics", "shop"),
    ]
    assert every[1].options["url"] == "http://127.0.0.1:8000/metrics"
