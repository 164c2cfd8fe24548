"""Plan, approve, run once, and keep what came of it (R-MIT-2). Looking at the world happens outside transactions."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.domain.catalogue import ActionTarget, Service
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.events import (
    MitigationJudged,
    PlanApproved,
    PlanEnded,
    PlanProposed,
    PlanRefused,
    PlanStarted,
)
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident, PlanState
from tocsin.domain.mitigation.advice import Advice, DeployQuestion, advise
from tocsin.domain.mitigation.guards import Approval, Attempt, Limits, Situation, refuse_run
from tocsin.domain.mitigation.plan import Plan, from_json, lines, plan_hash, to_json
from tocsin.domain.policy.speed import divided
from tocsin.domain.visibility import WORKER
from tocsin.flows.aside import close
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, find, handle, record
from tocsin.flows.mitigation import PlanHead, Wanted, draw_up, execute
from tocsin.flows.policies import policy_of
from tocsin.flows.ports import PermanentError
from tocsin.flows.queries import see
from tocsin.flows.respond import By
from tocsin.flows.speed import speed_of
from tocsin.flows.storage import IncidentFilter, Job, Tx
from tocsin.flows.transact import transact

RUN_DEADLINE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One action wanted: a target's key as `service/action`, `action` alone for the first service, and parameters."""

    action: str
    params: Mapping[str, object]


def plan(engine: Engine, ref: str, asked: Sequence[Ask], by: By, *, facts: DeployQuestion | None = None) -> Incident:
    """Look at the world, write down what would be done, and propose it.

    Without `asked` the diagnosis' best proposals are planned. The rollback-or-hotfix advice is kept beside the plan.

    Raises:
        RefusedError: nothing to do, or no cause proposes anything.
        InvalidError: an action is not known.
        TransientError, PermanentError: a target could not be looked at.
    """
    with engine.store.reading() as tx:
        incident = see(tx, by.viewer, ref)
        policy = policy_of(tx, incident.pack)
        now = tx.now()
    asked = asked or proposals(incident, policy)
    if not asked:
        raise RefusedError("no cause proposes a mitigation yet", mend="Name one: `tocsin plan REF ACTION`.")
    wanted = [_wanted(engine, ask, incident, policy) for ask in asked]
    head = PlanHead(id=engine.new_id(), incident=incident.id, service=incident.services[0] if incident.services else "")
    drawn = draw_up(head, wanted, engine.actions, now=now)
    advice = advise(deploy_question(incident, facts), order=policy.pack.mitigate_before_cause)
    body = proposed(drawn, policy, advice)
    return handle(engine, ref, [Change(body=body, actor=by.actor)], viewer=by.viewer)


def proposals(incident: Incident, policy: Policy) -> list[Ask]:
    """Return what the best cause asks for, in its order, as far as the services' catalogue offers such actions."""
    best = next((c for c in incident.causes if c.state in {"confirmed", "likely"} and c.mitigation), None)
    if best is None:
        return []
    offered = {t.kind for s in services(incident, policy) for t in s.actions}
    kinds = [kind for kind in best.mitigation.split("+") if kind in offered]
    return [Ask(action=kind, params=_own(best.mitigation_params, kind)) for kind in kinds]


def _own(params: Mapping[str, str], kind: str) -> dict[str, object]:
    """Return the parameters meant for one kind: `kind.name` or plain names."""
    mine = {name.removeprefix(f"{kind}:"): value for name, value in params.items() if name.startswith(f"{kind}:")}
    return dict(mine)


def services(incident: Incident, policy: Policy) -> list[Service]:
    """Return the affected services as the catalogue knows them."""
    return [s for key in incident.services if (s := policy.catalogue.service(key))]


