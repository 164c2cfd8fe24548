"""Where firing alerts stand as sources of inhibitions, in SQL.

A place is stored as its digest: labels may be longer than what an index takes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import delete, func, select, tuple_

from tocsin.domain.alerts.inhibition import Stand
from tocsin.flows.storage_inhibitors import Standing
from tocsin.store.sql.part import Part
from tocsin.store.tables import inhibitors

_A_STATEMENT = 100


class InhibitorRows(Part):
    """The sources of one transaction."""

    def put_standings(self, standings: Sequence[Standing]) -> None:
        """Note where alerts stand; one that is known already changes nothing."""
        rows = [
            {"stand": _digest(one.stand), "source": one.source, "fingerprint": one.fingerprint}
            for one in sorted(set(standings))
        ]
        if rows:
            self.run(self.insert(inhibitors).on_conflict_do_nothing(), rows)

    def drop_standings(self, standings: Sequence[Standing]) -> None:
        """Forget where alerts stood; unknown ones too."""
        keys = [(_digest(one.stand), one.source, one.fingerprint) for one in sorted(set(standings))]
        for start in range(0, len(keys), _A_STATEMENT):
            some = keys[start : start + _A_STATEMENT]
            self.run(delete(inhibitors).where(tuple_(*inhibitors.primary_key).in_(some)))

    def clear_standings(self) -> None:
        """Forget where every alert stands."""
        self.run(delete(inhibitors))

    def standing_at(self, stands: Sequence[Stand]) -> Mapping[Stand, str]:
        """Return for each of these places where an alert stands the fingerprint of one."""
        places = {_digest(stand): stand for stand in stands}
        found: dict[Stand, str] = {}
        keys = sorted(places)
        for start in range(0, len(keys), _A_STATEMENT):
            some = keys[start : start + _A_STATEMENT]
            wanted = select(inhibitors.c.stand, func.min(inhibitors.c.fingerprint).label("one"))
            rows = self.rows(wanted.where(inhibitors.c.stand.in_(some)).group_by(inhibitors.c.stand))
            found |= {places[row.stand]: row.one for row in rows}
        return found


def _digest(stand: Stand) -> str:
    place = msgspec.json.encode((stand.rule, stand.shared, stand.both_sides))
    return hashlib.sha256(place).hexdigest()
