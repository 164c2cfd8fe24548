"""A message that did not reach a person goes on to their next contact method (R-ONC-3).

Pages go on by `step`, which also knows the next level. Everything else for one person is what its row says, word for word.
"""

from __future__ import annotations

from tocsin.domain.oncall.escalation import usable_contacts
from tocsin.flows.policies import catalogue
from tocsin.flows.storage import Job, NewJob, Tx

# A test page tries one method and is to fail with it; what a channel carries is for a room, not for a person.
PERSONAL = frozenset({"reminder"})


def send_on(tx: Tx, job: Job) -> str:
    """Enqueue the same words for the person's next method, and return that method; '' when none is left.

    The row's key follows from the first one's and the method, so that a failure that is told twice sends it on once.
    """
    if job.kind not in PERSONAL:
        return ""
    person, tried = str(job.payload.get("to")), str(job.payload.get("method"))
    contacts = usable_contacts(catalogue(tx), person)
    keys = [contact.key for contact in contacts]
    following = contacts[keys.index(tried) + 1 :] if tried in keys else ()
    if not following:
        return ""
    contact = following[0]
    first = str(job.payload.get("first") or job.key)
    where = {"method": contact.key, "via": contact.kind, "over": contact.channel, "address": contact.address}
    payload = {**job.payload, **where, "first": first}
    key = f"{first}/{contact.key}"
    tx.enqueue((NewJob(key=key, kind=job.kind, incident=job.incident, payload=payload, due=tx.now()),))
    return contact.key
