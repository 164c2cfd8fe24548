"""Alert identity, against values that a real Alertmanager gave."""

from __future__ import annotations

import pytest

from tocsin.domain.alerts.fingerprint import fingerprint


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"alertname": "HighCPU", "instance": "a:9100", "severity": "critical"}, "1747c26e7c776e2c"),
        ({"severity": "critical", "instance": "b:9100", "alertname": "HighCPU"}, "8a325313acba3dd9"),
        ({}, "cbf29ce484222325"),
        ({"empty": ""}, "cbf29ce484222325"),
    ],
)
def test_fingerprints_are_alertmanagers(labels: dict[str, str], expected: str) -> None:
    assert fingerprint(labels) == expected
