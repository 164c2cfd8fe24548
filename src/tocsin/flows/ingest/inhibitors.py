"""Which firing alerts hold others back, kept beside the alerts, so that deciding costs the same whatever else fires.

What is kept rests on one version of the configuration; the first alert under another has it made anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.alerts.inhibition import stands
from tocsin.domain.catalogue import Catalogue
from tocsin.flows.ingest.places import Places
from tocsin.flows.ingest.sender import Sender, sender_named
from tocsin.flows.ingest.waiting import look_soon
from tocsin.flows.storage import Tx
from tocsin.flows.storage_inhibitors import Standing

_BUILT: Final = "inhibitors/built"
_BATCH: Final = 500
Moved = tuple[AlertState | None, AlertState]
"""An alert before (None: unknown) and after what a report made of it."""


@dataclass(slots=True, kw_only=True)
class Inhibitors:
    """Where the alerts of senders stand as sources of inhibitions, inside one transaction."""

    tx: Tx
    known: Catalogue
    _places: dict[str, Places] = field(default_factory=dict)

    def moved(self, sender: Sender, alerts: Iterable[Moved]) -> None:
        """Note where alerts of a sender stand now; whom they held back is looked at again."""
        if not self.known.inhibitions:
            return
        self._build()
        self._places.setdefault(sender.key, Places(known=self.known, sender=sender))
        gone: list[Standing] = []
        new: list[Standing] = []
        for before, after in alerts:
            if before is not None and _tells_alike(before, after):
                continue
            stood = self._standings(sender.key, before) if before is not None else ()
            stand = self._standings(sender.key, after)
            gone += [one for one in stood if one not in stand]
            new += [one for one in stand if one not in stood]
        self.tx.drop_standings(gone)
        self.tx.put_standings(new)
        if gone:
            look_soon(self.tx)

    def _standings(self, source: str, state: AlertState) -> Sequence[Standing]:
        if state.status != "firing":
            return ()
        labels = self._places[source].labels_of(state)
        return [Standing(source, state.fingerprint, stand) for stand in stands(self.known.inhibitions, labels)]

    def _build(self) -> None:
        """Make what is kept anew where it rests on another configuration."""
        version = str(self.known.version)
        if self.tx.value(_BUILT) == version:
            return
        self.tx.clear_standings()
        rows = self.tx.firing_rows(limit=_BATCH)
        while rows:
            for row in rows:
                if row.source not in self._places:
                    self._places[row.source] = Places(known=self.known, sender=sender_named(self.known, row.source))
            self.tx.put_standings([one for row in rows for one in self._standings(row.source, row.state)])
            rows = self.tx.firing_rows(after=rows[-1].id, limit=_BATCH)
        self.tx.put_value(_BUILT, version)


def _tells_alike(one: AlertState, other: AlertState) -> bool:
    return (one.status, one.service, one.labels) == (other.status, other.service, other.labels)
