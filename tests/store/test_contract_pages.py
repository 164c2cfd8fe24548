"""Listings page by page: nothing twice, nothing left out, and a cursor only for its own listing; on every store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.fakes import NOON, a_job, declare

from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.state import FollowUp
from tocsin.domain.visibility import Viewer
from tocsin.flows.storage import LOGIN, Page, Session, Store, Token, Tx

BEN = Viewer(person="ben")
Ask = Callable[[Tx, str, int], Page[object]]


def tokens(tx: Tx, cursor: str, limit: int) -> Page[object]:
    page = tx.tokens("", cursor=cursor, limit=limit)
    return Page(items=tuple(token.id for token in page.items), next_cursor=page.next_cursor)


def jobs(tx: Tx, cursor: str, limit: int) -> Page[object]:
    page = tx.jobs(BEN, cursor=cursor, limit=limit)
    return Page(items=tuple(job.key for job in page.items), next_cursor=page.next_cursor)


def followups(tx: Tx, cursor: str, limit: int) -> Page[object]:
    page = tx.followups(BEN, cursor=cursor, limit=limit)
    return Page(items=tuple(f"{ref}/{item.key}" for ref, item in page.items), next_cursor=page.next_cursor)


LISTINGS: dict[str, tuple[Ask, list[object]]] = {
    "tokens": (tokens, ["t0", "t1", "t2", "t3", "t4"]),
    "jobs": (jobs, ["j4", "j3", "j2", "j1", "j0"]),
    "follow-ups": (followups, ["INC-1/a1", "INC-1/a2", "INC-2/a3", "INC-1/a4", "INC-2/a5"]),
}


def fill(store: Store) -> None:
    """Five rows of each listing; two follow-ups share a due date, two have none."""
    when = (NOON, NOON, NOON + timedelta(hours=1), None, None)
    items = [FollowUp(key=f"a{n}", title="x", owner="ben", due=due) for n, due in enumerate(when, start=1)]
    declare(store, "INC-1", followups=(items[0], items[1], items[3]))
    declare(store, "INC-2", followups=(items[2], items[4]))
    declare(store, "INC-3", private=True, followups=(FollowUp(key="a9", title="hidden"),))
    for n in range(5):
        with store.transaction() as tx:
            tx.enqueue([a_job(f"j{n}")])
            person = "anna" if n % 2 else "ben"
            tx.put_token(Token(id=f"t{n}", person=person, name="x", scopes=("read",), created_at=NOON), f"d{n}")


@pytest.mark.parametrize("name", list(LISTINGS))
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_follow_each_other_without_a_gap(store: Store, name: str, limit: int) -> None:
    fill(store)
    ask, wanted = LISTINGS[name]
    seen: list[object] = []
    cursor = ""
    for _ in range(-(-5 // limit)):
        with store.reading() as tx:
            page = ask(tx, cursor, limit)
        seen += page.items
        cursor = page.next_cursor

    assert seen == wanted
    assert cursor == ""


@pytest.mark.parametrize("name", list(LISTINGS))
def test_a_cursor_is_for_its_own_listing_and_whole(store: Store, name: str) -> None:
    fill(store)
    ask, _ = LISTINGS[name]
    with store.reading() as tx:
        cursors = {other: asked(tx, "", 1).next_cursor for other, (asked, _) in LISTINGS.items()}
        strange = [cursor for other, cursor in cursors.items() if other != name]
        for wrong in (*strange, cursors[name][:-3], "x", "ünsinn"):
            with pytest.raises(InvalidError, match="cursor"):
                ask(tx, wrong, 1)
        for limit in (-1, 501):
            with pytest.raises(InvalidError, match="limit"):
                ask(tx, "", limit)


def test_follow_ups_come_all_at_once_where_no_limit_is_asked_for(store: Store) -> None:
    fill(store)
    with store.reading() as tx:
        assert followups(tx, "", 0).items == tuple(LISTINGS["follow-ups"][1])


def test_a_token_is_found_by_its_id_and_by_whose_it_is(store: Store) -> None:
    fill(store)
    with store.reading() as tx:
        assert [token.id for token in tx.tokens("anna").items] == ["t1", "t3"]
        found = tx.token_by_id("t3")
        assert found is not None
        assert found.person == "anna"
        assert tx.token_by_id("t9") is None


def test_a_persons_logins_end_but_for_one(store: Store) -> None:
    with store.transaction() as tx:
        ends = tx.now() + timedelta(hours=1)
        for digest, person in (("d1", "anna"), ("d2", "anna"), ("d3", "anna"), ("d4", "ben")):
            tx.put_session(digest, Session(person=person, csrf="c", expires_at=ends))
        tx.put_once(LOGIN, "link", "anna", ends)
        tx.put_once(LOGIN, "bens link", "ben", ends)
        tx.put_once("contact", "mail", "anna", ends)

        assert tx.drop_logins("anna", keep="d2") == 2
        assert [tx.session(d) is not None for d in ("d1", "d2", "d3", "d4")] == [False, True, False, True]
        assert tx.take_once(LOGIN, "link") == ""
        assert tx.take_once(LOGIN, "bens link") == "ben"
        assert tx.take_once("contact", "mail") == "anna"
        assert tx.drop_logins("anna") == 1
