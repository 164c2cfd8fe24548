"""What was decided about paging one person for an incident: each call with its end, or why none was for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.domain import words
from tocsin.domain.catalogue import Catalogue, EscalationPolicy, EscalationStep
from tocsin.domain.incident import events as e
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.paging import concern_of, ladder_of
from tocsin.domain.incident.step.waking import ESCALATION
from tocsin.domain.incident.timeline.sentences import say
from tocsin.domain.oncall.escalation import people_of, usable_contacts
from tocsin.domain.visibility import Viewer
from tocsin.flows.former import policy_then, remembering
from tocsin.flows.history import catalogue_at
from tocsin.flows.queries.why_page import Asked, fate_of, levels, read
from tocsin.flows.queries.why_reach import by_rules, gathering
from tocsin.flows.queries.why_views import Why, WhyDecision
from tocsin.flows.storage import JobSummary, Tx

MOST_PAGES = 500
# What stops the escalation, moves it or begins it anew, and so decides who is paged.
_TURNS = (
    e.Acknowledged, e.Unacknowledged, e.Escalated, e.Snoozed, e.PagingHeld, e.PagingRestarted, e.PolicyAdded,
    e.Resolved, e.Declined, e.Cancelled, e.Merged,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """An incident, a person, and the pages there were. `rules` are those it opened under, `known` what is in force now."""

    incident: Incident
    person: str
    events: Sequence[Event]
    pages: Sequence[JobSummary]
    rules: Policy
    known: Catalogue

    @property
    def name(self) -> str:
        return words.name(self.person, self.known.names)

    @property
    def mine(self) -> list[JobSummary]:
        """The person's own pages, oldest first."""
        return [job for job in self.pages if job.to == self.person]


def why_person(tx: Tx, viewer: Viewer, subject: str, person: str) -> Why | None:
    """Return why a person was or was not paged for an incident, None when it is absent or hidden from the viewer."""
    incident = tx.see(viewer, subject)
    if incident is None:
        return None
    events = tx.events(incident.id)
    opened = events[0].recorded_at
    rules = policy_then(tx, incident.pack, incident.catalogue, opened)
    known = remembering(tx, catalogue_at(tx, tx.now()), incident.catalogue)
    jobs = tx.jobs(viewer, incident=incident.id, limit=MOST_PAGES).items
    pages = [job for job in reversed(jobs) if job.kind == "page"]
    asked = _Subject(
        incident=incident, person=person or viewer.person, events=events, pages=pages, rules=rules, known=known
    )
    decisions = tuple(_called(tx, viewer, asked)) if asked.mine else tuple(_not_called(tx, asked))
    last = _outcome(asked)
    return Why(
        subject=f"{incident.ref} {asked.person}",
        kind="incident",
        at=opened,
        outcome=last.sentence,
        decisions=(*decisions, last),
        incident=incident.ref,
        pages=tuple(job.key for job in asked.mine),
    )


def _outcome(asked: _Subject) -> WhyDecision:
    if not asked.mine:
        sentence = f"{asked.name} was not paged for {asked.incident.ref}."
        return WhyDecision(reason="not_paged", sentence=sentence, refers_to=(asked.person,), holds_back=True)
    states = [job.state for job in asked.mine]
    counted = f"{len(states)} {'page' if len(states) == 1 else 'pages'}"
    sentence = f"{asked.name} was paged for {asked.incident.ref}: {counted}, {states.count('done')} delivered."
    return WhyDecision(reason="paged", sentence=sentence, refers_to=(asked.person,), holds_back="done" not in states)


def _called(tx: Tx, viewer: Viewer, asked: _Subject) -> Iterator[WhyDecision]:
    """Tell each call of the person: what asked for it and why it meant them, their rules, and what became of each page."""
    calls: set[tuple[str, int]] = set()
    for job in asked.mine:
        page = read(tx, viewer, job)
        if page is None:
            continue
        if (page.road, page.cause.seq) not in calls:
            calls.add((page.road, page.cause.seq))
            yield _asking(page)
            yield from levels(page)
            yield from by_rules(page.call)
        yield from gathering(page.call, job, page.method)
        fate = fate_of(page)
        yield WhyDecision(
            reason=fate.reason,
            sentence=f"By {page.method}: {fate.sentence[0].lower()}{fate.sentence[1:]}",
            refers_to=(job.key,),
            holds_back=fate.holds_back,
        )
    yield from _turns(asked)


