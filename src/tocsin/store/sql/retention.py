"""What may be deleted after a time, kind by kind."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import Column, ColumnElement, Table, delete, select, tuple_

from tocsin.domain.errors import InvalidError
from tocsin.store.sql.part import Part
from tocsin.store.tables import (
    alert_groups,
    alerts,
    answers,
    bundles,
    once,
    outbox,
    raw_bodies,
    samples,
    sessions,
    silences,
)

Doomed = tuple[Table, ColumnElement[bool]]


def _doomed(kind: str, before_us: int) -> list[Doomed]:
    settled = outbox.c.settled_at < before_us
    kinds: dict[str, list[Doomed]] = {
        "raw": [(raw_bodies, raw_bodies.c.received_at < before_us)],
        "jobs": [(outbox, settled & outbox.c.state.in_(["done", "dead", "cancelled"]))],
        "alerts": [
            (alerts, (alerts.c.updated_at < before_us) & (alerts.c.status == "resolved")),
            (alert_groups, alert_groups.c.last_alert_at < before_us),
        ],
        "silences": [(silences, silences.c.ends_at < before_us)],
        "bundles": [(bundles, bundles.c.created_at < before_us)],
        "samples": [(samples, samples.c.at < before_us)],
        "answers": [(answers, answers.c.created_at < before_us)],
        "logins": [(sessions, sessions.c.expires_at < before_us), (once, once.c.expires_at < before_us)],
    }
    if kind not in kinds:
        raise InvalidError(f"nothing called {kind!r} can be pruned", field="kind", mend=f"One of {', '.join(kinds)}.")
    return kinds[kind]


class Retention(Part):
    """Deletes in small batches, so that nobody waits long behind one."""

    BATCH: ClassVar[int] = 1000

    def prune(self, kind: str, before_us: int) -> int:
        """Delete at most `BATCH` rows of a kind and return how many; fewer means none is left.

        Raises:
            InvalidError: no such kind.
        """
        left = self.BATCH
        for table, doomed in _doomed(kind, before_us):
            left -= self._delete(table, doomed, left) if left else 0
        return self.BATCH - left

    def _delete(self, table: Table, doomed: ColumnElement[bool], limit: int) -> int:
        key: list[Column[object]] = list(table.primary_key)
        chosen = select(*key).where(doomed).limit(limit)
        return self.run(delete(table).where(tuple_(*key).in_(chosen)))
