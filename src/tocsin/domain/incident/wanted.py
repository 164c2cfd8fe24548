"""Whether a page that still waits is to be sent: what was asked for may be needless by the time its turn comes."""

from __future__ import annotations

from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step.calling import stands
from tocsin.domain.incident.step.paging import is_quiet
from tocsin.domain.incident.step.waking import ESCALATION, REQUEST


def is_wanted(incident: Incident, key: str) -> bool:
    """Return whether the page with `key` should wake somebody now.

    Nobody is woken for what is over, nor by the escalation once somebody has it or it is snoozed; whoever was asked for
    beside it only as long as that request is the last one and stands. Pages that wait are cancelled as that becomes
    known; this is for those that a worker held at that moment and that came back to be tried again.
    """
    if not incident.open:
        return False
    if key.startswith(f"{incident.id}/{REQUEST}/"):
        return stands(incident, key)
    return not (key.startswith(f"{incident.id}/{ESCALATION}/") and is_quiet(incident))
