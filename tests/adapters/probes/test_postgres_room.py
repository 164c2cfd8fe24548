"""What a real PostgreSQL tells of the room it takes, against what a rewrite gives back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
import pytest

from tocsin.adapters.probes.postgres import Postgres
from tocsin.domain.diagnosis.bloat import index_waste, table_waste
from tocsin.domain.diagnosis.facts import PostgresFacts, Room
from tocsin.domain.diagnosis.targets import Target

NOW = datetime(2026, 3, 15, 14, 3, tzinfo=UTC)
MIB = 1024**2


def room_of(dsn: str) -> tuple[PostgresFacts, Room]:
    options = {"dsn": dsn, "window_s": 0.05}
    facts = Postgres(lambda: NOW).collect(Target(name="db", kind="postgres", options=options), 5.0)
    assert facts.room is not None
    return facts, facts.room


@pytest.fixture
def emptied(fresh_database: Callable[..., str]) -> str:
    """A table of 500 000 rows of which a tenth is left, vacuumed: its pages stay."""
    dsn = fresh_database()
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute(
            "CREATE TABLE visits (id bigint PRIMARY KEY, page text, seen timestamptz) WITH (autovacuum_enabled = false)"
        )
        owner.execute("INSERT INTO visits SELECT n, 'page ' || n, now() FROM generate_series(1, 500000) n")
        owner.execute("DELETE FROM visits WHERE id % 10 <> 0")
    return dsn


def test_the_estimate_of_waste_is_what_a_rewrite_gives_back(emptied: str) -> None:
    with psycopg.connect(emptied, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE visits")
        _, room = room_of(emptied)
        size = "SELECT pg_relation_size('visits'), pg_relation_size('visits_pkey')"
        before = owner.execute(size).fetchone() or (0, 0)
        owner.execute("VACUUM FULL visits")
        after = owner.execute(size).fetchone() or (0, 0)

    (table,), (index,) = room.tables or (), room.indexes or ()
    assert table.name == "public.visits"
    assert (table.rows, table.columns) == (50_000, 3)
    assert table_waste(table) == pytest.approx(before[0] - after[0], rel=0.1)
    assert index.name == "public.visits_pkey"
    assert index_waste(index) == pytest.approx(before[1] - after[1], rel=0.1)


def test_dead_rows_that_nothing_will_clean_are_told_even_where_widths_may_not_be_seen(emptied: str) -> None:
    with psycopg.connect(emptied, autocommit=True) as owner:
        owner.execute("ANALYZE visits")
        owner.execute("CREATE ROLE only_monitors LOGIN IN ROLE pg_monitor")
    try:
        facts, room = room_of(emptied.replace("postgres@", "only_monitors@"))
    finally:
        with psycopg.connect(emptied, autocommit=True) as owner:
            owner.execute("DROP ROLE only_monitors")

    debt = next(one for one in room.debts or () if one.name == "public.visits")
    assert debt.dead > debt.due > 0
    assert (debt.automatic, debt.vacuumed_s) == (False, None)
    assert [table_waste(one) for one in room.tables or ()] == [None]
    assert "bloat of tables" in {spot.what for spot in facts.blind}


def test_wal_on_the_disk_and_how_fast_it_comes_is_told(fresh_database: Callable[..., str]) -> None:
    _, room = room_of(fresh_database())

    assert room.wal is not None
    assert room.wal.files > 0
    assert room.wal.bytes >= 16 * MIB
    assert room.wal.most > 0
    assert room.wal.window_s > 0
