"""The clocks of the response: acknowledge by, command by, resolve by, the phases' spans, the next update (R-SEV-3, R-COM-1)."""

from __future__ import annotations

from datetime import timedelta

from tocsin.domain.incident.events import Event
from tocsin.domain.incident.phases import Phase, Status
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.result import Step, arm, disarm
from tocsin.domain.policy.deadlines import next_update_due, update_reminder_at
from tocsin.domain.replacing import replace

RESPONSE_CLOCKS = ("ack_by", "commander_by", "resolve_by")
UPDATE_CLOCKS = ("update_due", "update_reminder", "update_nag")
# Of these one is live at a time: the next level, all from the beginning, the end of that, or why nobody is paged now.
PAGING_TIMERS = ("escalate", "page_again", "paging_ends", "snooze", "ack_timeout")
RESPONSE_TIMERS = (*PAGING_TIMERS, "group_wait", "group_repeat", *RESPONSE_CLOCKS, *UPDATE_CLOCKS, "tell/", "phase/")
VERIFYING_TIMERS = ("gates", "watch")
BEYOND_INVESTIGATING = frozenset({Status.IDENTIFIED, Status.FIXING, Status.MONITORING})


def start_clocks(incident: Incident, event: Event, policy: Policy, *names: str) -> Step:
    """Start the response clocks (all, or those named) from now; one whose purpose is met stays stopped."""
    wanted = names or RESPONSE_CLOCKS
    result = disarm(incident, *wanted)
    if incident.mode == "backfill":
        return result
    for name, wait in _waits(incident, policy).items():
        if name in wanted and wait is not None and wait > timedelta(0):
            result = result.then(arm(result.incident, name, event.recorded_at + wait, event))
    return result


def _waits(incident: Incident, policy: Policy) -> dict[str, timedelta | None]:
    level = policy.level(incident.severity)
    answered = bool(incident.paging.acknowledged_by) or not level.pages or not level.responses
    return {
        "ack_by": None if answered else level.responses[0].within,
        "commander_by": None if incident.holder("commander") else level.commander_within,
        "resolve_by": level.resolve_within,
    }


def start_phases(incident: Incident, event: Event, policy: Policy) -> Step:
    """Start the spans the pack expects of the response's phases, counted once, from its beginning (R-SEV-7)."""
    result = Step(incident=incident)
    for clock in policy.pack.phase_clocks:
        if not clock.open_ended and clock.ends > timedelta(0):
            due = event.recorded_at + clock.ends
            result = result.then(arm(result.incident, f"phase/{clock.key}", due, event))
    return result


def phase_is_over(incident: Incident, key: str) -> bool:
    """Return whether what a phase of the packs is for has been reached, so that its overrun needs no word.

    A phase with a name of a team's own is never known to be over.
    """
    contained = incident.status in {Status.FIXING, Status.MONITORING} or "mitigated" in incident.milestones
    explained = bool(incident.root_cause) or incident.status in BEYOND_INVESTIGATING
    over = {
        "first_steps": bool(incident.holder("commander")),
        "detect": bool(incident.paging.acknowledged_by),
        "triage": bool(incident.paging.acknowledged_by),
        "assess": bool(incident.paging.acknowledged_by),
        "contain": contained,
        "cause": explained,
        "investigate": explained,
        "fix": "mitigated" in incident.milestones,
        "remediate": "mitigated" in incident.milestones,
        "verify": incident.verification.passed,
    }
    return over.get(key, False)


def plan_updates(incident: Incident, event: Event, policy: Policy) -> Step:
    """Set when the next update is due, with a reminder before it; a severity without a cadence has none."""
    cadence = policy.level(incident.severity).cadence
    cleared = disarm(incident, *UPDATE_CLOCKS)
    due, remind_at = next_update_due(cadence, event.recorded_at), update_reminder_at(cadence, event.recorded_at)
    if due is None or remind_at is None or incident.phase is not Phase.ACTIVE or incident.mode == "backfill":
        return cleared.then(Step(incident=replace(cleared.incident, update_due_at=None)))
    planned = arm(replace(cleared.incident, update_due_at=due), "update_due", due, event)
    return cleared.then(planned).then(arm(planned.incident, "update_reminder", remind_at, event))


def look_at_gates(incident: Incident, event: Event) -> Step:
    """Begin to look whether the services are back to normal, unless that goes on already."""
    idle = "gates" in incident.timers or not incident.services or incident.mode == "backfill"
    return Step(incident=incident) if idle else arm(incident, "gates", event.recorded_at, event)
