"""A page that comes back to be tried again is held against its incident once more: somebody may have it by now."""

from __future__ import annotations

from datetime import datetime

from tocsin.domain.incident.events import Delivered
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.wanted import is_wanted
from tocsin.flows.aside import close
from tocsin.flows.engine import Engine
from tocsin.flows.handle import load
from tocsin.flows.storage import Job, Tx

NEEDLESS = "not sent: nobody needs to be woken any more"
REACHED = "an earlier try must have reached them: they acknowledged"


def incident_of(tx: Tx, job: Job) -> Incident | None:
    """Return the incident that a page is about; None for what is no page of an incident."""
    return load(tx, job.incident) if job.kind == "page" and job.incident else None


def put_down(engine: Engine, job: Job, incident: Incident | None) -> str:
    """Settle a page that its incident, as it is now, needs no more; return what became of it (delivered, needless or lost), '' if it is wanted.

    Whoever it was for and has acknowledged was told by an earlier try whose end nobody knows, where nothing else is known
    to have told anybody: that is what the record says then.
    """
    if incident is None or is_wanted(incident, job.key):
        return ""
    told_at = _told_at(incident, job)
    if told_at is None:
        return "needless" if close(engine, job, None, NEEDLESS) else "lost"
    body = Delivered(
        key=job.key,
        kind=job.kind,
        to=str(job.payload.get("to")),
        via=str(job.payload.get("via") or ""),
        receipt=REACHED,
    )
    return "delivered" if close(engine, job, body, REACHED, told_at=told_at) else "lost"


def _told_at(incident: Incident, job: Job) -> datetime | None:
    """Return since when its person knew of it, by an earlier try at the soonest; None when they knew by other means, if at all."""
    paging = incident.paging
    if not job.previous_outcome_unknown or paging.acknowledged_at is None or "notified" in incident.milestones:
        return None
    # What was put off is due later than it was; when it was asked for has stayed.
    first = job.due if job.due <= paging.acknowledged_at else job.created_at
    knew = paging.acknowledged_by == str(job.payload.get("to")) and first <= paging.acknowledged_at
    return first if knew else None
