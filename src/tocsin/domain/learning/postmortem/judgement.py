"""What went well and what went poorly: only what follows from the record, each with its figure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from tocsin.domain import words
from tocsin.domain.incident import events as e
from tocsin.domain.incident.timeline.sentences import OUTCOMES
from tocsin.domain.learning.durations import Duration, between
from tocsin.domain.learning.postmortem.markdown import bullets, inline
from tocsin.domain.learning.postmortem.record import Part, Record

ANSWERS: Final = frozenset({"acknowledge", "respond", "triage"})
MINUTE: Final = timedelta(minutes=1)


def went_well(record: Record) -> Part:
    """Return what met its target or worked."""
    return Part(markdown=bullets(inline(s) for s in _good(record)), asks=("What else helped, and was it luck?",))


def went_poorly(record: Record) -> Part:
    """Return what missed its target or did not work."""
    return Part(markdown=bullets(inline(s) for s in _bad(record)), asks=("What else slowed you down?",))


def _good(record: Record) -> Iterator[str]:
    if record.because("detected") == "an alert fired":
        yield "Detected by an alert, before anybody reported it"
    for label, span, target in _targets(record):
        if span.value is not None and span.value <= target:
            yield f"{label} within {words.span(target)}: {span}"
    late = _late_updates(record)
    if record.incident.updates and not late and record.level.cadence.every and record.incident.mode != "backfill":
        yield f"All {record.incident.updates} updates went out in time"
    for judged in record.bodies(e.MitigationJudged):
        if judged.outcome == "worked":
            yield f"Worked: {judged.text}"
    if record.incident.root_cause_confirmed and any(c.state == "confirmed" for c in record.incident.causes):
        yield "The diagnosis confirmed the cause"
    if record.incident.verification.passed:
        yield "The fix was verified: the gates passed and the watch window held"


def _bad(record: Record) -> Iterator[str]:
    if record.because("detected") == "reported":
        fired = record.bodies(e.AlertFired)
        yield "It was reported before an alert fired" if fired else "No alert detected it: it was reported"
    for label, span, target in _targets(record):
        if span.value is not None and span.value > target:
            yield f"{label} later than {words.span(target)}: {span}"
    late = _late_updates(record)
    if late:
        yield f"{late} {'update was' if late == 1 else 'updates were'} late"
    for judged in record.bodies(e.MitigationJudged):
        if judged.outcome in {"no_effect", "worse"}:
            spent = f", {round(judged.spent_s / words.MINUTE)} min spent" if judged.spent_s else ""
            yield f"Tried without success: {judged.text} ({OUTCOMES[judged.outcome]}{spent})"
    yield from _went_wrong(record)


def _went_wrong(record: Record) -> Iterator[str]:
    undelivered = [b for b in record.bodies(e.DeliveryFailed) if b.kind == "page"]
    if undelivered:
        yield f"{len(undelivered)} of the pages could not be delivered"
    unanswered = [b for b in record.bodies(e.TimerElapsed) if b.name == "escalate"]
    if unanswered:
        yield f"Nobody answered {len(unanswered)} level{'s' if len(unanswered) > 1 else ''} of the escalation in time"
    for ended in record.bodies(e.PlanEnded):
        if ended.result in {"failed", "unknown"}:
            yield f"A mitigation {'failed' if ended.result == 'failed' else 'was lost mid-run'}"
    for reopened in record.bodies(e.Reopened):
        yield f"It had to be reopened: {reopened.reason}"
    if any(w.result == "regressed" for w in record.bodies(e.WatchEnded)):
        yield "The fix did not hold: a gate failed again during the watch"
    if record.incident.blind_spots:
        yield f"The diagnosis could not see: {', '.join(record.incident.blind_spots)}"


def _targets(record: Record) -> Iterator[tuple[str, Duration, timedelta]]:
    level = record.level
    target = next((r.within for r in level.responses if r.verb in ANSWERS and r.within), None)
    if target is not None:
        known = record.spans.acknowledge
        answer = known if known.value is not None else between(record.stamps, "declared", "acknowledged")
        yield "Acknowledged", answer, target
    if level.commander_within is not None:
        yield "Commander named", _to_commander(record), level.commander_within
    if level.resolve_within is not None:
        yield "Resolved", record.spans.resolve, level.resolve_within


def _to_commander(record: Record) -> Duration:
    taken = [ev for ev in record.events if isinstance(ev.body, e.RoleTaken) and ev.body.role == "commander"]
    return Duration(
        name="command",
        begins="declared",
        ends="command taken",
        begin_at=record.at("declared"),
        end_at=taken[0].occurred_at if taken else None,
    )


def _late_updates(record: Record) -> int:
    """Count the updates that were not posted when they fell due: the timer elapses only then."""
    return sum(b.name == "update_due" for b in record.bodies(e.TimerElapsed))
