"""Runbooks in an incident: started once, then marked step by step; nothing is done to the world here (R-RUN)."""

from __future__ import annotations

from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Event, RunbookStarted, RunbookStepped
from tocsin.domain.incident.state import Incident, RunbookRun, StepMark
from tocsin.domain.incident.step.result import Step, require_open
from tocsin.domain.replacing import replace


def start(incident: Incident, event: Event, body: RunbookStarted) -> Step:
    """Follow a runbook from now on; one that is followed already goes on as it was."""
    require_open(incident, "start a runbook in")
    if incident.run_of(body.runbook) is not None:
        return Step(incident=incident)
    run = RunbookRun(
        runbook=body.runbook,
        title=body.title,
        digest=body.digest,
        started_by=event.actor.person,
        started_at=event.occurred_at,
        event=event.id,
    )
    return Step(incident=replace(incident, runbooks=(*incident.runbooks, run)))


def mark(incident: Incident, event: Event, body: RunbookStepped) -> Step:
    """Note what became of a step: the newest word counts, and the plan it led to is kept until another takes its place.

    A correction of an older word changes nothing but the timeline.

    Raises:
        RefusedError: the runbook was not started here.
    """
    run = following(incident, body.runbook)
    before = run.mark(body.step)
    if event.supersedes and before.event != event.supersedes:
        return Step(incident=incident)
    said = StepMark(
        result=body.result,
        note=body.note,
        by=event.actor.person,
        at=event.occurred_at,
        plan=body.plan or before.plan,
        event=event.id,
    )
    return Step(incident=_put(incident, replace(run, marks={**run.marks, body.step: said})))


def following(incident: Incident, runbook: str) -> RunbookRun:
    """Return the runbook that the incident follows.

    Raises:
        RefusedError: it was not started here.
    """
    run = incident.run_of(runbook)
    if run is None:
        known = ", ".join(r.runbook for r in incident.runbooks) or "none"
        mend = f"Started: {known}. `tocsin runbook start {incident.ref} {runbook}` starts it."
        raise RefusedError(f"{incident.ref} does not follow runbook {runbook!r}", mend=mend)
    return run


def withdraw(incident: Incident, event_id: str) -> Incident:
    """Forget the runbook that was started, or what was said of a step, by an event that did not happen."""
    kept = tuple(r for r in incident.runbooks if r.event != event_id)
    bare = [replace(r, marks={k: m for k, m in r.marks.items() if m.event != event_id}) for r in kept]
    return replace(incident, runbooks=tuple(bare)) if incident.runbooks else incident


def _put(incident: Incident, run: RunbookRun) -> Incident:
    return replace(incident, runbooks=tuple(run if r.runbook == run.runbook else r for r in incident.runbooks))
