"""What the alerts of an incident say at the moment somebody is to be paged for it: what holds alerts back counts then too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from tocsin.domain.catalogue import Catalogue
from tocsin.domain.incident.events import PagingHeld
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.holding import Voices, held_by, may_hold
from tocsin.flows.alert_storage import KeptAlert
from tocsin.flows.ingest.holding import Holding
from tocsin.flows.ingest.places import Places
from tocsin.flows.ingest.sender import sender_named
from tocsin.flows.merging import parts
from tocsin.flows.policies import catalogue
from tocsin.flows.storage import Timer, Tx

_FEW: Final = 20
_MANY: Final = 500
# An alert that fires again is told to its incident, which looks at once; these looks, ever rarer, are the net under that.
_FIRST_LOOK: Final = timedelta(minutes=15)
_RAREST_LOOK: Final = timedelta(hours=6)


@dataclass(slots=True, kw_only=True)
class Hearing:
    """Listens to the alerts of incidents, inside one transaction."""

    tx: Tx
    _known: Catalogue | None = None
    _silenced: bool | None = None
    _holdings: dict[str, Holding] = field(default_factory=dict)

    def held(self, incident: Incident, timer: Timer) -> PagingHeld | None:
        """Return how this timer of the incident is held back, None when it is to be carried out."""
        if not may_hold(incident, timer.name):
            return None
        voices = self._voices(incident)
        because = held_by(incident, timer.name, voices)
        if not because:
            return None
        until = self._next_look() if voices.held else self.tx.now() + self._pause(incident, timer, because)
        return PagingHeld(timer=timer.name, generation=timer.generation, because=because, until=until)

    def _pause(self, incident: Incident, timer: Timer, because: str) -> timedelta:
        """Return how long what has ended is left alone: as long again as it has been, each look reads every alert."""
        if (incident.paging.held, incident.paging.held_timer) != (because, timer.name):
            return _FIRST_LOOK
        since = self.tx.events(incident.id, after=timer.generation - 1, limit=1)
        lasting = self.tx.now() - since[0].recorded_at if since else _FIRST_LOOK
        return min(max(lasting, _FIRST_LOOK), _RAREST_LOOK)

    def _voices(self, incident: Incident) -> Voices:
        if any(alert.firing for alert in incident.alerts) and self._nothing_holds():
            return Voices()  # as nearly always; when thousands of levels come due at once, no alert need be read
        own = parts(self.tx, incident)
        held = ""
        for rows in self._batches(own, firing=True):
            for reason in self._reasons(rows):
                if not reason:
                    return Voices()
                held = held or reason
        return Voices(held=held) if held else self._ends(own, incident)

    def _batches(self, own: Sequence[str], *, firing: bool) -> Iterator[list[KeptAlert]]:
        """Give the alerts of incidents, few at first: mostly the first one of them tells."""
        rows = self.tx.alerts_in(own, firing=firing, limit=_FEW)
        while rows:
            yield rows
            rows = self.tx.alerts_in(own, firing=firing, after=rows[-1].id, limit=_MANY)

    def _reasons(self, rows: Sequence[KeptAlert]) -> Iterator[str]:
        """Give for each alert what holds it back now, '' for one that tells."""
        for source, some in groupby(sorted(rows, key=lambda row: row.source), key=lambda row: row.source):
            states = [row.state for row in some]
            holding = self._holding(source)
            holding.expect(states)
            for state in states:
                yield holding.reason(holding.places.of(state), state)

    def _ends(self, own: Sequence[str], incident: Incident) -> Voices:
        """Return whether each alert ended by its sender's word; a lease that ran out may mean that the sender is dead.

        An alert that fired again while it was held back has left the incident: it is not over, but it tells nobody.
        """
        rows = [row for some in self._batches(own, firing=False) for row in some]
        for source in {alert.source for alert in incident.alerts}:
            names = [alert.fingerprint for alert in incident.alerts if alert.source == source]
            rows += self.tx.alerts(source, names).values()
        ended = bool(rows) and not any(row.state.timed_out for row in rows)
        return Voices(ended=ended, left=any(row.state.status == "firing" for row in rows))

    def _nothing_holds(self) -> bool:
        """Return whether there is nothing at all that could hold an alert back now."""
        known = self._catalogue()
        if known.inhibitions or known.maintenance or known.time_intervals:
            return False
        if self._silenced is None:
            self._silenced = bool(self.tx.silences(ending_after=self.tx.now(), limit=1))
        return not self._silenced

    def _next_look(self) -> datetime:
        return next(iter(self._holdings.values())).next_look()

    def _holding(self, source: str) -> Holding:
        if source not in self._holdings:
            known = self._catalogue()
            places = Places(known=known, sender=sender_named(known, source))
            self._holdings[source] = Holding(tx=self.tx, known=known, places=places)
        return self._holdings[source]

    def _catalogue(self) -> Catalogue:
        if self._known is None:
            self._known = catalogue(self.tx)
        return self._known
