"""Runbooks in an incident: what speaks for one, how far one that was started has come, and which step is next (R-RUN)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tocsin.domain.incident.events import AlertFired, Event
from tocsin.domain.incident.state import Incident, RunbookRun, StepMark
from tocsin.domain.incident.timeline import effective
from tocsin.domain.mitigation.runbook import Alarm, Runbook, Step, Suspect, Trouble

ENDED = frozenset({"done", "failed", "skipped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The runbooks in force, and those that an incident follows, by the digest of their snapshot."""

    in_force: tuple[Runbook, ...] = ()
    followed: Mapping[str, Runbook] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """One step of a started runbook. `number` counts from 1; `seen` is what the record shows about it by itself."""

    number: int
    step: Step
    mark: StepMark
    seen: tuple[str, ...] = ()


def suspects(incident: Incident) -> tuple[Suspect, ...]:
    """Return the causes as last diagnosed, the likeliest first."""
    return tuple(Suspect(key=c.key, title=c.title, state=c.state, score=c.score) for c in incident.causes)


def trouble(incident: Incident, events: Iterable[Event]) -> Trouble:
    """Return what speaks for one runbook or another: causes, alerts with their labels, and what people wrote."""
    fired = [e.body for e in effective(events) if isinstance(e.body, AlertFired)]
    return Trouble(
        suspects=suspects(incident),
        alarms=tuple(Alarm(name=a.name, labels=a.labels) for a in fired),
        words=(
            incident.title,
            incident.summary,
            incident.initial_error,
            *incident.symptoms,
            *(a.summary for a in fired),
        ),
    )


def wants_runbook(incident: Incident) -> bool:
    """Return whether somebody works on it, something supports a cause, and no runbook is followed."""
    supported = any(c.state in {"confirmed", "likely"} for c in incident.causes)
    return incident.open and supported and not incident.runbooks


def progress(run: RunbookRun, runbook: Runbook, incident: Incident) -> tuple[StepState, ...]:
    """Return every step with what was said of it and what the record shows: a plan's state, the gates' verdicts."""
    return tuple(
        StepState(number=number, step=step, mark=(mark := run.mark(step.key)), seen=_seen(step, mark, incident))
        for number, step in enumerate(runbook.steps, start=1)
    )


def next_step(run: RunbookRun, runbook: Runbook) -> tuple[int, Step] | None:
    """Return the first step nobody has ended, with its number; None when all are."""
    numbered = enumerate(runbook.steps, start=1)
    return next(((n, step) for n, step in numbered if run.mark(step.key).result not in ENDED), None)


def _seen(step: Step, mark: StepMark, incident: Incident) -> tuple[str, ...]:
    if step.kind == "do" and mark.plan:
        plan = incident.plan(mark.plan)
        return (f"plan {plan.hash[:12]} {plan.state}: {plan.title}",) if plan else ()
    return ()
