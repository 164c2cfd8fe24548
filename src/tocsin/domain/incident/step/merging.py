"""An incident goes on in another, and comes out again: references keep resolving, nothing is deleted."""

from __future__ import annotations

from tocsin.domain.effects import CancelPages
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Absorbed, Event, Merged, Unmerged
from tocsin.domain.incident.phases import Phase, Status, next_phase
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.clocks import look_at_gates
from tocsin.domain.incident.step.ending import work_again
from tocsin.domain.incident.step.result import Step, disarm_all
from tocsin.domain.incident.step.telling import tell_again
from tocsin.domain.replacing import replace


def merge(incident: Incident, event: Event, body: Merged, policy: Policy) -> Step:
    """Go on in another incident; everyone told of this one is told so, and the merge can be undone.

    Raises:
        RefusedError: into itself, or from a phase that nothing merges.
    """
    if body.into == event.incident:
        raise RefusedError("an incident cannot be merged into itself", mend="Name another incident.")
    gone = replace(
        incident,
        phase=next_phase(incident.phase, "merge"),
        phase_before_merge=incident.phase,
        merged_into=body.into,
        update_due_at=None,
    )
    news = "This goes on in another incident." + (f" {body.reason}" if body.reason else "")
    result = disarm_all(gone, but=("followup/",)).also(CancelPages())
    return result.then(tell_again(result.incident, event, policy, news=news, outside="update"))


def unmerge(incident: Incident, event: Event, body: Unmerged, policy: Policy) -> Step:
    """Take it out again: it stands where it stood, is paged for where nobody has it, and its clocks run again.

    Raises:
        RefusedError: without a reason, or not merged.
    """
    if not body.reason.strip():
        raise RefusedError("unmerging needs a reason", mend="Say why they are two.")
    next_phase(incident.phase, "unmerge")
    back = replace(incident, phase=incident.phase_before_merge, merged_into="")
    result = work_again(back, event, policy, news=f"This is an incident of its own again: {body.reason}")
    verifying = back.phase is Phase.ACTIVE and back.status in {Status.FIXING, Status.MONITORING}
    return result.then(look_at_gates(result.incident, event)) if verifying else result


def absorb(incident: Incident, body: Absorbed) -> Step:
    """Another incident came in, or left again; what it is about comes and goes with it, so that its alerts do too."""
    absorbed = tuple(o for o in incident.absorbed if o != body.other)
    services = tuple(s for s in incident.services if s not in body.services)
    if not body.undone:
        absorbed, services = (*absorbed, body.other), tuple(dict.fromkeys((*incident.services, *body.services)))
    return Step(incident=replace(incident, absorbed=absorbed, services=services))
