"""What may have gone out before a crash is looked for outside, where the outside can be asked, before it is sent again.

A provider that tells messages apart is asked for this one. One that only lists what it took for a receiver (calls) is
believed where nothing else is in doubt: then what no row of ours accounts for is this row's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.domain.visibility import WORKER
from tocsin.flows.engine import Engine, Options
from tocsin.flows.ports import Channel, Listing, Message, Reconciling
from tocsin.flows.storage import Job, JobSummary

LOOKED_THROUGH: Final = 500
# How long before a row was made a receipt may have been given that still stands in a provider's list: clocks differ.
SKEW: Final = timedelta(minutes=2)


def already_sent(
    engine: Engine, channel: Channel, message: Message, options: Options, job: Job, *, deadline_s: float
) -> str:
    """Return the receipt of what went out by an earlier try; '' when nothing did, or nobody can tell."""
    if isinstance(channel, Reconciling):
        return channel.find(message, options, deadline_s, since=job.created_at)
    if not isinstance(channel, Listing):
        return ""
    known = _accounted(engine, job)
    if known is None:
        return ""
    taken = channel.taken(message, options, deadline_s, since=job.created_at)
    return next((receipt for receipt in taken if receipt not in known), "")


def _accounted(engine: Engine, job: Job) -> frozenset[str] | None:
    """Return the receipts of what else went to this person lately; None when the end of something else is unknown too."""
    to = str(job.payload.get("to"))
    with engine.store.reading() as tx:
        page = tx.jobs(WORKER, limit=LOOKED_THROUGH)
    since = job.created_at - SKEW
    others = [
        j for j in page.items if j.to == to and j.key != job.key and (j.settled_at is None or j.settled_at >= since)
    ]
    # A list that goes on may hold more of theirs, unless its oldest row ended before this one was made.
    whole = not page.next_cursor or any(j.settled_at is not None and j.settled_at < since for j in page.items[-1:])
    if not whole or any(_in_doubt(one) for one in others):
        return None
    return frozenset(one.result for one in others if one.state == "done")


def _in_doubt(one: JobSummary) -> bool:
    return one.state == "held" or (one.state in {"waiting", "dead", "cancelled"} and one.attempt > 0)
