"""How an incident ends and comes back (R-VER-3, R-VER-4, R-PM-6)."""

from __future__ import annotations

from tocsin.domain.effects import CancelPages
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Closed, Event, Reopened, Resolved
from tocsin.domain.incident.phases import Status, next_phase
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident, Paging, Verification
from tocsin.domain.incident.step.clocks import RESPONSE_TIMERS, VERIFYING_TIMERS, look_at_gates, start_clocks
from tocsin.domain.incident.step.paging import begin_paging
from tocsin.domain.incident.step.result import Step, arm, disarm, disarm_all, restamp, stamp, unstamp
from tocsin.domain.incident.step.telling import inform_again, open_conversation, tell, tell_again
from tocsin.domain.incident.step.watching import announces_first, begin_watch
from tocsin.domain.incident.step.writing_back import write_back
from tocsin.domain.policy.deadlines import is_review_required, review_timers
from tocsin.domain.replacing import replace

# What a return takes back: the incident was not over.
ENDINGS = ("mitigated", "impact_ended", "resolved", "closed")


def resolve(incident: Incident, event: Event, body: Resolved, policy: Policy) -> Step:
    """Send the all-clear to everyone who was told, plan the review, stop the clocks; watch on where the pack says so.

    Raises:
        RefusedError: not active; a gate fails; or the pack wants the watch window first and it has not passed.
    """
    phase = next_phase(incident.phase, "resolve")
    _require_verified(incident, event, policy)
    over = replace(
        incident,
        phase=phase,
        status=Status.RESOLVED,
        resolution=body.resolution,
        root_cause=body.root_cause or incident.root_cause,
        next_steps=body.next_steps,
        recurrences=body.recurrences,
        resolved_at=event.occurred_at,
        update_due_at=None,
    )
    over = restamp(stamp(over, "mitigated", event), "resolved", event)
    result = disarm(over, *RESPONSE_TIMERS, *VERIFYING_TIMERS).also(CancelPages(), *write_back(over, event, "resolve"))
    if incident.mode == "backfill":
        return result
    facts: dict[str, object] = {"resolution": body.resolution, "thanks": list(body.thanks)}
    for audience in over.told:
        result = result.then(tell(result.incident, event, policy, moment="resolved", audience=audience, facts=facts))
    result = result.then(inform_again(result.incident, event, policy, text=f"Resolved: {body.resolution}"))
    result = result.then(_plan_review(result.incident, event, policy))
    return result.then(_watch_on(result.incident, event, policy))


def _require_verified(incident: Incident, event: Event, policy: Policy) -> None:
    seen = incident.verification
    if seen.passed or incident.mode == "backfill":
        return
    failing = next((g for g in seen.gates if g.verdict == "fail"), None)
    if failing is not None:
        raise RefusedError(
            f"gate {failing.gate} fails: {failing.observed}, expected {failing.expected}",
            mend="Fix it, or shorten the watch with a reason: `tocsin resolve … --anyway 'why'`.",
        )
    if policy.pack.verification.order == "watch_then_announce" and seen.watch_ends_at is not None:
        unclear = ", ".join(g.gate for g in seen.gates if g.verdict == "inconclusive")
        raise RefusedError(
            f"the watch window runs until {seen.watch_ends_at:%H:%M:%S} UTC"
            if event.recorded_at < seen.watch_ends_at or not unclear
            else f"the watch window is over, and nobody can tell of {unclear} yet",
            mend="Wait for it, or shorten it with a reason: `tocsin resolve … --anyway 'why'`.",
        )


def _plan_review(incident: Incident, event: Event, policy: Policy) -> Step:
    result = Step(incident=incident)
    if incident.mode == "drill" or not is_review_required(policy.level(incident.severity), incident.recurrences):
        return result  # nobody is chased for the review of a practice
    for name, due in review_timers(policy.pack, event.recorded_at).items():
        result = result.then(arm(result.incident, name, due, event))
    return result


def _watch_on(incident: Incident, event: Event, policy: Policy) -> Step:
    """Watch from the all-clear on where the pack announces first; a window that a person cut short stays cut short."""
    rules = policy.pack.verification
    if not announces_first(policy) or rules.watch is None:
        return Step(incident=incident)
    watched = incident.verification.passed
    result = Step(incident=incident) if watched else begin_watch(incident, event, policy)
    if rules.order == "close_after":
        result = result.then(arm(result.incident, "close_after", event.recorded_at + rules.watch, event))
    return result


def reopen(incident: Incident, event: Event, body: Reopened, policy: Policy) -> Step:
    """Make it active again: page from the first level, start the clocks, tell everyone who thought it was over.

    Reminders of action items go on; a published post-mortem is a draft again, since its story is not finished. Gates
    that fail stay known and are looked at, for they are why it came back.

    Raises:
        RefusedError: without a reason, or from a phase that nothing reopens.
    """
    if not body.reason.strip():
        raise RefusedError("reopening needs a reason", mend="Say what came back: --reason '…'.")
    gates = incident.verification.gates
    failing = any(g.verdict == "fail" for g in gates)
    state = "draft" if incident.postmortem_state == "published" else incident.postmortem_state
    back = replace(
        unstamp(incident, *ENDINGS),
        phase=next_phase(incident.phase, "reopen"),
        status=Status.INVESTIGATING,
        resolution="",
        next_steps=(),
        resolved_at=None,
        closed_at=None,
        progress_at=None,
        postmortem_state=state,
        verification=Verification(gates=gates if failing else ()),
        paging=Paging(paged=incident.paging.paged, turn=incident.paging.turn, begun=incident.paging.begun + 1),
    )
    result = disarm_all(back, but=("followup/",))
    result = result.then(work_again(result.incident, event, policy, news=f"Reopened: {body.reason}", outside="initial"))
    return result.then(look_at_gates(result.incident, event)) if failing else result


def work_again(incident: Incident, event: Event, policy: Policy, *, news: str, outside: str = "") -> Step:
    """Page where nobody has it, start the clocks, and take up the conversation with `news` (see `tell_again`)."""
    result = begin_paging(incident, event, policy)
    result = result.then(start_clocks(result.incident, event, policy))
    result = result.then(tell_again(result.incident, event, policy, news=news, outside=outside))
    return result.then(open_conversation(result.incident, event, policy))


def close(incident: Incident, event: Event, _body: Closed, policy: Policy) -> Step:
    """Nothing is left to do; a required review must have been published first.

    A pack that closes by the clock does not wait for the review: its deadlines go on after the closing (R-VER-4).

    Raises:
        RefusedError: not resolved, or the required post-mortem is not published.
    """
    phase = next_phase(incident.phase, "close")
    owed = (
        incident.mode == "standard"
        and incident.postmortem_state != "published"
        and is_review_required(policy.level(incident.severity), incident.recurrences)
    )
    if owed and policy.pack.verification.order != "close_after":
        raise RefusedError(
            f"{incident.severity} needs a published post-mortem before it closes",
            mend=f"Write it: `tocsin postmortem {incident.ref}`, then publish it.",
        )
    done = stamp(replace(incident, phase=phase, closed_at=event.occurred_at), "closed", event)
    return disarm_all(done, but=("followup/", "review/") if owed else ("followup/",))
