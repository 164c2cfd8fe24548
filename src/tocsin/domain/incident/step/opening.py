"""How an incident begins: declared by a person, or opened for triage by an alert (R-DET)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tocsin.domain.effects import Diagnose
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Accepted, AlertCleared, AlertFired, Cancelled, Declared, Declined, Event
from tocsin.domain.incident.phases import Phase, Status, next_phase
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident, LinkedAlert
from tocsin.domain.incident.step.paging import page_level, write_back
from tocsin.domain.incident.step.result import Step, arm, disarm, stamp
from tocsin.domain.incident.step.telling import open_conversation


def declare(event: Event, body: Declared, policy: Policy) -> Step:
    """Open an incident: page when its severity pages, tell whom the pack names, start the clocks, look at the services.

    A backfilled incident is history already: nobody is paged or told.
    """
    level = policy.level(body.severity)
    reporter = event.actor.person
    incident = Incident(
        id=event.incident,
        ref=body.ref,
        seq=event.seq,
        phase=Phase.ACTIVE if body.confirmed else Phase.TRIAGE,
        status=Status.INVESTIGATING,
        mode=body.mode,
        severity=level.key,
        rank=level.rank,
        title=body.title,
        summary=body.summary,
        pack=policy.pack_digest,
        catalogue=policy.catalogue.version,
        declared_at=event.occurred_at,
        recorded_at=event.recorded_at,
        source=body.source,
        reporter=body.reporter or reporter,
        team=body.team,
        private=body.private,
        members=frozenset({reporter}) if body.private and reporter else frozenset(),
        services=body.services,
        endpoints=body.endpoints,
        functions=body.functions,
        symptoms=body.symptoms,
        initial_error=body.initial_error,
        matched=body.matched,
        links=body.links,
        impact=body.impact,
    )
    incident = stamp(incident, "declared", event)
    if body.mode == "backfill":
        return Step(incident=incident)
    result = page_level(incident, event, policy, 0) if level.pages else Step(incident=incident)
    result = result.then(_start_clocks(result.incident, event, policy))
    if body.services:
        result = result.also(Diagnose(key=f"{incident.id}/diagnose/{event.seq}"))
    return result if incident.phase is Phase.TRIAGE else result.then(open_conversation(result.incident, event, policy))


def _start_clocks(incident: Incident, event: Event, policy: Policy) -> Step:
    level = policy.level(incident.severity)
    result = Step(incident=incident)
    waits: list[tuple[str, timedelta | None]] = [
        ("ack_by", level.responses[0].within if level.responses and level.pages else None),
        ("commander_by", level.commander_within),
        ("resolve_by", level.resolve_within),
        *((f"phase/{clock.key}", None if clock.open_ended else clock.ends) for clock in policy.pack.phase_clocks),
    ]
    for name, wait in waits:
        if wait is not None and wait > timedelta(0):
            result = result.then(arm(result.incident, name, event.recorded_at + wait, event))
    return result


def replan_clocks(incident: Incident, event: Event, policy: Policy) -> Step:
    """Start the response clocks again after a change of severity (R-SEV-3), keeping those already met."""
    cleared = disarm(incident, "ack_by", "commander_by", "resolve_by")
    started = cleared.then(_start_clocks(cleared.incident, event, policy))
    met = [
        *(["ack_by"] if incident.paging.acknowledged_by else []),
        *(["commander_by"] if incident.holder("commander") else []),
    ]
    return started.then(disarm(started.incident, *met))


def accept(incident: Incident, event: Event, policy: Policy) -> Step:
    """Triage found a real incident: the conversation opens. Already active changes nothing."""
    if incident.phase is Phase.ACTIVE:
        return Step(incident=incident)
    active = replace(incident, phase=next_phase(incident.phase, "accept"))
    return open_conversation(active, event, policy)


def work_begins(incident: Incident, event: Event, policy: Policy) -> Step:
    """Accept an incident in triage because a person acts on it as a real one."""
    if incident.phase is Phase.TRIAGE and event.actor.kind in {"person", "agent"}:
        return accept(incident, event, policy)
    return Step(incident=incident)


def decline(incident: Incident, event: Event, body: Declined) -> Step:
    """Triage found none, with a reason and where it goes (R-DET-10)."""
    if not body.reason.strip():
        raise RefusedError("cannot decline without a reason", mend="Say why, and where it goes instead.")
    return _put_away(replace(incident, phase=next_phase(incident.phase, "decline")), event)


def cancel(incident: Incident, event: Event, body: Cancelled) -> Step:
    """Declared in error."""
    if not body.reason.strip():
        raise RefusedError("cannot cancel without a reason", mend="Say why it was no incident.")
    return _put_away(replace(incident, phase=next_phase(incident.phase, "cancel")), event)


def _put_away(incident: Incident, event: Event) -> Step:
    away = replace(incident, closed_at=event.occurred_at, update_due_at=None)
    return disarm(away, *away.timers).also(*write_back(away, event, "resolve"))


def alert_fired(incident: Incident, event: Event, body: AlertFired) -> Step:
    """Keep the alert; the first one is the moment of detection."""
    known = tuple(a for a in incident.alerts if a.fingerprint != body.fingerprint)
    alert = LinkedAlert(fingerprint=body.fingerprint, name=body.name, source=body.source, firing=True)
    return Step(incident=stamp(replace(incident, alerts=(*known, alert)), "detected", event))


def alert_cleared(incident: Incident, body: AlertCleared) -> Step:
    """The source says it is over; people decide whether the incident is."""
    alerts = tuple(replace(a, firing=False) if a.fingerprint == body.fingerprint else a for a in incident.alerts)
    return Step(incident=replace(incident, alerts=alerts))


def accepted(incident: Incident, event: Event, _body: Accepted, policy: Policy) -> Step:
    """A person said so explicitly.

    Raises:
        RefusedError: it is neither in triage nor active.
    """
    return accept(incident, event, policy)
