"""Changes of services, on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.fakes import NOON

from tocsin.domain.changes import Change
from tocsin.flows.storage import Store

DEPLOY = Change(
    key="d1",
    service="orders",
    at=NOON,
    kind="schema",
    version="2.4.1",
    previous="2.4.0",
    commit="8f3c1d2",
    by="ana",
    summary="adds a column",
    rollback=True,
    files=("migrations/7.sql",),
    links={"pipeline": "https://ci.example.com/7"},
)


def test_a_change_comes_back_whole_with_who_told_of_it(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_change("ci", DEPLOY)
        now = tx.now()
    with store.reading() as tx:
        [told] = tx.list_changes()
    assert (told.source, told.change, told.recorded_at) == ("ci", DEPLOY, now)


def test_the_same_change_told_again_takes_the_formers_place(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_change("ci", DEPLOY)
        tx.put_change("ci", replace(DEPLOY, summary="done"))
        tx.put_change("other", DEPLOY)
    with store.reading() as tx:
        assert [(t.source, t.change.summary) for t in tx.list_changes()] == [("ci", "done"), ("other", "adds a column")]


def test_what_is_told_late_of_an_earlier_time_does_not_take_the_place_of_the_later(store: Store) -> None:
    done = replace(DEPLOY, at=NOON + timedelta(minutes=2), summary="done", service="web")
    for told in (done, replace(DEPLOY, summary="asked for"), replace(done, summary="done, and said again")):
        with store.transaction() as tx:
            tx.put_change("ci", told)
    with store.reading() as tx:
        [kept] = tx.list_changes()
    assert kept.change == replace(done, summary="done, and said again")


def test_changes_are_found_by_service_and_time_newest_first(store: Store) -> None:
    with store.transaction() as tx:
        for minute, service in enumerate(("orders", "web", "orders", "db")):
            tx.put_change("ci", replace(DEPLOY, key=f"c{minute}", service=service, at=NOON + timedelta(minutes=minute)))
    with store.reading() as tx:

        def keys(**wanted: object) -> list[str]:
            return [told.change.key for told in tx.list_changes(**wanted)]  # type: ignore[arg-type]  # named below

        assert keys() == ["c3", "c2", "c1", "c0"]
        assert keys(services=("orders", "db")) == ["c3", "c2", "c0"]
        assert keys(since=NOON + timedelta(minutes=1), until=NOON + timedelta(minutes=3)) == ["c2", "c1"]
        assert keys(limit=2) == ["c3", "c2"]
