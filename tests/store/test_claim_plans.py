"""What a worker asks of SQLite all day is found by an index, however many clocks and rows there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from tests.fakes import NOON, a_job

from tocsin.store.opening import open_store
from tocsin.store.schema import migrate


@contextmanager
def _asked() -> Iterator[list[tuple[str, Any]]]:
    asked: list[tuple[str, Any]] = []

    def keep(connection: object, cursor: object, statement: str, given: Any, context: object, many: bool) -> None:  # noqa: FBT001, PLR0917 (the event has this order)
        del connection, cursor, context
        asked.append((statement, given[0] if many else given))

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", keep)


def test_leasing_and_ending_clocks_and_rows_reads_no_table_from_end_to_end(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    migrate(f"sqlite:///{path}")
    store = open_store(f"sqlite:///{path}")
    with store.transaction() as tx:
        tx.enqueue([a_job("k1"), a_job("k2")])
        for stream in ("a", "b"):
            tx.set_timer(stream, "escalate", 1, NOON)

    with _asked() as asked:
        clocks = store.claim_timers("w", limit=8, lease_s=60)
        jobs = store.claim_jobs("w", limit=8, lease_s=60, kinds=("page",))
        store.renew(jobs, 60)
        store.next_due()
        with store.transaction() as tx:
            finished = tx.finish_timers(clocks)
            held = tx.lock_jobs(jobs)
            settled = [tx.settle(job, "done") for job in jobs]
    store.close()

    assert (len(finished), len(held), settled) == (2, 2, [True, True])
    with sqlite3.connect(path) as connection:
        plans = {
            told: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {told}", given)] for told, given in asked
        }
    connection.close()
    whole = [told for told, steps in plans.items() for step in steps if step in {"SCAN timers", "SCAN outbox"}]
    assert len(plans) > 10
    assert whole == []