def _asking(page: Asked) -> WhyDecision:
    said = say(page.cause.body, page.known.names).text
    return WhyDecision(
        reason="asked", sentence=f"At {words.at(page.cause.recorded_at)}: {said}.", refers_to=(page.incident.ref,)
    )


def _not_called(tx: Tx, asked: _Subject) -> Iterator[WhyDecision]:
    incident = asked.incident
    level = asked.rules.level(incident.severity)
    if incident.mode == "backfill":
        yield WhyDecision(reason="backfill", sentence="It was filled in later: that pages nobody.", holds_back=True)
        return
    if not asked.pages and not level.pages:
        sentence = f"{incident.severity} pages nobody (pack {asked.rules.pack.key})."
        yield WhyDecision(reason="severity", sentence=sentence, refers_to=(incident.severity,), holds_back=True)
        return
    ladder = ladder_of(incident, asked.rules)
    whose = "named by its alerts' routes" if incident.policies else f"team {incident.team}'s"
    yield WhyDecision(reason="policy", sentence=f"It pages by policy {ladder.key} ({whose}).", refers_to=(ladder.key,))
    yield from _of_levels(tx, asked, ladder)
    yield from _turns(asked)


def _of_levels(tx: Tx, asked: _Subject, ladder: EscalationPolicy) -> Iterator[WhyDecision]:
    """Tell of each level whether it meant the person, by what was in force when it was called, or would be now."""
    reached = asked.incident.paging.level
    if not ladder.steps:
        yield WhyDecision(reason="level", sentence=f"Policy {ladder.key} has no levels: the catch-all answers.")
    for number, step in enumerate(ladder.steps):
        was_called = number <= reached
        at = _called_at(tx, asked, number) if was_called else tx.now()
        known = policy_then(tx, asked.incident.pack, catalogue_at(tx, at).version, at).catalogue
        duty = catalogue_at(tx, at)
        targets = tuple(t for one in (step, *step.beside) for t in one.targets)
        about = concern_of(asked.incident)
        means = any(asked.person in people_of(target, duty, at, about) for target in targets)
        sentence = _of_level(asked, step, number, means=means, was_called=was_called)
        if means and not usable_contacts(known, asked.person):
            sentence += f" {asked.name} had no verified contact method, so that nothing could reach them."
        yield WhyDecision(
            reason="level" if not means else "meant", sentence=sentence, refers_to=targets, holds_back=means
        )


def _of_level(asked: _Subject, step: EscalationStep, number: int, *, means: bool, was_called: bool) -> str:
    targets = ", ".join(t for one in (step, *step.beside) for t in one.targets)
    head = f"Level {number + 1} calls {targets}"
    if step.max_rank is not None and asked.incident.rank > step.max_rank:
        return f"{head} for severe incidents only: {asked.incident.severity} is not one."
    if not was_called:
        return f"{head}, which {'means' if means else 'does not mean'} {asked.name} now; it was not reached."
    if not means:
        return f"{head}, which did not mean {asked.name}."
    turn = " Its people take turns." if step.round_robin else ""
    return f"{head}, which meant {asked.name}.{turn}"


def _called_at(tx: Tx, asked: _Subject, number: int) -> datetime:
    """Return when a level was called, as far as its pages tell; else when the incident opened."""
    seqs = []
    for job in asked.pages:
        _, road, call, *_ = (*job.key.split("/"), "", "")
        if road == ESCALATION and call.isdecimal():
            seqs.append(int(call))
    calls = sorted(set(seqs))
    by_seq = {event.seq: event.recorded_at for event in asked.events}
    seq = calls[min(number, len(calls) - 1)] if calls else 1
    return by_seq.get(seq, tx.now())


def _turns(asked: _Subject) -> Iterator[WhyDecision]:
    """Tell what stopped the escalation, moved it or began it anew."""
    for event in asked.events:
        if isinstance(event.body, _TURNS) and not event.supersedes:
            said = say(event.body, asked.known.names).text
            stops = isinstance(event.body, e.Acknowledged | e.Snoozed | e.PagingHeld | e.Resolved)
            yield WhyDecision(reason="turn", sentence=f"At {words.at(event.recorded_at)}: {said}.", holds_back=stops)
