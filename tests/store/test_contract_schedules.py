"""Changes of schedules, on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes import NOON

from tocsin.flows.schedule_records import StoredChange
from tocsin.flows.storage import Store

HOUR = timedelta(hours=1)
ONE = StoredChange(
    id="c1",
    schedule="shop",
    kind="override",
    starts=NOON,
    ends=NOON + 2 * HOUR,
    body='{"person":"bö"}',
    created_at=NOON - HOUR,
    created_by="ana",
)
TWO = replace(ONE, id="c2", kind="swap", ends=NOON + 4 * HOUR, created_at=NOON - 2 * HOUR)


@pytest.fixture
def kept(store: Store) -> Store:
    with store.transaction() as tx:
        tx.put_schedule_change(ONE)
        tx.put_schedule_change(TWO)
    return store


def test_changes_that_are_not_over_are_found_the_oldest_made_first(kept: Store) -> None:
    with kept.reading() as tx:
        assert tx.schedule_changes(NOON) == (TWO, ONE)
        assert tx.schedule_changes(ONE.ends - timedelta(microseconds=1)) == (TWO, ONE)
        assert tx.schedule_changes(ONE.ends) == (TWO,)
        assert tx.schedule_changes(TWO.ends) == ()


def test_one_that_was_taken_back_is_found_only_when_asked_for(kept: Store) -> None:
    gone = replace(ONE, removed_at=NOON, removed_by="bo")
    with kept.transaction() as tx:
        assert tx.schedule_change("c1") == ONE
        tx.put_schedule_change(gone)
    with kept.reading() as tx:
        assert tx.schedule_changes(NOON) == (TWO,)
        assert tx.schedule_changes(NOON, removed=True) == (TWO, gone)
        assert tx.schedule_change("c1") == gone
        assert tx.schedule_change("c3") is None
