"""Old code on new tables: every migration only adds, and what the code before it writes fits the tables after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from sqlalchemy import inspect
from tests.flows.world import ANA, World

from tocsin.domain.incident.events import Acknowledged, Resolved
from tocsin.flows.respond import act
from tocsin.store import schema
from tocsin.store.opening import open_store
from tocsin.store.schema import changing_tables, known_revisions, upgrade
from tocsin.store.sql.engine import Engines, parse_url

# Nothing was released before this one, whose columns older code could not have filled.
FIRST = "0003"
REVISIONS = sorted(one for one in known_revisions() if one >= FIRST)


@dataclass(frozen=True)
class Column:
    """What code that writes a row without naming every column depends on."""

    kind: str
    fillable: bool


def tables_after(url: str, revision: str) -> Mapping[str, Mapping[str, Column]]:
    """Migrate as far as `revision` and return every table's columns."""
    engines = Engines(parse_url(url))
    try:
        with changing_tables(engines) as connection:
            upgrade(connection, revision)
            looked = inspect(connection)
            return {
                table: {
                    c["name"]: Column(
                        str(c["type"]),
                        bool(c["nullable"] or c["default"] is not None or c.get("autoincrement") is True),
                    )
                    for c in looked.get_columns(table)
                }
                for table in looked.get_table_names()
            }
    finally:
        engines.close()


def test_every_migration_only_adds_and_asks_nothing_of_code_that_does_not_know_of_it(empty_url: str) -> None:
    before = tables_after(empty_url, REVISIONS[0])
    for revision in REVISIONS[1:]:
        after = tables_after(empty_url, revision)
        for table, columns in before.items():
            assert table in after, f"{revision} takes {table} away"
            for name, column in columns.items():
                assert after[table].get(name) == column, f"{revision} changes {table}.{name}"
            for name in after[table].keys() - columns.keys():
                assert after[table][name].fillable, f"{revision}: old code cannot fill {table}.{name}"
        before = after


def test_code_that_knows_one_revision_less_works_on_the_newest_tables(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "known_revisions", lambda: known_revisions() - {REVISIONS[-1]})
    store = open_store(database_url)
    world = World(store=store)

    world.declare()
    assert "delivered" in world.send_pages()
    act(world.engine, "INC-1", Acknowledged(person="ana"), ANA)
    act(world.engine, "INC-1", Resolved(resolution="fixed"), ANA)

    assert schema.schema_state(database_url).verdict == "newer"
    assert world.incident().resolved_at is not None
    store.close()
