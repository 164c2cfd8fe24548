"""A batch of alerts becomes rows, and what it changed becomes the business of incidents, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tocsin.domain.alerts.fold import AlertState, Taken, take
from tocsin.flows.alert_storage import KeptAlert, Renewal
from tocsin.flows.engine import Engine
from tocsin.flows.ingest.joining import Incidents
from tocsin.flows.ingest.lapsing import watch_leases
from tocsin.flows.ingest.sender import Sender
from tocsin.flows.ports import InboundAlert, Rejected
from tocsin.flows.storage import ConflictError, Tx
from tocsin.flows.transact import transact


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of a batch, by fingerprint; `incidents` are references of public ones, opened or joined.

    `renewed` counts alerts that were refreshed without being read. `rejected` and `reply` are the source's own words (see `Parsed`).
    """

    fired: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
    refreshed: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    acknowledged: tuple[str, ...] = ()
    renewed: int = 0
    rejected: tuple[Rejected, ...] = ()
    reply: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What became of a batch, and its alerts as they are now, by fingerprint."""

    accepted: Accepted
    kept: Mapping[str, KeptAlert]


def accept(engine: Engine, sender: Sender, alerts: Sequence[InboundAlert]) -> Accepted:
    """Store a batch in one transaction and say what it changed."""
    return transact(engine, lambda tx: accept_in(engine, tx, sender, alerts))


def accept_in(engine: Engine, tx: Tx, sender: Sender, alerts: Sequence[InboundAlert]) -> Accepted:
    """Fold a batch inside `tx` and say what it changed."""
    return fold_in(engine, tx, sender, alerts).accepted


def fold_in(engine: Engine, tx: Tx, sender: Sender, alerts: Sequence[InboundAlert]) -> Folded:
    """Fold a batch inside `tx`."""
    known = tx.alerts(sender.key, list(dict.fromkeys(alert.fingerprint for alert in alerts)))
    batch = _Batch(now=tx.now(), sender=sender, known=known)
    for alert in alerts:
        batch.fold(alert)
    incidents = Incidents(engine=engine, tx=tx, sender=sender)
    incidents.expect([state for change, state in batch.moves if change == "fired"])
    for change, state in batch.moves:
        if change == "fired":
            batch.joined(state.fingerprint, incidents.fired(state), incidents.group_of(state))
        else:
            incidents.ended(replace(state, incident=batch.rows[state.fingerprint].state.incident))
    incidents.save()
    return Folded(accepted=batch.accepted(incidents.refs()), kept=_stored(tx, batch))


def _stored(tx: Tx, batch: _Batch) -> Mapping[str, KeptAlert]:
    """Write what changed, renew the leases of what did not, and watch those that are new."""
    changed = [row for name, row in batch.rows.items() if name in batch.changed]
    renewed = [
        Renewal(row.id, row.version, row.state.expires_at)
        for name, row in batch.rows.items()
        if name in batch.renewed - batch.changed
    ]
    stored = tx.put_alerts(changed) if changed else []
    if renewed and not tx.renew_alerts(renewed):
        raise ConflictError("one of these alerts changed meanwhile")
    watch_leases(tx, [row.state for row in stored])
    return {**batch.rows, **{row.state.fingerprint: row for row in stored}}


@dataclass(slots=True, kw_only=True)
class _Batch:
    """Alerts of one sender being folded. `moves` are those that fired or ended, in their order."""

    now: datetime
    sender: Sender
    known: Mapping[str, KeptAlert]
    rows: dict[str, KeptAlert] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    renewed: set[str] = field(default_factory=set)
    moves: list[tuple[str, AlertState]] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)

    def fold(self, alert: InboundAlert) -> None:
        name = alert.fingerprint
        row = self.rows.get(name) or self.known.get(name)
        taken = take(row.state if row else None, alert, self.now)
        self._remember(name, row, taken)
        if taken.change in {"fired", "refired"}:
            self.moves.append(("fired", taken.state))
        elif taken.change == "resolved":
            self.moves.append(("resolved", taken.state))
        elif taken.change == "refreshed":
            self.refreshed.append(name)

    def joined(self, name: str, incident: str, group: str) -> None:
        """Note which incident and group an alert that fired belongs to."""
        row = self.rows[name]
        self.rows[name] = replace(row, state=replace(row.state, incident=incident), group=group)

    def accepted(self, refs: Sequence[str]) -> Accepted:
        return Accepted(
            fired=tuple(state.fingerprint for change, state in self.moves if change == "fired"),
            resolved=tuple(state.fingerprint for change, state in self.moves if change == "resolved"),
            refreshed=tuple(self.refreshed),
            incidents=tuple(refs),
        )

    def _remember(self, name: str, row: KeptAlert | None, taken: Taken) -> None:
        if taken.change == "ignored":
            if row is not None:
                self.rows.setdefault(name, row)
            return
        self.rows[name] = replace(row or KeptAlert(source=self.sender.key, state=taken.state), state=taken.state)
        if row is None or _apart_from_lease(row.state, taken.state):
            self.changed.add(name)
        else:
            self.renewed.add(name)


def _apart_from_lease(before: AlertState, after: AlertState) -> bool:
    """Return whether more than the lease changed."""
    return replace(after, expires_at=before.expires_at, last_seen_at=before.last_seen_at) != before
