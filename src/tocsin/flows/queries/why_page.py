"""What was decided about a page: the event that asked for it, the policy's level, who was meant, the method, and its fate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tocsin.domain import words
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.incident.events import Acknowledged, Delivered, DeliveryFailed, Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step import fold
from tocsin.domain.incident.step.paging import ladder_of
from tocsin.domain.incident.step.requesting import reason_for
from tocsin.domain.incident.step.waking import ESCALATION, REQUEST
from tocsin.domain.incident.timeline.sentences import say
from tocsin.domain.oncall.escalation import usable_contacts
from tocsin.domain.oncall.named import named_by
from tocsin.domain.visibility import Viewer
from tocsin.flows.circuits import NOT_ASKED
from tocsin.flows.former import policy_then, remembering
from tocsin.flows.history import catalogue_at
from tocsin.flows.queries.incidents import refs
from tocsin.flows.queries.why_reach import Call, by_rules, gathering, together
from tocsin.flows.queries.why_views import Why, WhyDecision
from tocsin.flows.storage import JobSummary, Tx

PARTS: Final = 5  # of a page's key: incident, road, the seq of the event that asked for it, person, method


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A page somebody asks about: its row, its incident then, the event it answers, whom it wakes and how.

    `rules` are those the incident opened under, `in_force` those at the time of the event.
    """

    job: JobSummary
    incident: Incident
    events: Sequence[Event]
    cause: Event
    road: str
    person: str
    method: str
    known: Catalogue
    rules: Policy
    in_force: Policy

    @property
    def call(self) -> Call:
        """Whom it calls, by their rules and what was confirmed by then."""
        return Call(person=self.person, at=self.cause.recorded_at, incident=self.incident, rules=self.in_force)


def why_page(tx: Tx, viewer: Viewer, subject: str) -> Why | None:
    """Return what was decided about a page, None when there is none or its incident is hidden from the viewer."""
    job = tx.job_named(viewer, subject)
    if job is None or job.kind != "page":
        return None
    asked = read(tx, viewer, job)
    if asked is None:
        return _bare(job)
    names = {**asked.known.names, **refs(tx, viewer, asked.events)}
    at = asked.cause.recorded_at
    fate = fate_of(asked)
    return Why(
        subject=job.key,
        kind="page",
        at=at,
        outcome=fate.sentence,
        decisions=(
            WhyDecision(
                reason="asked",
                sentence=f"{asked.incident.ref} asked for it at {words.at(at)}: {say(asked.cause.body, names).text}.",
                refers_to=(asked.incident.ref,),
            ),
            *levels(asked),
            *by_rules(asked.call),
            _method(asked),
            *gathering(asked.call, job, asked.method),
            *together(tx, viewer, job, asked.events),
            fate,
        ),
        incident=asked.incident.ref,
    )


def _bare(job: JobSummary) -> Why:
    """Return what is known of a page of no incident: somebody asked for a test."""
    sentence = f"Somebody asked for a test page to {job.to}."
    fate = _state(job)
    return Why(
        subject=job.key,
        kind="page",
        at=job.due,
        outcome=fate.sentence,
        decisions=(WhyDecision(reason="test", sentence=sentence, refers_to=(job.to,)), fate),
    )


def read(tx: Tx, viewer: Viewer, job: JobSummary) -> Asked | None:
    """Return what a page's row leads to; None for a page of no incident, or of one hidden from the viewer."""
    parts = job.key.split("/", PARTS - 1)
    now = tx.see(viewer, job.incident) if job.incident else None
    if now is None or len(parts) < PARTS or not parts[2].isdigit():
        return None
    _, road, call, person, method = parts
    events = tx.events(now.id)
    cause = next((event for event in events if event.seq == int(call)), None)
    if cause is None:
        return None
    rules = policy_then(tx, now.pack, now.catalogue, cause.recorded_at)
    then = fold([event for event in events if event.seq <= cause.seq], rules)
    # Schedules answer for a time by the configuration in force then (ADR 24); names of who left stay.
    known = remembering(tx, catalogue_at(tx, cause.recorded_at), now.catalogue)
    in_force = policy_then(tx, now.pack, known.version, cause.recorded_at)
    return Asked(
        job=job,
        incident=then,
        events=events,
        cause=cause,
        road=road,
        person=person,
        method=method,
        known=known,
        rules=rules,
        in_force=in_force,
    )


