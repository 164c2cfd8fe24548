"""What happened to an incident becomes one row for each of its alerts whose sender can be told, so many a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import NOBODY
from tocsin.flows.alert_storage import KeptAlert
from tocsin.flows.engine import Engine
from tocsin.flows.merging import parts
from tocsin.flows.policies import catalogue
from tocsin.flows.storage import Job, NewJob, Tx
from tocsin.flows.transact import transact

SPREAD: Final = "write_back_all"
"""The kind of a row about all alerts of an incident; a worker that knows only rows about one leaves it to another."""
BATCH: Final = 100
PRIVATE: Final = "the incident is private, of which a sender does not hear"


def is_for_all(job: Job) -> bool:
    """Return whether a row is about every alert of its incident, and not about one."""
    return job.kind == SPREAD


def stale(incident: Incident, verb: str) -> str:
    """Return why a sender is not to hear this any more, '' when it is true still.

    What is told late must not undo what was told since.
    """
    acknowledged = bool(incident.paging.acknowledged_by)
    match verb:
        case "acknowledge" if not incident.open:
            return f"{incident.ref} is {incident.phase} by now"
        case "acknowledge" if not acknowledged:
            return f"nobody has {incident.ref} any more"
        case "unacknowledge" if not incident.open or acknowledged:
            return f"{incident.ref} is {'acknowledged again' if incident.open else incident.phase} by now"
        case "resolve" if incident.open:
            return f"{incident.ref} is open again"
        case _:
            return ""


def spread(engine: Engine, job: Job) -> str:
    """Let the senders of an incident's alerts be told; return what became of the row: spread, no way back or lost."""
    return transact(engine, lambda tx: _spread(tx, job))


def _spread(tx: Tx, job: Job) -> str:
    incident = tx.see(NOBODY, job.incident)
    verb = str(job.payload.get("verb"))
    why_not = stale(incident, verb) if incident else PRIVATE
    if incident is None or why_not:
        return "no way back" if tx.settle(job, why_not) else "lost"
    after = int(str(job.payload.get("after", 0)))
    found = tx.alerts_in(parts(tx, incident), firing=verb == "acknowledge", after=after, limit=BATCH)
    silent = str(job.payload.get("told_by", ""))
    ways = {one.key for one in catalogue(tx).integrations if one.write_back is not None and one.key != silent}
    rows = [_row(job, kept) for kept in found if kept.source in ways]
    if len(found) == BATCH:
        rows.append(_rest(job, found[-1].id))
    told = f"{len(rows)} rows" if rows else "no sender of its alerts offers a way: there is no `write_back` at theirs"
    if not tx.settle(job, told):
        return "lost"
    tx.enqueue(rows)
    return "spread" if rows else "no way back"


def _row(job: Job, kept: KeptAlert) -> NewJob:
    """Return the row for one alert; its key is one for each episode and occasion, so that nothing is told twice."""
    verb, occasion = job.payload.get("verb"), job.payload.get("occasion")
    key = f"{job.incident}/{verb}/{occasion}.{kept.state.episode}/{kept.source}/{kept.state.fingerprint}"
    return _new(job, key, "write_back", {"source": kept.source, "fingerprint": kept.state.fingerprint, "verb": verb})


def _rest(job: Job, after: int) -> NewJob:
    first = job.key.partition("+")[0]
    return _new(job, f"{first}+{after}", SPREAD, {**job.payload, "after": after})


def _new(job: Job, key: str, kind: str, payload: Mapping[str, object]) -> NewJob:
    return NewJob(key=key, kind=kind, incident=job.incident, payload=payload, due=job.due)
