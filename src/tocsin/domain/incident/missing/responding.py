"""What is missing while an incident is open: an answer, people, words, facts, a fix, proof that it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from tocsin.domain import words
from tocsin.domain.incident.missing.gap import Missing, gap, since
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.state import Incident, PlanState
from tocsin.domain.policy.pack import Pack, Severity

TOP_RANKS: Final = 2
# An update is not missing yet when the last one is fresh: it is named when its time comes near.
NAMED_BEFORE: Final = timedelta(minutes=5)


def responding(incident: Incident, pack: Pack, now: datetime, names: Mapping[str, str]) -> Iterator[Missing]:
    """Yield the gaps of an open incident."""
    level = pack.severity(incident.severity)
    yield from _answer(incident, level, now)
    if incident.phase is Phase.TRIAGE:
        return
    yield from _people(incident, pack, level, now)
    yield from _words(incident, level, now)
    yield from _facts(incident)
    yield from _plans(incident, now)
    yield from _proof(incident, pack, now)
    yield from _tasks(incident, names)


def _answer(incident: Incident, level: Severity, now: datetime) -> Iterator[Missing]:
    target = level.responses[0].within if level.responses else None
    past = _clock(incident, "ack_by", target, now)
    if incident.phase is Phase.TRIAGE:
        yield gap(incident, "triage", "Decide: is this an incident?", "accept", urgency=1, past=past)
    if not level.pages or incident.paging.acknowledged_by:
        return
    if incident.paging.exhausted:
        text = "Paging has reached its last step and nobody has acknowledged"
        yield gap(incident, "acknowledge", text, "ack", urgency=1, past=past)
    else:
        yield gap(incident, "acknowledge", "Nobody has acknowledged", "ack", urgency=1, past=past)


def _clock(incident: Incident, timer: str, within: timedelta | None, now: datetime) -> timedelta | None:
    """Return how late a clock that began at the declaration is, None when it has no target or was begun anew."""
    if not within or ("acknowledged" in incident.milestones and timer == "ack_by"):
        return None
    # A timer's generation is the number of the event that set it, and the declaration is the first.
    begun_anew = incident.timers.get(timer, 1) != 1
    return None if begun_anew else now - (incident.recorded_at + within)


def _people(incident: Incident, pack: Pack, level: Severity, now: datetime) -> Iterator[Missing]:
    roles = {r.key: r.name for r in pack.roles}
    top = level.rank <= TOP_RANKS
    if "commander" in roles and not incident.holder("commander") and (top or level.commander_within):
        past = _clock(incident, "commander_by", level.commander_within, now)
        overdue = past is not None and past > timedelta(0)
        text = f"No {roles['commander'].lower()}"
        yield gap(incident, "commander", text, "role/commander", urgency=1 if overdue else 2, past=past)
    if "communications" in roles and not incident.holder("communications") and top:
        text = f"No {roles['communications'].lower()}"
        yield gap(incident, "communications", text, "role/communications", urgency=3)


def _words(incident: Incident, level: Severity, now: datetime) -> Iterator[Missing]:
    past = since(incident.update_due_at, now)
    if past is None:
        return
    every = level.cadence.every or NAMED_BEFORE
    if past >= -min(NAMED_BEFORE, every / 2):
        yield gap(
            incident, "update", "Update for stakeholders", "update", urgency=1 if past > timedelta(0) else 2, past=past
        )


def _facts(incident: Incident) -> Iterator[Missing]:
    impact = incident.impact
    nobody = impact.scope == "none" or impact.internal_only or impact.false_positive
    if impact.users_affected is None and impact.users_percent is None and not nobody:
        yield gap(incident, "impact", "How many users are affected?", "impact", urgency=2)
    if "impact_started" not in incident.milestones:
        yield gap(incident, "impact_started", "Since when are users affected?", "started", urgency=3)
    if not incident.matched:
        yield gap(incident, "severity", f"Nobody has confirmed severity {incident.severity}", "severity", urgency=2)
    proven = next((c for c in incident.causes if c.state == "confirmed"), None)
    if proven is not None and not incident.root_cause:
        text = f"Name the cause; the diagnosis confirms: {words.brief(proven.title)}"
        yield gap(incident, "cause", text, "cause", urgency=2)


def _plans(incident: Incident, now: datetime) -> Iterator[Missing]:
    for plan in incident.plans:
        key, digest = f"plan/{plan.plan}", plan.hash[:12]
        live = now < plan.expires_at
        if plan.state == "proposed" and live:
            text = f"A plan waits for approval{_votes(plan)}: {plan.title}"
            yield gap(incident, key, text, f"approve/{digest}", urgency=1)
        if plan.state == "approved" and live:
            yield gap(
                incident, key, f"An approved plan has not been run: {plan.title}", f"mitigate/{digest}", urgency=1
            )
    last = incident.plans[-1] if incident.plans else None
    if last is None or last.outcome != "unknown":
        return
    troubles = {
        "failed": "The plan failed",
        "unknown": "The plan was lost mid-run: check what it did",
        "stale": "The plan was not run because the world had changed: draw up a new one",
    }
    if last.state in troubles:
        yield gap(incident, f"plan/{last.plan}", f"{troubles[last.state]}: {last.title}", "plan", urgency=1)


def _votes(plan: PlanState) -> str:
    return f" ({len(plan.approvals)} of {plan.approvals_needed})" if plan.approvals_needed > 1 else ""


def _proof(incident: Incident, pack: Pack, now: datetime) -> Iterator[Missing]:
    seen = incident.verification
    failing = [g for g in seen.gates if g.verdict == "fail"]
    unclear = [g for g in seen.gates if g.verdict == "inconclusive"]
    for gate in failing:
        text = f"Gate {gate.gate} fails: {gate.observed}, expected {gate.expected}"
        yield gap(incident, f"gate/{gate.gate}", text, "gates", urgency=2)
    for gate in () if failing else unclear:
        text = f"Gate {gate.gate} cannot tell: {gate.observed}, expected {gate.expected}"
        yield gap(incident, f"gate/{gate.gate}", text, "gates", urgency=3)
    if seen.watch_ends_at is None or failing:
        return
    over = seen.passed or now >= seen.watch_ends_at
    if over and unclear and not seen.passed:
        text = "The watch window is over, but not every gate can be judged: tick it, or say why it may be resolved"
        yield gap(incident, "watch", text, "watch", urgency=2)
    elif over:
        yield gap(incident, "resolve", "The watch window has passed: give the all-clear", "resolve", urgency=1)
    elif pack.verification.order == "watch_then_announce":
        text = f"Watch window until {words.clock(seen.watch_ends_at)}"
        yield gap(incident, "watch", text, "watch", urgency=3, past=now - seen.watch_ends_at)
    else:
        yield gap(incident, "resolve", "All gates pass: resolve it", "resolve", urgency=2)


def _tasks(incident: Incident, names: Mapping[str, str]) -> Iterator[Missing]:
    for task in incident.tasks:
        if not task.done:
            whose = f" ({words.name(task.owner, names)})" if task.owner else " (nobody has it)"
            text = f"Open task: {task.title}{whose}"
            yield gap(incident, f"task/{task.key}", text, f"task/{task.key}", urgency=3)
