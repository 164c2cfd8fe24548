"""Silences, on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes import NOON

from tocsin.domain.alerts.intervals import TimeSpan, parse_times, parse_weekdays
from tocsin.domain.alerts.matchers import parse_matchers
from tocsin.domain.alerts.silences import Former, Silence
from tocsin.flows.storage import Store

HOUR = timedelta(hours=1)
ONE = Silence(
    id="s1",
    matchers=parse_matchers('team="db", "größe"!~"x|y"'),
    starts_at=NOON,
    ends_at=NOON + HOUR,
    created_by="anna",
    comment="new disks for größe",
    created_at=NOON,
    updated_at=NOON,
    updated_by="anna",
    during=(
        TimeSpan(weekdays=(parse_weekdays("saturday"),), times=(parse_times("22:00-06:00"),), zone="Europe/Berlin"),
    ),
    replaces="s0",
    via="amtool",
    former=(Former(starts_at=NOON, ends_at=NOON + HOUR / 2, comment="disks", updated_by="ben", until=NOON),),
)


def test_a_silence_is_kept_as_it_was_said_and_replaced_by_its_id(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.silence("s1") is None
        tx.put_silence(ONE)
        assert tx.silence("s1") == ONE
        ended = replace(ONE, ends_at=NOON + HOUR / 2, updated_at=NOON + HOUR / 2, updated_by="ben")
        tx.put_silence(ended)
    with store.reading() as tx:
        assert tx.silence("s1") == ended
        assert tx.silences() == [ended]


def test_silences_are_listed_from_the_last_to_end(store: Store) -> None:
    with store.transaction() as tx:
        for name, hours in (("a", 1), ("b", 3), ("c", 2), ("d", 2)):
            tx.put_silence(replace(ONE, id=name, ends_at=NOON + hours * HOUR))
    with store.reading() as tx:
        assert [one.id for one in tx.silences()] == ["b", "d", "c", "a"]
        assert [one.id for one in tx.silences(limit=2)] == ["b", "d"]
        assert [one.id for one in tx.silences(ending_after=NOON + HOUR)] == ["b", "d", "c"]
        assert tx.silences(ending_after=NOON + 3 * HOUR) == []


def test_a_silence_that_was_rolled_back_was_never_there(store: Store) -> None:
    def broken() -> None:
        with store.transaction() as tx:
            tx.put_silence(ONE)
            assert 1 // len(tx.silences(ending_after=NOON + 2 * HOUR))

    with pytest.raises(ZeroDivisionError):
        broken()
    with store.reading() as tx:
        assert tx.silence("s1") is None


def test_silences_that_ended_long_ago_are_pruned(store: Store) -> None:
    with store.transaction() as tx:
        for name, hours in (("a", 1), ("b", 2), ("c", 3)):
            tx.put_silence(replace(ONE, id=name, ends_at=NOON + hours * HOUR))
    assert store.prune("silences", NOON + 2 * HOUR) == 1
    with store.reading() as tx:
        assert [one.id for one in tx.silences()] == ["c", "b"]
