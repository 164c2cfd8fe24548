"""Tests of one group run in one process: they share what takes long to start, and would get in each other's way."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import REAL_PROCESSES

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.xdist_group("alone")


def test_a_group_is_known_to_whoever_hands_out_the_tests(request: pytest.FixtureRequest) -> None:
    by_group = bool(request.config.getoption("loadgroup", default=False))
    assert request.node.nodeid.endswith("@alone") is by_group


def test_every_test_that_starts_a_whole_system_is_run() -> None:
    (named,) = [line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("WHOLE := ")]
    assert set(named.removeprefix("WHOLE := ").split()) == {place.rstrip("/") for place in REAL_PROCESSES}
