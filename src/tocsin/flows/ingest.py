"""Alerts in: fold each into what is known, and let it open an incident or join one. Durable before the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tocsin.domain.actor import Actor
from tocsin.domain.alerts.fold import AlertState, expire, take
from tocsin.domain.incident.events import AlertCleared, AlertFired
from tocsin.domain.incident.state import Incident
from tocsin.domain.policy.alert_severity import severity_of
from tocsin.domain.visibility import WORKER
from tocsin.flows.declare import Declaration, open_in
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, find, record
from tocsin.flows.policies import catalogue, policy_for_team
from tocsin.flows.ports import InboundAlert, Rejected
from tocsin.flows.storage import Timer, Tx
from tocsin.flows.transact import transact

LEASES = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of a batch, by fingerprint; `incidents` are references of public ones, opened or joined.

    `rejected` and `reply` are the source's own words (see `Parsed`).
    """

    fired: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
    refreshed: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    acknowledged: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    reply: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Which integration or monitor speaks, and for which service and team when the alert names none."""

    key: str
    service: str = ""
    team: str = ""


def accept(engine: Engine, sender: Sender, alerts: Sequence[InboundAlert]) -> Accepted:
    """Store a batch in one transaction and say what it changed."""
    return transact(engine, lambda tx: accept_in(engine, tx, sender, alerts))


def accept_in(engine: Engine, tx: Tx, sender: Sender, alerts: Sequence[InboundAlert]) -> Accepted:
    """Fold a batch inside `tx`."""
    now = tx.now()
    fired, resolved, refreshed, refs = [], [], [], []
    for alert in alerts:
        taken = take(tx.alert(sender.key, alert.fingerprint), alert, now)
        state = taken.state
        if taken.change in {"fired", "refired"}:
            incident = _join(engine, tx, sender, state)
            state = replace(state, incident=incident.id)
            fired.append(state.fingerprint)
            # A sender is nobody's eyes: it never learns of a private incident.
            refs += [] if incident.private else [incident.ref]
        elif taken.change == "resolved":
            _clear(engine, tx, sender, state)
            resolved.append(state.fingerprint)
        elif taken.change == "refreshed":
            refreshed.append(state.fingerprint)
        if taken.change != "ignored":
            tx.put_alert(sender.key, state)
            _arm(tx, sender.key, state)
    return Accepted(
        fired=tuple(fired), resolved=tuple(resolved), refreshed=tuple(refreshed), incidents=tuple(dict.fromkeys(refs))
    )


def _join(engine: Engine, tx: Tx, sender: Sender, state: AlertState) -> Incident:
    """Join the service's open incident, else open one for triage; the alert itself is recorded either way."""
    service = _service(tx, sender, state)
    open_id = tx.open_incident_for(service) if service else ""
    who = Actor(kind="integration", id=sender.key)
    body = AlertFired(
        fingerprint=state.fingerprint,
        name=state.name,
        summary=state.summary,
        labels=state.labels,
        source=sender.key,
        severity=state.severity,
    )
    if open_id:
        return record(engine, tx, find(tx, open_id, WORKER), [Change(body=body, actor=who)])
    return open_in(engine, tx, _declaration(tx, sender, state, service), who, more=(body,))


def _declaration(tx: Tx, sender: Sender, state: AlertState, service: str) -> Declaration:
    known = catalogue(tx).service(service)
    team = known.team if known else sender.team
    severity = severity_of(state.severity, policy_for_team(tx, team).pack)
    started = min(state.starts_at, tx.now())  # a sender whose clock is ahead must not cost its alert
    name = known.name if known else (service or sender.key)
    return Declaration(
        title=f"{name}: {state.summary or state.name}"[:300],
        severity=severity,
        services=(service,) if known else (),
        symptoms=(state.summary,) if state.summary else (),
        source=sender.key,
        reporter=f"alert {state.name}",
        team=team,
        confirmed=False,
        mode="drill" if known and known.drill else "standard",
        started_at=started,
    )


def _service(tx: Tx, sender: Sender, state: AlertState) -> str:
    known = catalogue(tx)
    for key in (state.service, sender.service):
        if key and known.service(key) is not None:
            return key
    return ""


def _arm(tx: Tx, source: str, state: AlertState) -> None:
    """Set a timer for the end of a firing alert's lease; an ended alert has none."""
    stream = f"{LEASES}/{source}/{state.fingerprint}"
    if state.status == "firing" and state.expires_at is not None:
        tx.set_timer(stream, "lease", state.episode, state.expires_at)
    else:
        tx.clear_timer(stream, "lease")


def lapse(engine: Engine, timer: Timer) -> None:
    """End an alert whose sender fell silent: its lease ran out without a refresh."""
    _, source, fingerprint = timer.stream.split("/", 2)
    with engine.store.transaction() as tx:
        if not tx.finish_timer(timer):
            return
        state = tx.alert(source, fingerprint)
        if state is None:
            return
        taken = expire(state, tx.now())
        if taken.change == "resolved":
            tx.put_alert(source, taken.state)
            _clear(engine, tx, Sender(key=source), taken.state)
    engine.store.wake()


def _clear(engine: Engine, tx: Tx, sender: Sender, state: AlertState) -> None:
    if not state.incident:
        return
    body = AlertCleared(fingerprint=state.fingerprint, name=state.name, source=sender.key)
    who = Actor(kind="integration", id=sender.key)
    incident = tx.load(state.incident)
    while incident is not None:
        record(engine, tx, incident, [Change(body=body, actor=who)])
        # What was merged goes on elsewhere, and so does the news.
        incident = tx.load(incident.merged_into) if incident.merged_into else None
