"""A sender's post: its key is checked, its body parsed and taken; what cannot be read is kept for replay."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

from tocsin.domain.catalogue import Integration
from tocsin.flows.access import DeniedError
from tocsin.flows.aside import STORE_ERRORS
from tocsin.flows.engine import Engine
from tocsin.flows.inbound import items, reasons, take_in, together
from tocsin.flows.ingest import Accepted, Sender
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import Envelope, InboundPost, Parsed, PermanentError, RejectedError
from tocsin.flows.storage import Tx
from tocsin.flows.transact import transact


def receive(engine: Engine, integration: str, key: str, body: bytes, envelope: Envelope | None = None) -> Accepted:
    """Take one post of an integration, durably, before it is answered.

    Raises:
        DeniedError: no such integration, or not its key (not told apart).
        UnverifiedError: the post's signature does not fit; the body is kept.
        RejectedError: the body is not what that sender sends; it is kept for replay.
    """
    with engine.store.reading() as tx:
        found = next((i for i in catalogue(tx).integrations if i.key == integration), None)
        now = tx.now()
    if found is None or not _opens(engine, found, key):
        raise DeniedError("this integration and key do not go together")
    try:
        parsed = _parsed(engine, found, InboundPost(body=body, received_at=now, envelope=envelope or Envelope()))
    except RejectedError as error:
        reason = str(error)
        kept = transact(engine, lambda tx: tx.keep_raw(integration, body, error=reason))
        raise type(error)(f"{error} (kept as {kept})") from error
    sender = Sender(key=found.key, service=found.service, team=found.team)
    try:
        return transact(engine, lambda tx: _taken(engine, tx, sender, parsed, body))
    except STORE_ERRORS:
        raise
    except Exception as error:  # noqa: BLE001 (one alert that cannot be taken must not cost the others of its post)
        reason = f"{type(error).__name__}: {error}"
        transact(engine, lambda tx: tx.keep_raw(integration, body, error=reason))
        return _one_by_one(engine, sender, parsed, error)


def _parsed(engine: Engine, integration: Integration, post: InboundPost) -> Parsed:
    source = engine.sources.get(integration.kind)
    if source is None:
        raise RejectedError(f"nothing here reads posts of kind {integration.kind!r}")
    try:
        options = engine.resolve(integration.options)
    except PermanentError as error:
        raise RejectedError(f"the options of integration {integration.key!r} do not hold: {error}") from error
    return source.parse(replace(post, options=options))


def _taken(engine: Engine, tx: Tx, sender: Sender, parsed: Parsed, body: bytes) -> Accepted:
    tx.keep_raw(sender.key, body, error=reasons(parsed.rejected))
    return take_in(engine, tx, sender, parsed)


def _one_by_one(engine: Engine, sender: Sender, parsed: Parsed, broken: Exception) -> Accepted:
    """Take what can be taken, each item in a transaction of its own.

    Raises:
        RejectedError: none could be taken.
    """
    taken: list[Accepted] = []
    for item in items(parsed):
        try:
            taken.append(transact(engine, lambda tx, item=item: take_in(engine, tx, sender, item)))  # type: ignore[misc]  # bound now
        except STORE_ERRORS:
            raise
        except Exception as error:  # noqa: BLE001 (the body is kept with its reason; the next alert may be the one that matters)
            broken = error
    if not taken:
        raise RejectedError(f"no alert of this post could be taken: {broken}") from broken
    return together(taken, parsed)


def _opens(engine: Engine, integration: Integration, key: str) -> bool:
    """Return whether any of the integration's keys is this one; every comparison takes the same time."""
    given = hashlib.sha256(key.encode()).hexdigest()
    fits = [hmac.compare_digest(given, digest) for digest in _digests(engine, integration)]
    return any(fits) and bool(key)


def _digests(engine: Engine, integration: Integration) -> list[str]:
    """Return the SHA-256 of every key; a reference that leads nowhere opens nothing."""
    found: list[str] = []
    for reference in integration.keys:
        if reference.startswith("sha256:"):
            found.append(reference.removeprefix("sha256:").lower())
            continue
        try:
            secret = str(engine.resolve({"key": reference})["key"])
        except PermanentError:
            continue
        found.append(hashlib.sha256(secret.encode()).hexdigest())
    return found
