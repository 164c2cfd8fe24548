"""What could not be delivered is tried once more because a person asks, under its own key and marked as a possible repeat."""

from __future__ import annotations

from typing import Final

from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Resent
from tocsin.domain.incident.wanted import is_wanted
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, find, record
from tocsin.flows.respond import By
from tocsin.flows.spreading import SPREAD
from tocsin.flows.storage import JobSummary, Tx
from tocsin.flows.transact import transact

# What tells somebody something. A plan that was given up is never run again by this: it wants a new look and a new hash.
KINDS: Final = frozenset({"page", "message", "reminder", "write_back", SPREAD})


class UnknownJobError(Exception):
    """There is no such message, or it belongs to an incident that is none of your business, which looks the same."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no message is called {name!r}")


def resend(engine: Engine, name: str, by: By) -> JobSummary:
    """Let a message that failed for good, by its key or id, be tried again at once, and return its row.

    Raises:
        UnknownJobError: there is no such row, or it is hidden from the viewer.
        RefusedError: it has not failed for good, is no message, or is a page that nobody needs any more.
    """
    done = transact(engine, lambda tx: _again(engine, tx, name, by))
    engine.store.wake()
    return done


def _again(engine: Engine, tx: Tx, name: str, by: By) -> JobSummary:
    job = tx.job_named(by.viewer, name)
    if job is None:
        raise UnknownJobError(name)
    _require_message(job)
    if job.incident:
        incident = find(tx, job.incident, by.viewer)
        if job.kind == "page" and not is_wanted(incident, job.key):
            mend = "Ask them to join instead: tocsin page."
            raise RefusedError("nobody needs to be woken by this page any more", mend=mend)
        record(engine, tx, incident, [Change(body=Resent(key=job.key, kind=job.kind, to=job.to), actor=by.actor)])
    if not tx.revive(job.id):
        raise _not_dead(job)
    return tx.job_named(by.viewer, job.id) or job


def _require_message(job: JobSummary) -> None:
    if job.kind not in KINDS:
        mend = "Ask for it anew: diagnose, plan or run it again."
        raise RefusedError(f"{job.kind} is no message that could be sent again", mend=mend)
    if job.state != "dead":
        raise _not_dead(job)


def _not_dead(job: JobSummary) -> RefusedError:
    mend = "`tocsin outbox --state dead` lists what failed for good."
    return RefusedError(f"{job.key} has not failed for good: it is {job.state}", mend=mend)