def _wanted(engine: Engine, ask: Ask, incident: Incident, policy: Policy) -> Wanted:
    service_key, _, name = ask.action.rpartition("/")
    for service in services(incident, policy):
        if service_key and service.key != service_key:
            continue
        for target in service.actions:
            if name in {target.key, target.kind}:
                return Wanted(target=qualified(engine, service, target), params=ask.params)
    known = [f"{s.key}/{t.key}" for s in services(incident, policy) for t in s.actions]
    raise InvalidError(
        f"no affected service has an action {ask.action!r}",
        field="action",
        mend=f"Known: {', '.join(known) or 'none'}.",
    )


def qualified(engine: Engine, service: Service, target: ActionTarget) -> ActionTarget:
    """Return the target with its secrets resolved, under the key `service/target`."""
    return replace(target, key=f"{service.key}/{target.key}", options=engine.resolve(target.options))


def proposed(drawn: Plan, policy: Policy, advice: Advice) -> PlanProposed:
    """Return the event that proposes a plan; the pack says how many must approve its risk."""
    return PlanProposed(
        plan=drawn.id,
        hash=plan_hash(drawn),
        title=drawn.title,
        steps=lines(drawn),
        blast_radius=drawn.blast_radius,
        undo=drawn.undo,
        risk=drawn.risk,
        approvals_needed=policy.pack.approvals.get(drawn.risk, 1),
        expires_at=drawn.expires_at,
        advice=(
            f"{advice.choice}: {advice.why}",
            *(r.text for r in advice.reasons),
            *(q.text for q in advice.questions),
        ),
        body=to_json(drawn),
    )


def deploy_question(incident: Incident, facts: DeployQuestion | None) -> DeployQuestion:
    """Return what is known for the rollback-or-hotfix question: what people said, else what the diagnosis shows."""
    said = facts or DeployQuestion()
    causes = [c for c in incident.causes if c.state in {"confirmed", "likely"}]
    blames_deploy = any("deploy" in c.key or "rollback" in c.mitigation for c in causes)
    return replace(
        said,
        severity_rank=incident.rank,
        caused_by_last_deploy=blames_deploy or None
        if said.caused_by_last_deploy is None
        else said.caused_by_last_deploy,
        code_related=blames_deploy or None if said.code_related is None else said.code_related,
    )


def approve(engine: Engine, ref: str, plan_key: str, digest: str, by: By) -> Incident:
    """Approve exactly the plan with this hash."""

    def write(tx: Tx) -> Incident:
        incident = find(tx, ref, by.viewer)
        state = _state(incident, plan_key)
        body = PlanApproved(plan=state.plan, hash=full_hash(state, digest), person=by.actor.person)
        return record(engine, tx, incident, [Change(body=body, actor=by.actor)])

    return transact(engine, write)


def refuse(engine: Engine, ref: str, plan_key: str, reason: str, by: By) -> Incident:
    """Say no to a plan, for good."""
    return handle(
        engine,
        ref,
        [Change(body=PlanRefused(plan=plan_key, person=by.actor.person, reason=reason), actor=by.actor)],
        viewer=by.viewer,
    )


def run(engine: Engine, ref: str, plan_key: str, digest: str, by: By) -> Incident:
    """Start the one run of an approved plan; a worker carries it out.

    Raises:
        RefusedError: a guard says no, with its reason.
    """

    def start(tx: Tx) -> Incident:
        incident = find(tx, ref, by.viewer)
        state = _state(incident, plan_key)
        if state.state == "approved":
            _guard(tx, incident, state)
        body = PlanStarted(plan=state.plan, hash=full_hash(state, digest))
        return record(engine, tx, incident, [Change(body=body, actor=by.actor)])

    return transact(engine, start)


def run_plan(engine: Engine, job: Job) -> str:
    """Carry out an approved plan: the worker's side of `run`. Return what became of it.

    A run that was lost with its worker, or that broke off, is not begun again: nobody knows how far it came, so people
    are told `unknown`.
    """
    with engine.store.reading() as tx:
        incident = tx.see(WORKER, job.incident)
        policy = policy_of(tx, incident.pack) if incident else None
    state = incident.plan(str(job.payload["plan"])) if incident else None
    if incident is None or policy is None or state is None or state.state != "running":
        return "moot" if close(engine, job, None, "moot") else "lost"
    if job.previous_outcome_unknown or job.attempt > 1:
        told = ("the worker that ran this plan was lost; look at the world before you plan again",)
        return _end(engine, job, PlanEnded(plan=state.plan, result="unknown", output=told))
    return _end(engine, job, _executed(engine, incident, policy, state))


