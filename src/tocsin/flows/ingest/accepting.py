"""A batch of alerts becomes rows, and what it changed becomes the business of incidents, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.domain.alerts.fold import AlertState, Change, Taken, take
from tocsin.flows.alert_storage import KeptAlert, Renewal
from tocsin.flows.engine import Engine
from tocsin.flows.ingest.inhibitors import Inhibitors
from tocsin.flows.ingest.joining import Incidents
from tocsin.flows.ingest.lapsing import watch_leases
from tocsin.flows.ingest.sender import Sender
from tocsin.flows.ingest.turning import Turn, Turns, may_turn
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import InboundAlert, Rejected
from tocsin.flows.storage import ConflictError, Tx
from tocsin.flows.transact import transact

FIRED = frozenset({"fired", "refired"})


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
    changes: tuple[str, ...] = ()
    renewed: int = 0
    rejected: tuple[Rejected, ...] = ()
    reply: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What became of a batch: what each alert changed, in order, where those that fired belong, and the rows as they are now.

    `refs` are references of public incidents by fingerprint.
    """

    alerts: Sequence[InboundAlert]
    changes: Sequence[Change]
    refs: Mapping[str, str]
    kept: Mapping[str, KeptAlert]

    def accepted(self, start: int = 0, end: int | None = None) -> Accepted:
        """Return what became of the alerts from number `start` up to, not including, number `end`."""
        pairs = [
            (one.fingerprint, what) for one, what in zip(self.alerts[start:end], self.changes[start:end], strict=True)
        ]
        fired = tuple(name for name, what in pairs if what in FIRED)
        return Accepted(
            fired=fired,
            resolved=tuple(name for name, what in pairs if what == "resolved"),
            refreshed=tuple(name for name, what in pairs if what == "refreshed"),
            incidents=tuple(dict.fromkeys(self.refs[name] for name, _ in pairs if name in self.refs)),
        )


def accept(engine: Engine, sender: Sender, alerts: Sequence[InboundAlert]) -> Accepted:
    """Store a batch in one transaction and say what it changed."""
    return transact(engine, lambda tx: accept_in(engine, tx, sender, alerts))


def accept_in(engine: Engine, tx: Tx, sender: Sender, alerts: Sequence[InboundAlert]) -> Accepted:
    """Fold a batch inside `tx` and say what it changed."""
    return fold_in(engine, tx, sender, alerts).accepted()


def fold_in(engine: Engine, tx: Tx, sender: Sender, alerts: Sequence[InboundAlert]) -> Folded:
    """Fold a batch inside `tx`."""
    if not alerts:
        return Folded(alerts=(), changes=(), refs={}, kept={})
    known = tx.alerts(sender.key, list(dict.fromkeys(alert.fingerprint for alert in alerts)))
    rows: dict[str, _Row] = {}
    now = tx.now()
    taken = [_fold(rows, known, alert, now) for alert in alerts]
    Inhibitors(tx=tx, known=catalogue(tx)).moved(
        sender, ((row.known.state if row.known else None, row.state) for row in rows.values())
    )
    incidents = Incidents(engine=engine, tx=tx, sender=sender)
    joining = _joining(taken)
    turns = _turns(tx, sender, rows, joining)
    incidents.expect([one.state for one in taken if id(one) in joining or id(one) in turns])
    refs = _tell(incidents, rows, taken, joining, turns)
    incidents.save()
    kept = _told_alike(alerts, _stored(tx, sender, rows))
    return Folded(alerts=alerts, changes=[one.change for one in taken], refs=refs, kept=kept)


def _told_alike(alerts: Sequence[InboundAlert], kept: Mapping[str, KeptAlert]) -> dict[str, KeptAlert]:
    """Return the rows without those told both with and without an end here: what one looked like is not what its row has."""
    mixed: set[str] = set()
    for alert in alerts:
        row = kept.get(alert.fingerprint) if alert.ends_at is not None else None
        if row is not None and alert.end_told is not row.state.end_told:
            mixed.add(alert.fingerprint)
    return {name: row for name, row in kept.items() if name not in mixed}


