"""Diagnosis, plans, gates and the watch window, as far as the record is concerned (R-MIT-2, R-VER)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tocsin.domain.effects import RunPlan
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import (
    CauseNamed,
    Diagnosed,
    Event,
    GatesChecked,
    MitigationJudged,
    PlanApproved,
    PlanEnded,
    PlanProposed,
    PlanRefused,
    PlanStarted,
    WatchEnded,
)
from tocsin.domain.incident.phases import Phase, Status
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident, PlanState, Verification
from tocsin.domain.incident.step.paging import remind
from tocsin.domain.incident.step.result import Step, arm, disarm, require_open, stamp


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
    """Accept a cause, or a hypothesis as an interim answer; investigating becomes identified."""
    if not body.text.strip():
        raise RefusedError("a cause needs words", mend="Say what caused it.")
    status = Status.IDENTIFIED if incident.status is Status.INVESTIGATING and incident.open else incident.status
    named = replace(incident, root_cause=body.text, root_cause_confirmed=body.confirmed, status=status)
    return Step(incident=stamp(named, "identified", event))


def propose(incident: Incident, event: Event, body: PlanProposed) -> Step:
    """Keep a plan for people to read."""
    require_open(incident, "plan for")
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
        proposed_by=event.actor.id,
        advice=body.advice,
        body=body.body,
        state="proposed" if body.approvals_needed > 0 else "approved",
    )
    return Step(incident=replace(incident, plans=(*incident.plans, plan)))


def approve(incident: Incident, event: Event, body: PlanApproved) -> Step:
    """Count one person's approval of exactly this hash.

    Raises:
        RefusedError: unknown, expired, changed, not waiting, or not by another person where the risk is high.
    """
    require_open(incident, "approve a plan of")
    plan = _plan(incident, body.plan)
    if plan.state == "approved" and body.person in plan.approvals:
        return Step(incident=incident)
    if plan.state != "proposed":
        raise RefusedError(f"plan {plan.hash[:12]} is {plan.state}, not waiting", mend="Draw up a new plan.")
    if plan.hash != body.hash:
        raise RefusedError("the plan is not the one you read: its hash differs", mend="Read it again and approve that.")
    if event.recorded_at >= plan.expires_at:
        raise RefusedError(f"plan {plan.hash[:12]} expired", mend="Draw up a new plan: the world has moved on.")
    if plan.risk == "high" and body.person == plan.proposed_by:
        raise RefusedError("a high-risk plan needs somebody else's approval", mend="Ask a second person.")
    approvals = tuple(dict.fromkeys((*plan.approvals, body.person)))
    enough = len(approvals) >= plan.approvals_needed
    return Step(incident=_put(incident, replace(plan, approvals=approvals, state="approved" if enough else "proposed")))


def refuse(incident: Incident, body: PlanRefused) -> Step:
    """A person said no; the plan can never run."""
    plan = _plan(incident, body.plan)
    if plan.state not in {"proposed", "approved"}:
        raise RefusedError(f"plan {plan.hash[:12]} is {plan.state}", mend="It cannot be refused any more.")
    return Step(incident=_put(incident, replace(plan, state="refused")))


def start(incident: Incident, event: Event, body: PlanStarted) -> Step:
    """Begin the one run of an approved plan; a second start changes nothing.

    Raises:
        RefusedError: not approved, changed, or expired.
    """
    require_open(incident, "run a plan of")
    plan = _plan(incident, body.plan)
    if plan.state in {"running", "done", "failed", "unknown", "stale"}:
        return Step(incident=incident)
    if plan.state != "approved":
        mend = f"Approve it: `tocsin approve {incident.ref} {plan.hash[:12]}`."
        raise RefusedError(f"plan {plan.hash[:12]} is {plan.state}, not approved", mend=mend)
    if plan.hash != body.hash:
        raise RefusedError("the plan is not the one that was approved: its hash differs", mend="Read it again.")
    if event.recorded_at >= plan.expires_at:
        raise RefusedError(f"plan {plan.hash[:12]} expired", mend="Draw up a new plan: the world has moved on.")
    running = _put(incident, replace(plan, state="running", started_at=event.occurred_at))
    fixing = replace(running, status=Status.FIXING, verification=Verification())
    key = f"{incident.id}/run/{plan.plan}"
    return disarm(fixing, "watch").also(RunPlan(key=key, plan=plan.plan, hash=plan.hash))


def ended(incident: Incident, event: Event, body: PlanEnded, policy: Policy) -> Step:
    """Keep the output; after a run that did something, look whether the service is back to normal."""
    plan = _plan(incident, body.plan)
    if plan.state not in {"running", "approved"}:
        return Step(incident=incident)
    kept = _put(incident, replace(plan, state=body.result, output=body.output))
    if body.result != "done":
        return Step(incident=kept, effects=remind(kept, event, policy, template="reminder", about="plan_failed"))
    return arm(kept, "gates", event.recorded_at, event)


def judge(incident: Incident, body: MitigationJudged) -> Step:
    """Worked, no effect, or worse (R-MIT-7)."""
    plan = incident.plan(body.plan) if body.plan else None
    return Step(incident=_put(incident, replace(plan, outcome=body.outcome)) if plan else incident)


def gates_checked(incident: Incident, event: Event, body: GatesChecked, policy: Policy) -> Step:
    """Begin the watch when all automatic gates pass; break it off when one fails again."""
    old = incident.verification
    seen = replace(old, gates=body.gates)
    failing = any(g.verdict == "fail" for g in body.gates)
    passing = bool(body.gates) and all(g.verdict == "pass" for g in body.gates)
    if failing and old.watch_began_at is not None:
        back = replace(incident, verification=Verification(gates=body.gates))
        back = replace(back, status=Status.FIXING) if incident.phase is Phase.ACTIVE else back
        return disarm(back, "watch").also(*remind(back, event, policy, template="reminder", about="regression"))
    if not passing or old.watch_began_at is not None:
        return Step(incident=replace(incident, verification=seen))
    window = policy.pack.verification.watch or timedelta(0)
    ends = event.recorded_at + window
    watching = replace(incident, verification=replace(seen, watch_began_at=event.recorded_at, watch_ends_at=ends))
    if incident.phase is Phase.ACTIVE:
        watching = replace(stamp(watching, "mitigated", event), status=Status.MONITORING)
    return arm(watching, "watch", ends, event)


def watch_ended(incident: Incident, event: Event, body: WatchEnded, policy: Policy) -> Step:
    """The window passed or was shortened with a reason: resolving is open."""
    if body.result == "regressed":
        return Step(incident=incident)
    if body.result == "shortened" and not body.reason.strip():
        raise RefusedError("shortening the watch window needs a reason", mend="Say why: --reason '…'.")
    passed = replace(incident, verification=replace(incident.verification, passed=True))
    nudges = remind(passed, event, policy, template="reminder", about="watch_passed") if passed.open else ()
    return disarm(passed, "watch").also(*nudges)


def _plan(incident: Incident, key: str) -> PlanState:
    plan = incident.plan(key)
    if plan is None:
        known = ", ".join(p.hash[:12] for p in incident.plans) or "none"
        raise RefusedError(f"{incident.ref} has no plan {key!r}", mend=f"Plans: {known}.")
    return plan


def _put(incident: Incident, plan: PlanState) -> Incident:
    return replace(incident, plans=tuple(plan if p.plan == plan.plan else p for p in incident.plans))
