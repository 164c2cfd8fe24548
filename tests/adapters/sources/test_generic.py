"""Our own plain JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.adapters.sources.generic import Generic
from tocsin.flows.ports import InboundAlert, InboundPost, RejectedError

AT = datetime(2026, 3, 4, 14, 23, 5, tzinfo=UTC)


def _read(body: bytes) -> tuple[InboundAlert, ...]:
    return Generic().parse(InboundPost(body=body, received_at=AT)).alerts


def _parse(post: object) -> tuple[InboundAlert, ...]:
    return _read(json.dumps(post).encode())


def test_a_name_is_enough() -> None:
    [alert] = _parse({"name": "disk full"})
    assert (alert.name, alert.status, alert.service, alert.extra) == ("disk full", "firing", "", {})
    assert len(alert.fingerprint) == 16


def test_every_field_is_read_and_the_rest_kept() -> None:
    [alert] = _parse(
        [
            {
                "name": "disk full",
                "status": "resolved",
                "service": "orders",
                "severity": "critical",
                "summary": "97 % of /var",
                "fingerprint": "f1",
                "labels": {"host": "db1"},
                "ends_at": "2026-03-04T14:23:05Z",
                "team": "ops",
            }
        ]
    )
    assert alert == InboundAlert(
        fingerprint="f1",
        name="disk full",
        status="resolved",
        labels={"host": "db1"},
        summary="97 % of /var",
        severity="critical",
        service="orders",
        ends_at=AT,
        extra={"team": "ops"},
    )


def test_the_same_name_service_and_labels_are_the_same_alert() -> None:
    fired, cleared, elsewhere = _parse(
        [
            {"name": "disk full", "labels": {"host": "db1"}, "summary": "97 %"},
            {"name": "disk full", "labels": {"host": "db1"}, "status": "resolved"},
            {"name": "disk full", "labels": {"host": "db2"}},
        ]
    )
    assert fired.fingerprint == cleared.fingerprint != elsewhere.fingerprint


@pytest.mark.parametrize(
    ("post", "told"),
    [
        ({}, "missing required field `name` - at `$.alerts[0]`"),
        ([{"names": "a"}, 1], "Expected `object`, got `int` - at `$.alerts[1]`"),
        ({"name": "a", "status": "up"}, "Invalid enum value 'up' - at `$.alerts[0].status`"),
        ("x", "Expected `object`, got `str`"),
    ],
)
def test_a_malformed_post_is_rejected_with_the_place_and_an_example(post: object, told: str) -> None:
    with pytest.raises(RejectedError) as rejected:
        _parse(post)
    assert told in str(rejected.value)
    assert '{"name": "disk full"' in str(rejected.value)


def test_one_entry_that_cannot_be_read_costs_no_other() -> None:
    posted = [{"name": "a", "labels": None, "severity": None}, {"name": "b", "labels": {"port": 80}}, {"name": "c"}]
    parsed = Generic().parse(InboundPost(body=json.dumps(posted).encode(), received_at=AT))
    assert [alert.name for alert in parsed.alerts] == ["a", "c"]
    [rejected] = parsed.rejected
    assert rejected.where == "$.alerts[1]"
    assert "Expected `str`, got `int` - at `$.alerts[1].labels[...]`" in rejected.reason


@given(st.binary())
def test_any_bytes_are_alerts_or_a_rejection(body: bytes) -> None:
    try:
        _read(body)
    except RejectedError as rejected:
        assert str(rejected)  # noqa: PT017 (either way is right; a rejection must say something)
