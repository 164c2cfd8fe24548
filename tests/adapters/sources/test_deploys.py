"""Changes from any deploy job: our own JSON."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.support.posts import AT, a_post

from tocsin.adapters.sources.deploys import Deploys
from tocsin.domain.changes import KINDS, Change
from tocsin.flows.ports import RejectedError

WHOLE = {
    "id": "rel-7",
    "service": "orders",
    "kind": "schema",
    "version": "2.4.1",
    "previous": "2.4.0",
    "commit": "8f3c1d2",
    "at": "2026-03-04T14:20:00Z",
    "by": "ana",
    "summary": "adds a column",
    "changes": ["migrations/7.sql", {"path": "api/orders.py", "note": None}],
    "links": {"pipeline": "https://ci.example.com/7", "bad": "javascript:1"},
}


def test_a_change_is_read_in_full() -> None:
    [change] = Deploys().parse(a_post(WHOLE)).changes
    assert change == Change(
        key="rel-7",
        service="orders",
        at=datetime(2026, 3, 4, 14, 20, tzinfo=UTC),
        kind="schema",
        version="2.4.1",
        previous="2.4.0",
        commit="8f3c1d2",
        by="ana",
        summary="adds a column",
        files=("migrations/7.sql", "api/orders.py"),
        links={"pipeline": "https://ci.example.com/7"},
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_change_is_taken(kind: str) -> None:
    [change] = Deploys().parse(a_post({"service": "a", "version": "1", "kind": kind})).changes
    assert (change.kind, change.rollback, change.at) == (kind, False, AT)


def test_a_line_of_the_deploy_history_is_a_change_too() -> None:
    [change] = Deploys().parse(a_post({"service": "a", "version": "1", "kind": "rollback"})).changes
    assert (change.kind, change.rollback) == ("code", True)


def test_the_same_change_has_the_same_key_and_another_time_another() -> None:
    post = {"service": "a", "version": "1", "at": "2026-03-04T14:20:00Z"}
    one, other = (Deploys().parse(a_post(p)).changes[0].key for p in (post, {**post, "at": "2026-03-04T14:21:00Z"}))
    assert one == Deploys().parse(a_post(post)).changes[0].key != other


def test_one_bad_change_costs_no_other() -> None:
    parsed = Deploys().parse(a_post([{"service": "a"}, WHOLE, {"version": "1", "kind": "x"}]))
    assert [c.key for c in parsed.changes] == ["rel-7"]
    assert [r.where for r in parsed.rejected] == ["$[0]", "$[2]"]


@pytest.mark.parametrize("body", [{}, "x", [{"service": "a", "version": "1", "at": "noon"}], b""])
def test_a_post_without_one_change_is_rejected(body: object) -> None:
    with pytest.raises(RejectedError):
        Deploys().parse(a_post(body))
