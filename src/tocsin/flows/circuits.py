"""Providers that fail are left alone for a while: nobody waits for them, and a try now and then finds them well again.

What is known of each is one small value in the database, so that all workers go by the same. Counts of several workers
at once may overwrite each other, which costs a try more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec

from tocsin.domain.catalogue import Catalogue, ChannelRoute
from tocsin.domain.oncall.escalation import usable_contacts
from tocsin.flows.engine import Engine
from tocsin.flows.policies import catalogue
from tocsin.flows.storage import NewJob, Tx
from tocsin.flows.transact import transact

KEPT: Final = "circuits"
# So many failures in a row open a circuit; one success closes it.
OPENS_AFTER: Final = 5
PAUSE: Final = timedelta(seconds=30)
# A failure this long ago is no part of a row.
FORGOTTEN: Final = timedelta(minutes=15)
PEOPLE: Final = "people"
# How it is said that a provider was left alone.
NOT_ASKED: Final = "fails at present, so that it was not asked"


class Circuit(msgspec.Struct, frozen=True):
    """What is known of a provider that failed lately; `opened_at` is None while it is still asked."""

    failures: int
    failed_at: datetime
    reason: str
    opened_at: datetime | None = None
    retry_at: datetime | None = None


Circuits = dict[str, Circuit]


def circuits(tx: Tx) -> Circuits:
    """Return the providers that failed lately, by name."""
    raw = tx.value(KEPT)
    return msgspec.json.decode(raw, type=Circuits) if raw else {}


def open_circuits(tx: Tx) -> Circuits:
    """Return the providers that are left alone now."""
    return {name: one for name, one in circuits(tx).items() if one.opened_at is not None}


def provider_of(kind: str, route: ChannelRoute | None, address: str) -> str:
    """Return what the circuits call a provider: a channel's name, and host and port where the address leads to one of its own.

    Two receivers on one host are two providers. Of other addresses only the scheme is told: what follows it may be a secret.
    """
    name = route.key if route else kind
    if "://" not in address:
        return name
    try:
        parts = urlsplit(address)
        place = f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"
    except ValueError:
        return name
    return f"{name} {place if parts.scheme in {'http', 'https'} else parts.scheme}"


def has_another(known: Catalogue, lately: Circuits, person: str, provider: str) -> bool:
    """Return whether somebody can be reached by a provider that is not `provider` and is not left alone now."""
    others = {provider_of(c.kind, carrier(known, c.kind, c.channel), c.address) for c in usable_contacts(known, person)}
    return any(name not in lately or lately[name].opened_at is None for name in others - {provider})


def carrier(known: Catalogue, kind: str, over: str) -> ChannelRoute | None:
    """Return the channel that carries to people's contacts of a kind: the one named, else the first for people."""
    routes = {c.key: c for c in known.channels}
    return routes.get(over) or next((c for c in routes.values() if c.kind == kind and PEOPLE in c.audiences), None)


def is_asked(engine: Engine, provider: str, found: Circuit | None) -> bool:
    """Return whether a provider, as it was `found`, is to be asked; who hears yes of an open circuit makes its one try."""
    if found is None or found.opened_at is None:
        return True
    return transact(engine, lambda tx: _try(tx, provider))


def _try(tx: Tx, provider: str) -> bool:
    known, now = circuits(tx), tx.now()
    found = known.get(provider)
    if found is None or found.opened_at is None:
        return True
    if found.retry_at is not None and now < found.retry_at:
        return False
    _keep(tx, {**known, provider: msgspec.structs.replace(found, retry_at=now + PAUSE)})
    return True


def failed(engine: Engine, provider: str, reason: str) -> None:
    """Count a failure; the one that opens the circuit is told to the catch-all responder."""
    transact(engine, lambda tx: _count(engine, tx, provider, reason))


def _count(engine: Engine, tx: Tx, provider: str, reason: str) -> None:
    known, now = circuits(tx), tx.now()
    before = known.get(provider)
    if before is None or (before.opened_at is None and now - before.failed_at > FORGOTTEN):
        before = Circuit(failures=0, failed_at=now, reason=reason)
    after = msgspec.structs.replace(before, failures=before.failures + 1, failed_at=now, reason=reason[:500])
    if after.failures >= OPENS_AFTER and after.opened_at is None:
        after = msgspec.structs.replace(after, opened_at=now, retry_at=now + PAUSE)
        text = f"{provider} failed {after.failures} times in a row, the last time so: {reason[:300]}\n"
        text += "Pages go by people's other methods meanwhile. It is tried again every half minute."
        _tell(engine, tx, provider, now, ("opened", f"Tocsin: messages by {provider} fail", text))
    _keep(tx, {**known, provider: after})


def worked(engine: Engine, provider: str, found: Circuit | None) -> None:
    """Forget the failures of a provider, as it was `found`; that an open circuit is closed is told as well."""
    if found is not None:
        transact(engine, lambda tx: _forget(engine, tx, provider))


def _forget(engine: Engine, tx: Tx, provider: str) -> None:
    known = circuits(tx)
    before = known.pop(provider, None)
    if before is None:
        return
    if before.opened_at is not None:
        text = f"{provider} takes messages again."
        _tell(engine, tx, provider, before.opened_at, ("closed", f"Tocsin: messages by {provider} go through", text))
    _keep(tx, known)


def _keep(tx: Tx, known: Circuits) -> None:
    tx.put_value(KEPT, msgspec.json.encode(known).decode())


def _tell(engine: Engine, tx: Tx, provider: str, since: datetime, said: tuple[str, str, str]) -> None:
    """Tell the catch-all responder by a method that another provider carries, else by their first."""
    known = catalogue(tx)
    contacts = usable_contacts(known, known.catch_all)
    if not contacts:
        return

    def differs(kind: str, over: str, address: str) -> bool:
        return provider_of(kind, carrier(known, kind, over), address) != provider

    contact = next((c for c in contacts if differs(c.kind, c.channel, c.address)), contacts[0])
    what, subject, text = said
    payload = {
        "to": known.catch_all,
        "method": contact.key,
        "via": contact.kind,
        "over": contact.channel,
        "address": contact.address,
        "subject": subject,
        "text": f"{text}\n{engine.public_url}/health-of-tocsin".strip(),
        "facts": {"moment": "circuit", "provider": provider},
    }
    key = f"circuit/{what}/{int(since.timestamp() * 1e6)}/{provider}"
    tx.enqueue((NewJob(key=key, kind="reminder", incident="", payload=payload, due=tx.now()),))
