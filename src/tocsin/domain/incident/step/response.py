"""What people do during an incident: severity, status, roles, tasks, impact, notes (R-DET-6, R-SEV-3)."""

from __future__ import annotations

from dataclasses import fields, replace

from tocsin.domain.errors import RefusedError
from tocsin.domain.impact import Impact
from tocsin.domain.incident.events import (
    Event,
    ImpactStated,
    Related,
    RoleLeft,
    RoleTaken,
    SeverityChanged,
    StatusChanged,
    TaskDone,
    TaskGiven,
)
from tocsin.domain.incident.phases import Status
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Holder, Incident, Task
from tocsin.domain.incident.step.opening import replan_clocks, work_begins
from tocsin.domain.incident.step.paging import page_level
from tocsin.domain.incident.step.result import Step, arm, disarm, require_open, stamp
from tocsin.domain.incident.step.telling import open_conversation, plan_updates


def change_severity(incident: Incident, event: Event, body: SeverityChanged, policy: Policy) -> Step:
    """Raise or lower, with a reason. Clocks re-plan; a raise to a paging severity pages when nobody has it."""
    require_open(incident, "change the severity of")
    level = policy.level(body.severity)
    if not body.reason.strip():
        raise RefusedError("a change of severity needs a reason", mend="Say what changed: --reason '…'.")
    if level.key == incident.severity:
        return Step(incident=incident)
    raised = level.rank < incident.rank
    moved = replace(incident, severity=level.key, rank=level.rank, matched=body.matched or incident.matched)
    result = work_begins(moved, event, policy)
    result = result.then(replan_clocks(result.incident, event, policy))
    if raised and level.pages and not incident.paging.acknowledged_by:
        result = result.then(page_level(result.incident, event, policy, max(0, incident.paging.level)))
    if raised:
        return result.then(open_conversation(result.incident, event, policy))
    return result.then(plan_updates(result.incident, event, policy))


def change_status(incident: Incident, event: Event, body: StatusChanged, policy: Policy) -> Step:
    """Move between working statuses, back and forth. `resolved` has its own verb."""
    require_open(incident, "change the status of")
    if body.status is Status.RESOLVED:
        raise RefusedError("status 'resolved' has its own verb", mend="Use `tocsin resolve` with what fixed it.")
    begun = work_begins(incident, event, policy)
    moved = replace(begun.incident, status=body.status)
    if body.status is Status.IDENTIFIED:
        moved = stamp(moved, "identified", event)
    if body.status is Status.MONITORING:
        moved = stamp(moved, "mitigated", event)
    watched = begun.then(Step(incident=moved))
    if body.status in {Status.FIXING, Status.MONITORING} and "gates" not in incident.timers and incident.services:
        return watched.then(arm(moved, "gates", event.recorded_at, event))
    return watched


def take_role(incident: Incident, event: Event, body: RoleTaken, policy: Policy) -> Step:
    """Give a role; the holder of a single role is relieved. Taking command means that somebody has it."""
    require_open(incident, "change the roles of")
    rules = {r.key: r for r in policy.pack.roles}
    if body.role not in rules:
        raise RefusedError(f"pack {policy.pack.key} has no role {body.role!r}", mend=f"Roles: {', '.join(rules)}.")
    if policy.catalogue.person(body.person) is None:
        raise RefusedError(f"nobody is called {body.person!r}", mend="Use a key of `people` in tocsin.yaml.")
    begun = work_begins(incident, event, policy)
    rest = tuple(
        h
        for h in begun.incident.roles
        if h.role != body.role or (not rules[body.role].single and h.person != body.person)
    )
    holder = Holder(role=body.role, person=body.person, since=event.occurred_at)
    moved = replace(begun.incident, roles=(*rest, holder))
    result = begun.then(Step(incident=moved))
    return result.then(disarm(moved, "commander_by")) if body.role == "commander" else result


def leave_role(incident: Incident, body: RoleLeft) -> Step:
    """Give a role back."""
    kept = tuple(h for h in incident.roles if not (h.role == body.role and h.person == body.person))
    return Step(incident=replace(incident, roles=kept))


def give_task(incident: Incident, body: TaskGiven) -> Step:
    """Delegate work; the same id again replaces it (a hand-over of the task)."""
    require_open(incident, "give a task in")
    kept = tuple(t for t in incident.tasks if t.key != body.task)
    task = Task(key=body.task, title=body.title, owner=body.owner)
    return Step(incident=replace(incident, tasks=(*kept, task)))


def finish_task(incident: Incident, body: TaskDone) -> Step:
    """Note the result of delegated work.

    Raises:
        RefusedError: there is no such task.
    """
    if not any(t.key == body.task for t in incident.tasks):
        known = ", ".join(t.key for t in incident.tasks) or "none"
        raise RefusedError(f"{incident.ref} has no task {body.task!r}", mend=f"Tasks: {known}.")
    tasks = tuple(replace(t, done=True, result=body.result) if t.key == body.task else t for t in incident.tasks)
    return Step(incident=replace(incident, tasks=tasks))


def state_impact(incident: Incident, body: ImpactStated) -> Step:
    """Lay new facts over the old: what is unknown in the new statement keeps its former value."""
    blank = Impact()
    known = {f.name: v for f in fields(Impact) if (v := getattr(body.impact, f.name)) != getattr(blank, f.name)}
    return Step(incident=replace(incident, impact=replace(incident.impact, **known)))


def relate(incident: Incident, event: Event, body: Related) -> Step:
    """Link or unlink another incident."""
    if body.other == event.incident:
        raise RefusedError("an incident cannot be related to itself", mend="Name another incident.")
    kept = tuple(r for r in incident.related if r[0] != body.other)
    return Step(incident=replace(incident, related=kept if body.removed else (*kept, (body.other, body.kind))))