def levels(asked: Asked) -> list[WhyDecision]:
    """Return which policy and level meant the person, and who was on call."""
    incident, at = asked.incident, asked.cause.recorded_at
    name = words.name(asked.person, asked.known.names)
    if asked.road == REQUEST:
        reason = reason_for(incident, asked.person, asked.rules)
        sentence = f"{reason}; that stands beside the escalation." if reason else "They were asked to join."
        return [WhyDecision(reason="requested", sentence=sentence, refers_to=(asked.person,))]
    if asked.road != ESCALATION:
        return [WhyDecision(reason="besides", sentence=f"{name} is called whoever has acknowledged.")]
    ladder = ladder_of(incident, asked.rules)
    whose = "named by its alerts' routes" if incident.policies else f"team {incident.team}'s"
    level = max(incident.paging.level, 0)
    found = [
        WhyDecision(
            reason="policy",
            sentence=f"{incident.severity} pages, by policy {ladder.key} ({whose}).",
            refers_to=(ladder.key,),
        )
    ]
    if not ladder.steps or level >= len(ladder.steps) * (1 + ladder.repeats):
        sentence = f"No level was left that could be reached: {name} is the catch-all responder."
        return [*found, WhyDecision(reason="catch_all", sentence=sentence, refers_to=(asked.person,))]
    step = ladder.steps[level % len(ladder.steps)]
    number, targets = level % len(ladder.steps) + 1, tuple(t for one in (step, *step.beside) for t in one.targets)
    again = f" in round {level // len(ladder.steps) + 1}" if level >= len(ladder.steps) else ""
    sentence = f"Level {number} of {len(ladder.steps)}{again} calls {', '.join(targets)}."
    found.append(WhyDecision(reason="level", sentence=sentence, refers_to=targets))
    meant = named_by(targets, asked.person, asked.known, at)
    return [*found, *(WhyDecision(reason="target", sentence=one, refers_to=(asked.person,)) for one in meant)]


def _method(asked: Asked) -> WhyDecision:
    methods = [contact.key for contact in usable_contacts(asked.known, asked.person)]
    name = words.name(asked.person, asked.known.names)
    listed = ", ".join(methods) or "none now"
    failed = [
        event.body.via
        for event in asked.events
        if isinstance(event.body, DeliveryFailed)
        and event.body.key.startswith(asked.job.key.removesuffix(asked.method))
        and event.body.via != asked.method
    ]
    after = f", after {', '.join(failed)} failed" if failed else ""
    sentence = f"{name} can be reached by {listed}; this one is by {asked.method}{after}."
    return WhyDecision(reason="method", sentence=sentence, refers_to=(asked.person, asked.method))


def fate_of(asked: Asked) -> WhyDecision:
    """Return what became of the page."""
    job = asked.job
    for event in reversed(asked.events):
        match event.body:
            case Delivered(key=key, receipt=receipt) if key == job.key:
                said = f" (receipt {receipt})" if receipt else ""
                return WhyDecision(
                    reason="delivered", sentence=f"It was delivered at {words.at(event.recorded_at)}{said}."
                )
            case DeliveryFailed(key=key, reason=reason) if key == job.key:
                named = "circuit" if reason.endswith(NOT_ASKED) else "failed"
                return WhyDecision(
                    reason=named, sentence=f"It failed at {words.at(event.recorded_at)}: {reason}.", holds_back=True
                )
            case _:
                continue
    if job.state != "cancelled":
        return _state(job)
    taken = next((event for event in asked.events if isinstance(event.body, Acknowledged)), None)
    who = words.name(taken.body.person, asked.known.names) if taken and isinstance(taken.body, Acknowledged) else ""
    why = f"{who} had acknowledged" if who else "nobody was to be woken any longer"
    return WhyDecision(reason="cancelled", sentence=f"It was taken back before it left: {why}.", holds_back=True)


def _state(job: JobSummary) -> WhyDecision:
    said = {
        "waiting": f"It waits to be sent, since {words.at(job.due)}."
        + (f" Last time: {job.result}." if job.result else ""),
        "held": "It is being sent now.",
        "done": "It was delivered.",
        "dead": f"It failed: {job.result or 'no reason is known'}.",
        "cancelled": "It was taken back before it left.",
    }
    reason = {"done": "delivered", "dead": "failed"}.get(job.state, job.state)
    return WhyDecision(reason=reason, sentence=said[job.state], holds_back=job.state in {"dead", "cancelled"})
