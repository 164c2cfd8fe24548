"""Statements by what they cost in all and by what they cost while the probe watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psycopg.rows import DictRow
from psycopg.sql import Identifier

from tocsin.adapters.probes.postgres import statements as ask
from tocsin.adapters.probes.postgres.asking import Asking
from tocsin.domain.diagnosis.facts import Statement
from tocsin.domain.diagnosis.redaction import redact_sql

_MOST_GROWN = 10
Costs = Mapping[int, DictRow]


class TopStatements:
    """Reads pg_stat_statements twice: numbers without texts first, texts of those that matter afterwards."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._schema = ""

    def first(self) -> Costs | None:
        """Return the costs so far, or None with a blind spot."""
        found = self._asking.rows(ask.STATEMENTS_SCHEMA)
        if not found:
            self._asking.miss(
                "statement statistics", "pg_stat_statements is not installed", "CREATE EXTENSION pg_stat_statements"
            )
            return None
        self._schema = found[0]["schema"]
        return self._costs()

    def second(self, before: Costs) -> tuple[Statement, ...]:
        """Return the slowest statements and those that cost most since `before`."""
        now = self._costs()
        grown = sorted(now, key=lambda key: -_since(before, now[key])["total_s"])[:_MOST_GROWN]
        view = Identifier(self._schema, "pg_stat_statements")
        rows = self._asking.rows(ask.STATEMENTS.format(view=view), {"ids": grown})
        return tuple(_statement(row, before) for row in rows)

    def _costs(self) -> Costs:
        rows: Sequence[DictRow] = self._asking.rows(
            ask.STATEMENT_COSTS.format(function=Identifier(self._schema, "pg_stat_statements"))
        )
        return {row["query_id"]: row for row in rows}


def _since(before: Costs, row: DictRow) -> dict[str, float]:
    """Return what a statement gained; a new one, or one whose counters began anew, gained all it has."""
    earlier = before.get(row["query_id"])
    if earlier is None or row["calls"] < earlier["calls"]:
        return {name: row[name] for name in ("calls", "total_s", "blocks")}
    return {name: row[name] - earlier[name] for name in ("calls", "total_s", "blocks")}


def _statement(row: DictRow, before: Costs) -> Statement:
    grew = _since(before, row)
    return Statement(
        **{**row, "query": redact_sql(row["query"])},
        calls_grew=int(grew["calls"]),
        total_grew_s=float(grew["total_s"]),
        blocks_grew=int(grew["blocks"]),
    )
