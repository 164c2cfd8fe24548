"""A sender's post: its key is checked, its body parsed and taken; what cannot be read is kept for replay."""

from __future__ import annotations

import hashlib
import hmac

from tocsin.domain.catalogue import Integration
from tocsin.flows.access import DeniedError
from tocsin.flows.engine import Engine
from tocsin.flows.ingest import Accepted, Sender, accept_in
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import PermanentError, RejectedError


def receive(engine: Engine, integration: str, key: str, body: bytes) -> Accepted:
    """Take one post of an integration, durably, before it is answered.

    Raises:
        DeniedError: no such integration, or not its key (not told apart).
        RejectedError: the body is not what that sender sends; it is kept for replay.
    """
    with engine.store.reading() as tx:
        found = next((i for i in catalogue(tx).integrations if i.key == integration), None)
        now = tx.now()
    if found is None or not _opens(engine, found, key):
        raise DeniedError("this integration and key do not go together")
    try:
        alerts = engine.sources[found.kind].parse(body, now)
    except RejectedError as error:
        with engine.store.transaction() as tx:
            kept = tx.keep_raw(integration, body, error=str(error))
        raise RejectedError(f"{error} (kept as {kept})") from error
    sender = Sender(key=found.key, service=found.service, team=found.team)
    with engine.store.transaction() as tx:
        tx.keep_raw(integration, body)
        result = accept_in(engine, tx, sender, alerts)
    engine.store.wake()
    return result


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
