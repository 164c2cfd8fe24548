"""Listings that answer a bare list: the next page's cursor is in a header, and without asking nothing changed."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.api import Office, ago, problem_of


def in_order(item: dict[str, Any]) -> str:
    return str(item.get("title") or item["key"])


@pytest.fixture
def busy(office: Office) -> Office:
    """Two incidents with five action items and a few messages."""
    for n in (1, 2):
        office.ana.declare(title=f"Trouble {n}", services=["orders"] if n == 1 else ["billing"])
    for n in range(5):
        due = {"due": ago(-60 * n)} if n < 4 else {}
        office.ben.act(f"INC-{1 + n % 2}", "followups", {"title": f"item {n}", **due})
    return office


@pytest.mark.parametrize("path", ["/v1/followups", "/v1/outbox"])
def test_pages_follow_each_other_by_the_header(busy: Office, path: str) -> None:
    whole = busy.cleo.send("GET", path)
    assert whole.headers["tocsin-next-cursor"] == ""
    wanted = [in_order(item) for item in whole.json()]
    assert len(wanted) >= 3
    seen: list[str] = []
    cursor = ""
    for _ in range(-(-len(wanted) // 2)):
        page = busy.cleo.send("GET", path, params={"limit": 2, "cursor": cursor})
        seen += [in_order(item) for item in page.json()]
        cursor = page.headers["tocsin-next-cursor"]

    assert seen == wanted
    assert cursor == ""


@pytest.mark.parametrize("path", ["/v1/followups", "/v1/outbox"])
def test_a_cursor_goes_with_its_own_filter(busy: Office, path: str) -> None:
    cursor = busy.cleo.send("GET", path, params={"limit": 1}).headers["tocsin-next-cursor"]
    other = {"owner": "ben"} if path.endswith("followups") else {"state": "done"}

    for wrong in ({"cursor": cursor, **other}, {"cursor": "damaged"}, {"cursor": cursor[:-2]}):
        assert problem_of(busy.cleo.send("GET", path, params=wrong), 422)["field"] == "cursor"
    for limit in (0, 501):
        problem_of(busy.cleo.send("GET", path, params={"limit": limit}), 422)


def test_the_description_names_the_header(office: Office) -> None:
    paths = office.client.get("/v1/openapi.json").json()["paths"]
    for path in ("/v1/followups", "/v1/outbox"):
        assert "Tocsin-Next-Cursor" in paths[path]["get"]["responses"]["200"]["headers"]
