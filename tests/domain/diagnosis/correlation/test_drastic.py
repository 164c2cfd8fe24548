"""Some changes go far, whatever they are about."""

from __future__ import annotations

import pytest

from tocsin.domain.diagnosis.correlation.drastic import drastic
from tocsin.domain.diagnosis.correlation.patch import read_patch


@pytest.mark.parametrize(
    ("diff", "least", "most"),
    [
        ("-Time: 5 * time.Minute,\n+Time: 10 * time.Second,\n", 1.0, 1.0),
        ("-size: 64m\n+size: 1m\n", 1.0, 1.0),
        ("-size: 20\n+size: 40\n", 0.0, 0.01),
        ("-size: 20\n+size: 80\n", 0.3, 0.7),
        ("-debug: false\n+debug: true\n", 0.5, 0.7),
        ("-FROM jre:17-slim\n+FROM jre:21-slim\n", 1.0, 1.0),
        ("-FROM jre:17.0.1\n+FROM jre:17.0.2\n", 0.0, 0.0),
        ("+ALTER TABLE a ALTER COLUMN b TYPE bigint;\n", 1.0, 1.0),
        ("+ALTER TABLE a ADD COLUMN b bigint;\n", 0.0, 0.0),
        ("-return a(b)\n+return c(b)\n", 0.0, 0.0),
    ],
)
def test_how_far_a_change_goes(diff: str, least: float, most: float) -> None:
    assert least <= drastic(read_patch(diff)) <= most
