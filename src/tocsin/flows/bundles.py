"""A storm of pages to one person is few messages: the first ones go at once, the rest gather, and each lists all it holds.

What is critical waits for nobody, and takes along what waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from tocsin.flows.engine import Engine
from tocsin.flows.storage import Job, NewJob, Tx
from tocsin.flows.transact import transact

# So many pages to one person by one method go at once within the window; only a storm brings more.
AT_ONCE: Final = 5
MOST_TOGETHER: Final = 100
LISTED: Final = 20


def gathered(tx: Tx, job: NewJob, window: timedelta) -> NewJob:
    """Return a page as it is to be enqueued: due at once, or with the others when there are many to one place."""
    if not window or job.critical or not job.recipient:
        return job
    before = tx.gathering(job.recipient, job.due - window)
    if before.rows < AT_ONCE:
        return job
    return replace(job, due=min(before.next_due or job.due + window, job.due + window))


def has_company(tx: Tx, job: Job, window: timedelta) -> bool:
    """Return whether other pages may wait for a page's recipient.

    A page that may have gone out before goes alone: whoever drops it as a repeat must not drop another with it.
    """
    if not window or not job.recipient or job.attempt > 1:
        return False
    return tx.gathering(job.recipient, tx.now() - 2 * window).rows > 1


def companions(engine: Engine, job: Job, window: timedelta) -> list[Job]:
    """Lease what waits for the same recipient, to be sent with a page."""
    return transact(engine, lambda tx: tx.take_along(job, tx.now() + window, limit=MOST_TOGETHER))


def together(job: Job, along: Sequence[Job]) -> Mapping[str, object]:
    """Return the payload of one message for several pages: the first in full, the others by a line and a link each."""
    if not along:
        return job.payload
    lines = [_line(one) for one in along[:LISTED]]
    left = len(along) - len(lines)
    more = [f"and {left} more: look at the list of incidents"] if left else []
    text = "\n".join([str(job.payload["text"]).rstrip(), "", f"And {len(along)} more:", *lines, *more])
    facts = job.payload.get("facts")
    keys = [one.key for one in along]
    return {
        **job.payload,
        "subject": f"{job.payload['subject']} (and {len(along)} more)",
        "text": text,
        "facts": {**(facts if isinstance(facts, dict) else {}), "also": [_facts(one) for one in along], "keys": keys},
    }


def _line(job: Job) -> str:
    facts = _facts(job)
    link = facts.get("ack_url") or facts.get("url") or ""
    ref = str(facts.get("ref", ""))
    subject = str(job.payload.get("subject", ""))
    return " ".join(part for part in ("-", "" if ref in subject else ref, subject, str(link)) if part)


def _facts(job: Job) -> dict[str, object]:
    facts = job.payload.get("facts")
    return facts if isinstance(facts, dict) else {}