def _tell(
    incidents: Incidents,
    rows: Mapping[str, _Row],
    taken: Sequence[Taken],
    joining: Mapping[int, Taken],
    turns: Mapping[int, Turn],
) -> dict[str, str]:
    """Let incidents know what alerts did, in order, and return the references of public ones that alerts joined."""
    refs: dict[str, str] = {}
    for one in taken:
        row = rows[one.state.fingerprint]
        state = one.state if one.state.incident == row.state.incident else one.state.in_incident(row.state.incident)
        turn = turns.get(id(one))
        if turn is not None or id(one) in joining:
            where = incidents.turned(state, moved=turn.moved) if turn is not None else incidents.fired(one.state)
            row.group = where.group or row.group
            row.changed = row.changed or where.home != row.state.incident
            row.state = row.state.in_incident(where.home)
            incident = where.incident
            if incident is not None and not incident.private:  # A sender is nobody's eyes: it never learns of those.
                refs[one.state.fingerprint] = incident.ref
        elif one.change == "resolved":
            incidents.ended(state)
    return refs


def _stored(tx: Tx, sender: Sender, rows: Mapping[str, _Row]) -> dict[str, KeptAlert]:
    """Write what changed, renew the leases of what did not, and watch those that are new."""
    changed = [row.kept(sender) for row in rows.values() if row.changed]
    renewed = [row.kept(sender) for row in rows.values() if row.renewed and not row.changed]
    stored = tx.put_alerts(changed) if changed else []
    renewals = [Renewal(row.id, row.version, row.state.expires_at) for row in renewed]
    if renewals and not tx.renew_alerts(renewals):
        raise ConflictError("one of these alerts changed meanwhile")
    leased = [row.state for row in rows.values() if row.renewed and not row.changed and row.has_first_end]
    watch_leases(tx, [*(row.state for row in stored), *leased])
    return {row.state.fingerprint: row for row in (*stored, *renewed)}


@dataclass(slots=True)
class _Row:
    """An alert while its batch is folded: the row it has, if any, and what is to become of it.

    `turning` are reports that may be more than a refresh, each with what was known before.
    """

    known: KeptAlert | None
    state: AlertState
    group: str
    changed: bool = False
    renewed: bool = False
    turning: tuple[tuple[Taken, AlertState], ...] = ()

    @property
    def has_first_end(self) -> bool:
        """Return whether the alert has a lease now, and had none."""
        return self.known is not None and self.known.state.expires_at is None and self.state.expires_at is not None

    def kept(self, sender: Sender) -> KeptAlert:
        number, version = (self.known.id, self.known.version) if self.known else (0, 0)
        return KeptAlert(source=sender.key, state=self.state, id=number, version=version, group=self.group)


def _fold(rows: dict[str, _Row], known: Mapping[str, KeptAlert], alert: InboundAlert, now: datetime) -> Taken:
    name = alert.fingerprint
    row = rows.get(name)
    found = known.get(name)
    before = row.state if row else (found.state if found else None)
    taken = take(before, alert, now)
    if row is None:
        row = rows[name] = _Row(found, taken.state, found.group if found else "")
    if taken.change == "ignored" and before is not None:
        return taken
    row.state = taken.state
    if before is not None and may_turn(before, taken.state):
        row.turning += ((taken, before),)
    if before is None or _apart_from_lease(before, taken.state):
        row.changed = True
    else:
        row.renewed = True
    return taken


def _turns(tx: Tx, sender: Sender, rows: Mapping[str, _Row], joining: Mapping[int, Taken]) -> dict[int, Turn]:
    """Return which alerts that fired before are worse now, or have moved, by their identity here."""
    turning = [pair for row in rows.values() for pair in row.turning if id(pair[0]) not in joining]
    if not turning:
        return {}
    asked = Turns(tx=tx, sender=sender)
    found = ((id(taken), asked.of(before, taken.state)) for taken, before in turning)
    return {number: turn for number, turn in found if turn is not None}


def _joining(taken: Sequence[Taken]) -> dict[int, Taken]:
    """Return what is to join an incident: whatever fired, and what was held back before this batch, by its identity here."""
    found: dict[int, Taken] = {}
    fired: set[str] = set()
    for one in taken:
        name = one.state.fingerprint
        if one.change in FIRED or (_waits(one) and name not in fired):
            found[id(one)] = one
            fired.add(name)
    return found


def _waits(taken: Taken) -> bool:
    """Return whether an alert that is heard of again was held back so far, and so belongs to no incident yet."""
    return taken.change == "refreshed" and taken.state.status == "firing" and not taken.state.incident


def _apart_from_lease(before: AlertState, after: AlertState) -> bool:
    """Return whether more than the lease changed."""
    return after.on_lease(before.expires_at, before.last_seen_at) != before
