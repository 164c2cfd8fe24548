"""Where firing alerts stand as sources of inhibitions, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tocsin.domain.alerts.inhibition import Stand
from tocsin.flows.storage_inhibitors import Standing
from tocsin.store.memory.part import Part


class InhibitorRows(Part):
    """The sources of one transaction."""

    def put_standings(self, standings: Sequence[Standing]) -> None:
        """Note where alerts stand; one that is known already changes nothing."""
        self.rows.standings.update(dict.fromkeys(standings))

    def drop_standings(self, standings: Sequence[Standing]) -> None:
        """Forget where alerts stood; unknown ones too."""
        for one in standings:
            self.rows.standings.pop(one, None)

    def clear_standings(self) -> None:
        """Forget where every alert stands."""
        self.rows.standings.clear()

    def standing_at(self, stands: Sequence[Stand]) -> Mapping[Stand, str]:
        """Return for each of these places where an alert stands the fingerprint of one."""
        wanted = frozenset(stands)
        there = [(one.stand, one.fingerprint) for one in self.rows.standings if one.stand in wanted]
        return dict(sorted(there, reverse=True))
