"""How an incident ends, comes back, goes on elsewhere, and is learned from (R-VER-3, R-PM-3, R-PM-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tocsin.domain.effects import CancelPages
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import (
    Absorbed,
    Closed,
    Event,
    FollowUpAdded,
    FollowUpChanged,
    Merged,
    PostmortemWritten,
    Reopened,
    Resolved,
    Unmerged,
)
from tocsin.domain.incident.phases import Status, next_phase
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import FollowUp, Incident, Verification
from tocsin.domain.incident.step.paging import page_level, remind, write_back
from tocsin.domain.incident.step.result import Step, arm, disarm, stamp
from tocsin.domain.incident.step.telling import plan_updates, tell
from tocsin.domain.policy.review import review_timers

RESPONSE_TIMERS = (
    "escalate", "ack_by", "commander_by", "resolve_by", "update_due", "update_reminder", "update_nag", "tell/", "phase/",
)  # fmt: skip


def resolve(incident: Incident, event: Event, body: Resolved, policy: Policy) -> Step:
    """Send the all-clear to everyone who was told, plan the review, stop the clocks.

    Raises:
        RefusedError: not active; a gate fails; or the pack wants the watch window first and it has not passed.
    """
    phase = next_phase(incident.phase, "resolve")
    _require_verified(incident, policy)
    over = replace(
        incident,
        phase=phase,
        status=Status.RESOLVED,
        resolution=body.resolution,
        root_cause=body.root_cause or incident.root_cause,
        next_steps=body.next_steps,
        resolved_at=event.occurred_at,
        update_due_at=None,
    )
    over = stamp(stamp(over, "mitigated", event), "resolved", event)
    over = replace(over, milestones={**over.milestones, "resolved": event.occurred_at})
    result = disarm(over, *RESPONSE_TIMERS).also(CancelPages(), *write_back(over, event, "resolve"))
    if incident.mode == "backfill":
        return result
    for audience in over.told:
        facts: dict[str, object] = {"resolution": body.resolution, "thanks": list(body.thanks)}
        result = result.then(tell(result.incident, event, policy, moment="resolved", audience=audience, facts=facts))
    return result.then(_plan_review(result.incident, event, policy))


def _require_verified(incident: Incident, policy: Policy) -> None:
    seen = incident.verification
    failing = [g for g in seen.gates if g.verdict == "fail"]
    if failing and not seen.passed:
        gate = failing[0]
        raise RefusedError(
            f"gate {gate.gate} fails: {gate.observed}, expected {gate.expected}",
            mend="Fix it, or shorten the watch with a reason: `tocsin resolve … --anyway 'why'`.",
        )
    waits = policy.pack.verification.order == "watch_then_announce" and seen.watch_ends_at is not None
    if waits and not seen.passed and seen.watch_ends_at:
        raise RefusedError(
            f"the watch window runs until {seen.watch_ends_at:%H:%M:%S} UTC",
            mend="Wait for it, or shorten it with a reason: `tocsin resolve … --anyway 'why'`.",
        )


def _plan_review(incident: Incident, event: Event, policy: Policy) -> Step:
    result = Step(incident=incident)
    for name, due in review_timers(policy.pack, policy.level(incident.severity), event.recorded_at):
        result = result.then(arm(result.incident, name, due, event))
    if policy.pack.verification.order == "close_after" and policy.pack.verification.watch:
        due = event.recorded_at + policy.pack.verification.watch
        result = result.then(arm(result.incident, "close_after", due, event))
    return result


def reopen(incident: Incident, event: Event, body: Reopened, policy: Policy) -> Step:
    """Go back to work with a reason: page again, clocks run again."""
    if not body.reason.strip():
        raise RefusedError("reopening needs a reason", mend="Say what came back: --reason '…'.")
    milestones = {k: v for k, v in incident.milestones.items() if k not in {"resolved", "mitigated", "closed"}}
    back = replace(
        incident,
        phase=next_phase(incident.phase, "reopen"),
        status=Status.INVESTIGATING,
        resolved_at=None,
        closed_at=None,
        milestones=milestones,
        verification=Verification(),
        paging=replace(incident.paging, acknowledged_by="", acknowledged_at=None, level=-1, exhausted=False),
    )
    result = disarm(back, *back.timers)
    if incident.mode == "backfill":
        return result
    if policy.level(back.severity).pages:
        result = result.then(page_level(result.incident, event, policy, 0))
    facts: dict[str, object] = {"text": f"Reopened: {body.reason}"}
    for audience in back.told:
        result = result.then(tell(result.incident, event, policy, moment="update", audience=audience, facts=facts))
    return result.then(plan_updates(result.incident, event, policy))


def close(incident: Incident, event: Event, _body: Closed, policy: Policy) -> Step:
    """Nothing is left to do; a required review must have been written first.

    Raises:
        RefusedError: not resolved, or the required post-mortem is not published.
    """
    phase = next_phase(incident.phase, "close")
    level = policy.level(incident.severity)
    drilling = incident.mode != "standard"
    if level.review == "required" and incident.postmortem_state != "published" and not drilling:
        raise RefusedError(
            f"{incident.severity} needs a published post-mortem before it closes",
            mend=f"Write it: `tocsin postmortem {incident.ref}`, then publish it.",
        )
    done = stamp(replace(incident, phase=phase, closed_at=event.occurred_at), "closed", event)
    return disarm(done, *(t for t in done.timers if not t.startswith("followup/")))


def merge(incident: Incident, event: Event, body: Merged) -> Step:
    """Go on in another incident; the reference keeps resolving and the merge can be undone."""
    if body.into == event.incident:
        raise RefusedError("an incident cannot be merged into itself", mend="Name another incident.")
    gone = replace(
        incident,
        phase=next_phase(incident.phase, "merge"),
        phase_before_merge=incident.phase,
        merged_into=body.into,
        update_due_at=None,
    )
    return disarm(gone, *gone.timers).also(CancelPages())


def unmerge(incident: Incident, event: Event, body: Unmerged, policy: Policy) -> Step:
    """Take it out again: it stands where it stood, and its clocks run again."""
    if not body.reason.strip():
        raise RefusedError("unmerging needs a reason", mend="Say why they are two.")
    next_phase(incident.phase, "unmerge")
    back = replace(incident, phase=incident.phase_before_merge, merged_into="")
    result = plan_updates(back, event, policy)
    if not back.paging.acknowledged_by and policy.level(back.severity).pages and back.mode != "backfill":
        return result.then(page_level(result.incident, event, policy, max(0, back.paging.level)))
    return result


def absorb(incident: Incident, body: Absorbed) -> Step:
    """Another incident came in, or left again."""
    kept = tuple(o for o in incident.absorbed if o != body.other)
    return Step(incident=replace(incident, absorbed=kept if body.undone else (*kept, body.other)))


def add_followup(incident: Incident, event: Event, body: FollowUpAdded) -> Step:
    """Keep an action item, with a reminder when it becomes overdue."""
    if any(f.key == body.followup for f in incident.followups):
        return Step(incident=incident)
    item = FollowUp(
        key=body.followup,
        title=body.title,
        owner=body.owner,
        due=body.due,
        priority=body.priority,
        horizon=body.horizon,
        kind=body.kind,
    )
    added = replace(incident, followups=(*incident.followups, item))
    return arm(added, f"followup/{item.key}", item.due, event) if item.due else Step(incident=added)


def change_followup(incident: Incident, event: Event, body: FollowUpChanged) -> Step:
    """Move an action item on; done and dropped ones remind nobody.

    Raises:
        RefusedError: there is no such item.
    """
    item = next((f for f in incident.followups if f.key == body.followup), None)
    if item is None:
        known = ", ".join(f.key for f in incident.followups) or "none"
        raise RefusedError(f"{incident.ref} has no follow-up {body.followup!r}", mend=f"Follow-ups: {known}.")
    changed = replace(
        item,
        status=body.status or item.status,
        owner=item.owner if body.owner is None else body.owner,
        due=item.due if body.due is None else body.due,
    )
    moved = replace(incident, followups=tuple(changed if f.key == item.key else f for f in incident.followups))
    timer = f"followup/{item.key}"
    if changed.status in {"done", "dropped"} or changed.due is None:
        return disarm(moved, timer)
    return arm(moved, timer, changed.due, event) if changed.due != item.due else Step(incident=moved)


def followup_overdue(incident: Incident, event: Event, key: str, policy: Policy) -> Step:
    """Remind the owner, and again every day until it is done."""
    item = next((f for f in incident.followups if f.key == key), None)
    if item is None or item.status in {"done", "dropped"}:
        return Step(incident=incident)
    nudges = remind(incident, event, policy, template="reminder", about=f"followup/{key}", person=item.owner)
    return arm(incident, f"followup/{key}", event.recorded_at + timedelta(days=1), event).also(*nudges)


def write_postmortem(incident: Incident, body: PostmortemWritten) -> Step:
    """Keep a section's text, or move the document on."""
    sections = {**incident.sections, body.section: body.text} if body.section else incident.sections
    written = replace(incident, sections=sections, postmortem_state=body.state)
    return disarm(written, "review/") if body.state == "published" else Step(incident=written)
