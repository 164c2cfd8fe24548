"""Phases and statuses, and the one table that says which may follow which.

Phases are fixed in code; statuses inside `active` follow the status-page standard (R-DET-11) and a pack may rename them.
"""

from __future__ import annotations

from enum import StrEnum

from tocsin.domain.errors import RefusedError


class Phase(StrEnum):
    """Where an incident stands as a whole."""

    TRIAGE = "triage"
    ACTIVE = "active"
    POST_INCIDENT = "post_incident"
    CLOSED = "closed"
    DECLINED = "declined"
    MERGED = "merged"
    CANCELLED = "cancelled"


class Status(StrEnum):
    """What the response is doing."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    FIXING = "fixing"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


# (from, verb) -> to. Every pair that is not here is refused by name. Shown in docs/reference/lifecycle.md.
# Undoing a merge leads back to where the incident stood, which is triage when it was merged from there.
PHASE_TABLE: dict[tuple[Phase, str], Phase] = {
    (Phase.TRIAGE, "accept"): Phase.ACTIVE,
    (Phase.TRIAGE, "decline"): Phase.DECLINED,
    (Phase.TRIAGE, "cancel"): Phase.CANCELLED,
    (Phase.TRIAGE, "merge"): Phase.MERGED,
    (Phase.ACTIVE, "resolve"): Phase.POST_INCIDENT,
    (Phase.ACTIVE, "cancel"): Phase.CANCELLED,
    (Phase.ACTIVE, "merge"): Phase.MERGED,
    (Phase.POST_INCIDENT, "close"): Phase.CLOSED,
    (Phase.POST_INCIDENT, "reopen"): Phase.ACTIVE,
    (Phase.CLOSED, "reopen"): Phase.ACTIVE,
    (Phase.DECLINED, "reopen"): Phase.ACTIVE,
    (Phase.CANCELLED, "reopen"): Phase.ACTIVE,
    (Phase.MERGED, "unmerge"): Phase.ACTIVE,
}

OPEN_PHASES = frozenset({Phase.TRIAGE, Phase.ACTIVE})
WORKING_STATUSES = (Status.INVESTIGATING, Status.IDENTIFIED, Status.FIXING, Status.MONITORING)


def next_phase(phase: Phase, verb: str) -> Phase:
    """Return the phase that `verb` leads to.

    Raises:
        RefusedError: the table has no such pair.
    """
    found = PHASE_TABLE.get((phase, verb))
    if found is None:
        allowed = sorted(v for (p, v) in PHASE_TABLE if p is phase)
        mend = f"From {phase} you may: {', '.join(allowed)}." if allowed else "Nothing follows this phase."
        raise RefusedError(f"cannot {verb} an incident that is {phase}", mend=mend)
    return found
