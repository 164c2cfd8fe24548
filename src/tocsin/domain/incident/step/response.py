"""What people do during an incident: severity, status, roles, tasks, impact, notes (R-DET-6, R-SEV-3)."""

from __future__ import annotations

from dataclasses import fields

from tocsin.domain.effects import CancelPages
from tocsin.domain.errors import RefusedError
from tocsin.domain.impact import Impact
from tocsin.domain.incident.events import (
    STATED,
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
from tocsin.domain.incident.phases import Phase, Status
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Holder, Incident, Task, Verification
from tocsin.domain.incident.step.clocks import BEYOND_INVESTIGATING, look_at_gates, start_clocks
from tocsin.domain.incident.step.opening import accept, begins_work
from tocsin.domain.incident.step.paging import ask_anew, begin_paging, rest
from tocsin.domain.incident.step.result import Step, disarm, require_open, said_by, stamp
from tocsin.domain.incident.step.telling import open_conversation, tell_again
from tocsin.domain.replacing import replace


def change_severity(incident: Incident, event: Event, body: SeverityChanged, policy: Policy) -> Step:
    """Raise or lower, with a reason. Clocks re-plan (R-SEV-3), and the pages, as the new severity has it.

    A raise to a paging severity pages when nobody has it. When an alert raises it, whoever acknowledged something lesser
    is asked anew: a person who raises it knows that it is worse, they may not. Those who were told hear of the change, those whom only the
    new severity names hear of the incident.
    """
    require_open(incident, "change the severity of")
    level = policy.level(body.severity)
    if not body.reason.strip():
        raise RefusedError("a change of severity needs a reason", mend="Say what changed: --reason '…'.")
    if level.key == incident.severity:
        return _confirm_severity(incident, event, body, policy)
    raised = level.rank < incident.rank
    moved = replace(
        incident,
        phase=Phase.ACTIVE if begins_work(incident, event) else incident.phase,
        severity=level.key,
        rank=level.rank,
        matched=body.matched or STATED,
    )
    result = start_clocks(said_by(moved, event, "severity"), event, policy)
    if not level.pages:
        result = result.then(rest(result.incident)).also(CancelPages())
    elif raised and moved.paging.acknowledged_by and event.actor.kind == "integration":
        result = result.then(ask_anew(result.incident, event, policy))
    elif raised:
        # What is worse than when somebody put it off is news to them.
        result = result.then(disarm(result.incident, *(() if moved.paging.acknowledged_by else ("snooze",))))
        result = result.then(begin_paging(result.incident, event, policy))
    news = f"Severity {'raised' if raised else 'lowered'} from {incident.severity} to {level.key}: {body.reason}"
    result = result.then(tell_again(result.incident, event, policy, news=news))
    return result.then(open_conversation(result.incident, event, policy))


def _confirm_severity(incident: Incident, event: Event, body: SeverityChanged, policy: Policy) -> Step:
    """The severity it has already: what nobody had confirmed is confirmed now, in triage the incident with it."""
    confirmed = replace(incident, matched=incident.matched or body.matched or STATED)
    return accept(confirmed, event, policy) if begins_work(incident, event) else Step(incident=confirmed)


def change_status(incident: Incident, event: Event, body: StatusChanged) -> Step:
    """Move between working statuses, back and forth. `resolved` has its own verb.

    Going back from monitoring breaks off the watch: whoever says so knows that it is not over.
    """
    require_open(incident, "change the status of")
    if body.status is Status.RESOLVED:
        raise RefusedError("status 'resolved' has its own verb", mend="Use `tocsin resolve` with what fixed it.")
    moved = said_by(replace(incident, status=body.status), event, "status")
    if body.status in BEYOND_INVESTIGATING and body.status is not incident.status:
        moved = replace(moved, progress_at=event.recorded_at)
    reached = {Status.IDENTIFIED: "identified", Status.MONITORING: "mitigated"}.get(body.status)
    result = Step(incident=stamp(moved, reached, event) if reached else moved)
    if incident.status is Status.MONITORING and body.status is not Status.MONITORING:
        gates = incident.verification.gates
        result = disarm(replace(result.incident, verification=Verification(gates=gates)), "watch")
    if body.status in {Status.FIXING, Status.MONITORING}:
        return result.then(look_at_gates(result.incident, event))
    return result


def take_role(incident: Incident, event: Event, body: RoleTaken, policy: Policy) -> Step:
    """Give a role; the holder of a single role is relieved. A role that is given again changes nothing."""
    require_open(incident, "change the roles of")
    rules = {r.key: r for r in policy.pack.roles}
    if body.role not in rules:
        raise RefusedError(f"pack {policy.pack.key} has no role {body.role!r}", mend=f"Roles: {', '.join(rules)}.")
    if policy.catalogue.person(body.person) is None:
        raise RefusedError(f"nobody is called {body.person!r}", mend="Use a key of `people` in tocsin.yaml.")
    if any(h.role == body.role and h.person == body.person for h in incident.roles):
        return Step(incident=incident)
    rest = tuple(h for h in incident.roles if h.role != body.role or not rules[body.role].single)
    holder = Holder(role=body.role, person=body.person, since=event.occurred_at)
    moved = replace(incident, roles=(*rest, holder))
    return disarm(moved, "commander_by") if body.role == "commander" else Step(incident=moved)


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