def _executed(engine: Engine, incident: Incident, policy: Policy, state: PlanState) -> PlanEnded:
    drawn = from_json(state.body)
    wanted = {step.target for step in drawn.steps}
    try:
        targets = {
            t.key: t
            for s in services(incident, policy)
            for a in s.actions
            if f"{s.key}/{a.key}" in wanted and (t := qualified(engine, s, a))
        }
    except PermanentError as error:
        return PlanEnded(plan=state.plan, result="failed", output=(f"{error}; nothing was done",))
    try:
        done = execute(drawn, targets, engine.actions, deadline_s=RUN_DEADLINE_S, monotonic=time.monotonic)
    except Exception as error:  # noqa: BLE001 (whatever broke, the plan has run once and people must know that it did)
        told = (f"the run broke off: {type(error).__name__}: {error}", "look at the world before you plan again")
        return PlanEnded(plan=state.plan, result="unknown", output=told)
    return PlanEnded(plan=state.plan, result=done.result, output=done.output, took_s=done.took_s)


def _end(engine: Engine, job: Job, body: PlanEnded) -> str:
    return body.result if close(engine, job, body, body.result) else "lost"


def judge(engine: Engine, ref: str, body: MitigationJudged, by: By, *, at: datetime | None = None) -> Incident:
    """Say whether an attempt worked, and when that was seen (R-MIT-7)."""
    return handle(engine, ref, [Change(body=body, actor=by.actor, occurred_at=at)], viewer=by.viewer)


def full_hash(state: PlanState, given: str) -> str:
    """Return the plan's hash for an unambiguous shown part of it, else what was given (which will be refused)."""
    return state.hash if len(given) >= SHOWN and state.hash.startswith(given) else given


SHOWN = 8
MOST_INCIDENTS = 500


def _state(incident: Incident, key: str) -> PlanState:
    state = incident.plan(key)
    if state is None:
        known = ", ".join(p.hash[:12] for p in incident.plans) or "none"
        raise RefusedError(f"{incident.ref} has no plan {key!r}", mend=f"Plans: {known}.")
    return state


def _guard(tx: Tx, incident: Incident, state: PlanState) -> None:
    """Ask the guards of the mitigation room; approvals, expiry and hash are the record's own business (`step`)."""
    drawn, now = from_json(state.body), tx.now()
    limits = divided(Limits(), speed_of(tx, incident))
    attempts = tuple(
        Attempt(
            plan=p.plan,
            targets=tuple(s.target for s in from_json(p.body).steps),
            at=p.started_at,
            result=p.state if p.state in {"done", "failed", "stale", "unknown"} else None,
        )
        for p in incident.plans
        if p.started_at is not None
    )
    situation = Situation(
        now=now,
        hash=state.hash,
        proposer=state.proposed_by,
        approvals=tuple(Approval(person=p, hash=state.hash, at=now) for p in state.approvals),
        approvals_needed=state.approvals_needed,
        attempts=attempts,
        mutations=_mutations(tx, incident),
        data_corruption=incident.impact.data_loss,
        limits=limits,
    )
    refusals = refuse_run(drawn, situation)
    if refusals:
        raise RefusedError(refusals[0].text, mend=refusals[0].mend)


def _mutations(tx: Tx, incident: Incident) -> tuple[datetime, ...]:
    """Return when each step of every plan of the installation was begun; a drill's do not count against real ones."""
    live = IncidentFilter(phases=("triage", "active", "post_incident"), modes=(incident.mode,))
    return tuple(
        plan.started_at
        for one in tx.list_incidents(WORKER, live, limit=MOST_INCIDENTS).items
        for plan in one.plans
        if plan.started_at is not None
        for _ in plan.steps
    )
