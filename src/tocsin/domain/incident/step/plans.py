"""Diagnosis, causes and plans, as far as the record is concerned (R-MIT-2, R-DIA-18)."""

from __future__ import annotations

from tocsin.domain.effects import RunPlan
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import (
    CauseNamed,
    Diagnosed,
    Event,
    MitigationJudged,
    PlanApproved,
    PlanEnded,
    PlanProposed,
    PlanRefused,
    PlanStarted,
)
from tocsin.domain.incident.phases import Status
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident, PlanState, Verification
from tocsin.domain.incident.step.clocks import look_at_gates
from tocsin.domain.incident.step.result import Step, disarm, require_open, stamp
from tocsin.domain.incident.step.waking import remind
from tocsin.domain.replacing import replace


def diagnosed(incident: Incident, event: Event, body: Diagnosed) -> Step:
    """Keep the ranked causes and what could not be seen."""
    return Step(
        incident=replace(
            incident,
            causes=body.causes,
            blind_spots=body.blind_spots,
            diagnosed_at=event.occurred_at,
            bundle=body.bundle,
        )
    )


def name_cause(incident: Incident, event: Event, body: CauseNamed) -> Step:
    """Accept a cause, or a hypothesis as an interim answer; investigating becomes identified while it goes on.

    A cause that is named after the end (in the review) says nothing about when the responders identified it.
    """
    if not body.text.strip():
        raise RefusedError("a cause needs words", mend="Say what caused it.")
    named = replace(incident, root_cause=body.text, root_cause_confirmed=body.confirmed)
    if not incident.open:
        return Step(incident=named)
    status = Status.IDENTIFIED if incident.status is Status.INVESTIGATING else incident.status
    return Step(incident=stamp(replace(named, status=status, progress_at=event.recorded_at), "identified", event))


def propose(incident: Incident, event: Event, body: PlanProposed) -> Step:
    """Keep a plan for people to read."""
    require_open(incident, "plan for")
    if incident.mode == "backfill":
        raise RefusedError("history cannot be mitigated", mend="Note what was done then instead.")
    if any(p.plan == body.plan for p in incident.plans):
        return Step(incident=incident)
    plan = PlanState(
        plan=body.plan,
        hash=body.hash,
        title=body.title,
        steps=body.steps,
        blast_radius=body.blast_radius,
        undo=body.undo,
        risk=body.risk,
        approvals_needed=body.approvals_needed,
        expires_at=body.expires_at,
        proposed_by=event.actor.person or event.actor.id,
        advice=body.advice,
        body=body.body,
        state="proposed" if body.approvals_needed > 0 else "approved",
    )
    return Step(incident=replace(incident, plans=(*incident.plans, plan)))


def approve(incident: Incident, event: Event, body: PlanApproved) -> Step:
    """Count one person's approval of exactly this hash; one that is not needed any more changes nothing.

    Raises:
        RefusedError: unknown, expired, changed, over, or not by a person who may.
    """
    require_open(incident, "approve a plan of")
    plan = _plan(incident, body.plan)
    _require_own_word(event, body)
    if body.person in plan.approvals:
        return Step(incident=incident)
    _require_runnable(plan, event, body.hash)
    if plan.risk == "high" and body.person == plan.proposed_by:
        raise RefusedError("a high-risk plan needs somebody else's approval", mend="Ask a second person.")
    approvals = (*plan.approvals, body.person)
    enough = plan.state == "approved" or len(approvals) >= plan.approvals_needed
    return Step(incident=_put(incident, replace(plan, approvals=approvals, state="approved" if enough else "proposed")))


def _require_own_word(event: Event, body: PlanApproved) -> None:
    if event.actor.kind != "person":
        raise RefusedError("only a person can approve a plan", mend="Ask a person to approve it.")
    if event.actor.id != body.person:
        raise RefusedError(f"{event.actor.id} cannot approve for {body.person}", mend="Approve in your own name.")


def _require_runnable(plan: PlanState, event: Event, digest: str) -> None:
    if plan.state not in {"proposed", "approved"}:
        raise RefusedError(f"plan {plan.hash[:12]} is {plan.state}, not waiting", mend="Draw up a new plan.")
    if plan.hash != digest:
        raise RefusedError("the plan is not the one you read: its hash differs", mend="Read it again and approve that.")
    if event.recorded_at >= plan.expires_at:
        raise RefusedError(f"plan {plan.hash[:12]} expired", mend="Draw up a new plan: the world has moved on.")


def refuse(incident: Incident, body: PlanRefused) -> Step:
    """A person said no; the plan can never run."""
    plan = _plan(incident, body.plan)
    if plan.state == "refused":
        return Step(incident=incident)
    if plan.state not in {"proposed", "approved"}:
        raise RefusedError(f"cannot refuse plan {plan.hash[:12]}: it is {plan.state}", mend="Look what it did.")
    return Step(incident=_put(incident, replace(plan, state="refused")))


def start(incident: Incident, event: Event, body: PlanStarted) -> Step:
    """Begin the one run of an approved plan; a second start changes nothing.

    Raises:
        RefusedError: not approved, changed, or expired.
    """
    require_open(incident, "run a plan of")
    plan = _plan(incident, body.plan)
    if plan.state not in {"proposed", "approved", "refused"}:
        return Step(incident=incident)
    if plan.state != "approved":
        mend = f"Approve it: `tocsin approve {incident.ref} {plan.hash[:12]}`."
        raise RefusedError(f"plan {plan.hash[:12]} is {plan.state}, not approved", mend=mend)
    _require_runnable(plan, event, body.hash)
    running = _put(incident, replace(plan, state="running", started_at=event.occurred_at))
    fixing = replace(running, status=Status.FIXING, verification=Verification(), progress_at=event.recorded_at)
    key = f"{incident.id}/run/{plan.plan}"
    return disarm(fixing, "watch").also(RunPlan(key=key, plan=plan.plan, hash=plan.hash))


def ended(incident: Incident, event: Event, body: PlanEnded, policy: Policy) -> Step:
    """Keep the output; after a run that did something, look whether the service is back to normal."""
    plan = _plan(incident, body.plan)
    if plan.state not in {"running", "approved"}:
        return Step(incident=incident)
    kept = _put(incident, replace(plan, state=body.result, output=body.output))
    if not kept.open:
        return Step(incident=kept)
    if body.result != "done":
        return Step(incident=kept, effects=remind(kept, event, policy, about="plan_failed"))
    return look_at_gates(kept, event)


def judge(incident: Incident, body: MitigationJudged) -> Step:
    """Worked, no effect, or worse (R-MIT-7)."""
    plan = incident.plan(body.plan) if body.plan else None
    return Step(incident=_put(incident, replace(plan, outcome=body.outcome)) if plan else incident)


def _plan(incident: Incident, key: str) -> PlanState:
    plan = incident.plan(key)
    if plan is None:
        known = ", ".join(p.hash[:12] for p in incident.plans) or "none"
        raise RefusedError(f"{incident.ref} has no plan {key!r}", mend=f"Plans: {known}.")
    return plan


def _put(incident: Incident, plan: PlanState) -> Incident:
    return replace(incident, plans=tuple(plan if p.plan == plan.plan else p for p in incident.plans))
