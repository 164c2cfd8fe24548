"""What was decided about an alert: its source, its routes and groups, what holds it back, and which incident it joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.domain import words
from tocsin.domain.alerts.dependencies import needed_by
from tocsin.domain.alerts.explain import Explanation, Situation, explain
from tocsin.domain.alerts.inhibition import ActiveAlerts
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.incident.events import AlertFired, Event
from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import Viewer
from tocsin.flows.active import active_alerts, named
from tocsin.flows.alert_storage import KeptAlert
from tocsin.flows.history import catalogue_at
from tocsin.flows.ingest import Places, sender_named
from tocsin.flows.policies import catalogue
from tocsin.flows.queries.why_now import why_now
from tocsin.flows.queries.why_views import Why, WhyDecision
from tocsin.flows.routing import is_source, limit_of, rules_of, sources_of
from tocsin.flows.storage import Tx


class AmbiguousSubjectError(Exception):
    """Several sources sent an alert of this fingerprint; `candidates` are those that whoever asked may see."""

    def __init__(self, subject: str, candidates: Sequence[str]) -> None:
        super().__init__(f"{len(candidates)} sources sent an alert with the fingerprint {subject!r}")
        self.candidates = tuple(candidates)
        self.mend = f"Name one: {', '.join(candidates)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """An alert somebody asks about, its incident if it has one, and what it told there."""

    kept: KeptAlert
    incident: Incident | None
    events: tuple[Event, ...]

    @property
    def firings(self) -> tuple[Event, ...]:
        """Every firing of it that the incident's timeline tells by itself."""
        own = (self.kept.source, self.kept.state.fingerprint)
        return tuple(
            event
            for event in self.events
            if isinstance(event.body, AlertFired) and (event.body.source, event.body.fingerprint) == own
        )


def why_alert(tx: Tx, viewer: Viewer, subject: str) -> Why | None:
    """Return what was decided about an alert, None when there is none or its incident is hidden from the viewer.

    Raises:
        AmbiguousSubjectError: several sources sent one of this fingerprint.
    """
    known = catalogue(tx)
    found = _visible(tx, viewer, _found(tx, known, subject))
    if len(found) > 1:
        raise AmbiguousSubjectError(subject, [named(kept) for kept, _ in found])
    if not found:
        return None
    kept, incident = found[0]
    asked = _Asked(kept=kept, incident=incident, events=tuple(tx.events(incident.id)) if incident else ())
    at = _when(tx, asked)
    then, told = _in_force(tx, known, at)
    explained = _explained(tx, viewer, then, asked, at)
    last = (_ending(then, asked, explained), *why_now(tx, viewer, kept.state, incident))
    return Why(
        subject=named(kept),
        kind="alert",
        at=at,
        outcome=last[-1].sentence,
        decisions=(
            _source(then, kept),
            *told,
            *(WhyDecision(reason=d.reason, sentence=d.sentence, refers_to=d.refers_to) for d in explained.decisions),
            *last,
        ),
        incident=incident.ref if incident else "",
        labels=explained.labels,
        routes=explained.routes,
        pages=_pages(tx, viewer, incident) if incident else (),
    )


def _in_force(tx: Tx, known: Catalogue, at: datetime) -> tuple[Catalogue, tuple[WhyDecision, ...]]:
    """Return the configuration that decided, and a word where that is not simply today's."""
    versions = tx.catalogue_versions(at, at) if at < tx.now() else ()
    if at >= tx.now() or (versions and versions[0][0] == known.version):
        return known, ()
    then = catalogue_at(tx, at)
    if not versions or then.version != versions[0][0]:
        sentence = "The configuration of that time is not kept: this goes by today's, and may have been otherwise."
        return known, (WhyDecision(reason="todays_rules", sentence=sentence),)
    sentence = f"It was decided by configuration {then.version}, in force then; {known.version} is now."
    return then, (WhyDecision(reason="former_rules", sentence=sentence),)


def _found(tx: Tx, known: Catalogue, subject: str) -> list[KeptAlert]:
    """Return the alert that `SOURCE/FINGERPRINT` names, else those of every source whose fingerprint is all of it."""
    source, _, name = subject.partition("/")
    told = tx.alerts(source, [name]).get(name) if name else None
    if told is not None:
        return [told]
    return [found for key in sources_of(known) if (found := tx.alerts(key, [subject]).get(subject)) is not None]


