"""Any JSON, by expressions of the integration."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.posts import a_post

from tocsin.adapters.sources.mapped import MOST_BYTES, MOST_ITEMS, Mapped, validate_options
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Parsed, RejectedError

OPTIONS = {
    "items": "events[?type == 'alarm']",
    "name": "check.title",
    "resolved": "state == 'ok'",
    "fingerprint": "join('/', [host, check.id])",
    "summary": "message || check.title",
    "severity": "level",
    "service": "tags.service",
    "labels": "{host: host, region: tags.region}",
    "starts_at": "since",
    "ends_at": "until",
    "link": "url",
}
ITEM: dict[str, Any] = {
    "type": "alarm",
    "check": {"id": "disk", "title": "Disk full"},
    "host": "db1",
    "state": "bad",
    "level": "critical",
    "tags": {"service": "orders", "region": "eu"},
    "since": 1772634000,
    "url": "https://nms.example.com/7",
}


def _read(*items: object, **options: str) -> Parsed:
    return Mapped().parse(a_post({"events": list(items)}, options={**OPTIONS, **options}))


def test_expressions_find_every_field() -> None:
    [alert] = _read(ITEM, {"type": "info"}).alerts
    assert (alert.fingerprint, alert.name, alert.status) == ("db1/disk", "Disk full", "firing")
    assert (alert.summary, alert.severity, alert.service) == ("Disk full", "critical", "orders")
    assert alert.labels == {"host": "db1", "region": "eu"}
    assert alert.starts_at == datetime(2026, 3, 4, 14, 20, tzinfo=UTC)
    assert alert.links == {"sender": "https://nms.example.com/7"}
    assert alert.extra["item"] == ITEM


def test_resolved_tells_the_end() -> None:
    [alert] = _read({**ITEM, "state": "ok", "until": "2026-03-04T14:22:00Z"}).alerts
    assert (alert.status, alert.ends_at) == ("resolved", datetime(2026, 3, 4, 14, 22, tzinfo=UTC))


def test_without_a_fingerprint_the_same_name_service_and_labels_are_the_same_alert() -> None:
    one, same, other = _read(ITEM, {**ITEM, "level": "x"}, {**ITEM, "host": "db2"}, fingerprint="").alerts
    assert one.fingerprint == same.fingerprint != other.fingerprint


def test_a_body_may_be_one_item() -> None:
    [alert] = Mapped().parse(a_post({"title": "x"}, options={"name": "title"})).alerts
    assert alert.name == "x"


def test_items_that_give_no_alert_are_told_beside_those_that_do() -> None:
    parsed = _read({"type": "alarm"}, ITEM, {**ITEM, "since": "noon"}, {**ITEM, "tags": []})
    assert len(parsed.alerts) == 2
    assert [r.where for r in parsed.rejected] == ["item 0", "item 2"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a", "summary": "[["}, "summary"),
        ({"name": "a", "labels": "a[].nothing(@)"}, "labels"),
        ({"name": "a" * 501}, "name"),
        ({"name": "a", "items": "@" + ".[@,@]" * 12}, "items"),
        ({"name": "a", "nmae": "b"}, "nmae"),
    ],
)
def test_a_mistake_is_told_when_it_is_configured_with_its_field(options: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as told:
        validate_options(options)
    assert told.value.field == field
    assert told.value.mend


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "not JSON"),
        ({"events": []}, "finds nothing"),
        ({"events": [{"type": "alarm"}]}, "`name`"),
        ({"events": [ITEM] * (MOST_ITEMS + 1)}, "a post may have"),
        (b'"' + b"x" * MOST_BYTES + b'"', "a mapped one may have"),
    ],
)
def test_a_post_without_one_alert_is_rejected(body: object, told: str) -> None:
    with pytest.raises(RejectedError) as rejected:
        Mapped().parse(a_post(body, options=OPTIONS))
    assert told in str(rejected.value)
