"""Follow a runbook: start it, mark its steps, and have Tocsin carry out what it can, each as an event (R-RUN).

Carrying out never goes past what any other road allows: a `do` step proposes a plan, which people approve and run.
"""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.events import RunbookStarted, RunbookStepped, StepResult
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.runbooks import trouble
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.runbooks import following
from tocsin.domain.mitigation.gates import GateResult
from tocsin.domain.mitigation.runbook import Runbook, Step, matching
from tocsin.flows import mitigate
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, find, record
from tocsin.flows.investigate import ask_diagnosis
from tocsin.flows.mitigate import Ask
from tocsin.flows.policies import policy_of
from tocsin.flows.queries.incidents import see
from tocsin.flows.queries.runbooks import filled, incident_fields, runs
from tocsin.flows.respond import By
from tocsin.flows.shelf import digest_of, snapshot
from tocsin.flows.storage import Tx
from tocsin.flows.transact import transact
from tocsin.flows.verify import results_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A step of a runbook, by their keys; the step also by its number."""

    runbook: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a step."""

    result: StepResult
    note: str = ""
    plan: str = ""


def start_runbook(engine: Engine, ref: str, key: str, by: By) -> Incident:
    """Follow a runbook in an incident, as it is in force now; later changes of it do not move this incident.

    One that is followed already goes on, and nothing is recorded.

    Raises:
        InvalidError: there is no such runbook.
    """

    def start(tx: Tx) -> Incident:
        incident = find(tx, ref, by.viewer)
        if incident.run_of(key) is not None:
            return incident
        digest = digest_of(tx, key)
        book = _whole(snapshot(tx, digest), key)
        fit = matching([book], trouble(incident, tx.events(incident.id)))
        reasons = fit[0].reasons if fit else ()
        body = RunbookStarted(runbook=key, title=book.title, digest=digest, reasons=reasons)
        return record(engine, tx, incident, [Change(body=body, actor=by.actor)])

    return transact(engine, start)


def mark_step(engine: Engine, ref: str, place: Place, outcome: Outcome, by: By) -> Incident:
    """Say what became of a step; a decision is marked with what was decided.

    Raises:
        RefusedError: the runbook was not started.
        InvalidError: it has no such step, or the decision is missing.
    """

    def mark(tx: Tx) -> Incident:
        incident = find(tx, ref, by.viewer)
        step = _step(tx, incident, place)
        if step.kind == "ask" and outcome.result == "done" and not outcome.note.strip():
            mend = "Say what was decided: --note '…'."
            raise InvalidError("a decision needs its words", field="note", mend=mend)
        text = filled(engine, step.text, incident_fields(engine, incident, policy_of(tx, incident.pack)))
        body = RunbookStepped(
            runbook=place.runbook,
            step=step.key,
            text=" ".join(text.split()),
            result=outcome.result,
            note=outcome.note.strip(),
            plan=outcome.plan,
        )
        return record(engine, tx, incident, [Change(body=body, actor=by.actor)])

    return transact(engine, mark)


def carry_out(engine: Engine, ref: str, place: Place, by: By) -> Incident:
    """Have Tocsin do what it can for a step: ask for a diagnosis, propose a plan, or judge the gates now.

    Raises:
        RefusedError: the step is for a person, or there is nothing to do or to judge.
        InvalidError: no affected service offers the action.
        TransientError, PermanentError: a target could not be looked at.
    """
    with engine.store.reading() as tx:
        incident = see(tx, by.viewer, ref)
        step = _step(tx, incident, place)
        policy = policy_of(tx, incident.pack)
        verdicts = _judged(tx, incident, policy, step) if step.kind == "verify" else []
    if not runs(step):
        raise RefusedError(_by_hand(step), mend=f"Then mark it: `tocsin runbook step {ref} {step.key} --done`.")
    match step.kind:
        case "look":
            ask_diagnosis(engine, ref, by)
            outcome = Outcome(result="begun", note="a diagnosis was asked for")
        case "do":
            drawn = mitigate.plan(engine, ref, [Ask(action=step.action, params=dict(step.params))], by).plans[-1]
            outcome = Outcome(result="begun", note=f"plan {drawn.hash[:12]} waits for approval", plan=drawn.plan)
        case _:
            outcome = _verified(verdicts)
    return mark_step(engine, ref, place, outcome, by)


def _by_hand(step: Step) -> str:
    if step.kind == "ask":
        return "this step is a person's decision"
    return "this step is done by hand: its command is shown to be copied, and never run by Tocsin"


def _judged(tx: Tx, incident: Incident, policy: Policy, step: Step) -> list[GateResult]:
    measured = {gate.key for gate in policy.pack.verification.gates if gate.metric in step.gates}
    found = [result for result in results_now(tx, incident, policy) if result.gate in measured]
    if not found:
        mend = f"Judge it by hand, then mark it: `tocsin runbook step {incident.ref} {step.key} --done`."
        raise RefusedError(f"pack {policy.pack.key} has no gate that measures {' or '.join(step.gates)}", mend=mend)
    return found


def _verified(verdicts: list[GateResult]) -> Outcome:
    """A gate that fails fails the step, one that cannot tell leaves it open: only proof ends it."""
    said = {verdict.verdict for verdict in verdicts}
    note = "; ".join(f"{v.gate}: {v.verdict} ({v.observed}, expected {v.expected})" for v in verdicts)
    return Outcome(result="failed" if "fail" in said else "done" if said == {"pass"} else "begun", note=note)


def _step(tx: Tx, incident: Incident, place: Place) -> Step:
    run = following(incident, place.runbook)
    book = _whole(snapshot(tx, run.digest), place.runbook)
    step = book.step(place.step)
    if step is None:
        mend = f"Steps: {', '.join(s.key for s in book.steps)}."
        raise InvalidError(f"runbook {place.runbook} has no step {place.step!r}", field="step", mend=mend)
    return step


def _whole(book: Runbook | None, key: str) -> Runbook:
    if book is None:
        mend = "Apply the configuration again: `tocsin config apply`."
        raise InvalidError(f"the snapshot of runbook {key!r} is gone", field="runbook", mend=mend)
    return book