def _visible(tx: Tx, viewer: Viewer, found: Sequence[KeptAlert]) -> list[tuple[KeptAlert, Incident | None]]:
    """Return those alerts, with the incident of each, that belong to none which is hidden from the viewer."""
    seen = [(kept, tx.see(viewer, kept.state.incident) if kept.state.incident else None) for kept in found]
    return [(kept, incident) for kept, incident in seen if incident is not None or not kept.state.incident]


def _when(tx: Tx, asked: _Asked) -> datetime:
    """Return when it was decided: with its last firing where that is told, else with its incident; of one held back, now."""
    if asked.firings:
        return asked.firings[-1].recorded_at
    return max(asked.incident.recorded_at, asked.kept.state.starts_at) if asked.incident else tx.now()


def _explained(tx: Tx, viewer: Viewer, known: Catalogue, asked: _Asked, at: datetime) -> Explanation:
    """Return what the routes made of it. One that told was inhibited by nothing then, whatever fires now."""
    sender = sender_named(known, asked.kept.source)
    places = Places(known=known, sender=sender)
    active = ActiveAlerts(()) if asked.incident else active_alerts(tx, known, viewer)
    limit = limit_of(known, sender.key)
    situation = Situation(silences=tx.silences(ending_after=at), active=active, limit=limit)
    rules = replace(rules_of(known), default_team=sender.team)
    return explain(places.labels_of(asked.kept.state), rules, situation, at)


def _source(known: Catalogue, kept: KeptAlert) -> WhyDecision:
    sender = sender_named(known, kept.source)
    service = Places(known=known, sender=sender).service_of(kept.state.service)
    if not service:
        names = f"names service {kept.state.service}, which is not known" if kept.state.service else "names no service"
        about = f"it {names}, and its sender has none"
    elif service == kept.state.service:
        about = f"it names service {service}"
    else:
        about = f"its sender is that of service {service}"
    gone = "" if is_source(known, kept.source) else " (no longer configured)"
    return WhyDecision(
        reason="source", sentence=f"{kept.source}{gone} sent it; {about}.", refers_to=(kept.source, service)
    )


def _ending(known: Catalogue, asked: _Asked, explained: Explanation) -> WhyDecision:
    state, incident = asked.kept.state, asked.incident
    if incident is None:
        return _told_nobody(asked, explained)
    first = next((event for event in asked.events if isinstance(event.body, AlertFired)), None)
    if first is not None and first in asked.firings:
        return WhyDecision(
            reason="opened",
            sentence=f"It opened {incident.ref}: no incident that it could join was open.",
            refers_to=(incident.ref,),
        )
    service = Places(known=known, sender=sender_named(known, asked.kept.source)).service_of(state.service)
    needs = {one.key: one.depends_on for one in known.services}
    cause = next((one for one in needed_by(service, needs) if one in incident.services), "")
    if service and service not in incident.services and cause:
        return WhyDecision(
            reason="follows",
            sentence=f"It joined {incident.ref}: {service} needs {cause}, whose incident had just opened.",
            refers_to=(incident.ref, cause),
        )
    why = f"the open incident of {service}" if service in incident.services else f"that of its group {asked.kept.group}"
    return WhyDecision(
        reason="joined", sentence=f"It joined {incident.ref}, {why}.", refers_to=(incident.ref, asked.kept.group)
    )


def _told_nobody(asked: _Asked, explained: Explanation) -> WhyDecision:
    state = asked.kept.state
    if state.status != "firing":
        over = f"ended at {words.at(state.ends_at)}" if state.ends_at else "is over"
        return WhyDecision(reason="ended", sentence=f"It {over} and told nobody.")
    if explained.pages:
        sentence = "Nothing holds it back any longer: it is looked at within a minute."
        return WhyDecision(reason="released", sentence=sentence)
    held = tuple(dict.fromkeys(d.reason for route in explained.routes for d in route.decisions if d.holds_back))
    sentence = f"It is held back ({', '.join(held)}), opened no incident and woke nobody."
    return WhyDecision(reason="held_back", sentence=sentence, refers_to=held, holds_back=True)


def _pages(tx: Tx, viewer: Viewer, incident: Incident) -> tuple[str, ...]:
    jobs = tx.jobs(viewer, incident=incident.id, limit=500).items
    return tuple(job.key for job in reversed(jobs) if job.kind == "page")
