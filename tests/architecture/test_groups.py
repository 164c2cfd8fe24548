"""Tests of one group run in one process: they share what takes long to start, and would get in each other's way."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.xdist_group("alone")


def test_a_group_is_known_to_whoever_hands_out_the_tests(request: pytest.FixtureRequest) -> None:
    spread = "PYTEST_XDIST_WORKER" in os.environ
    assert request.node.nodeid.endswith("@alone") is spread
