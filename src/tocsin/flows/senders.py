"""Who may post: an integration and any of its keys, and what its source needs to read a post."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from tocsin.domain.catalogue import Integration
from tocsin.flows.engine import Engine
from tocsin.flows.ingest import Sender
from tocsin.flows.ports import Glancing, PermanentError, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSender:
    """An integration with its references resolved; `glancing` is its source where that tells repetitions unread. `broken` says why its options do not hold, '' when they do."""

    integration: Integration
    source: Source | None
    glancing: Glancing | None
    digests: tuple[str, ...]
    options: Mapping[str, object] = field(default_factory=dict)
    broken: str = ""

    @property
    def sender(self) -> Sender:
        """The sender as alerts know it."""
        found = self.integration
        return Sender(key=found.key, service=found.service, team=found.team)

    def opens(self, key: str) -> bool:
        """Return whether any of the integration's keys is this one; every comparison takes the same time."""
        given = hashlib.sha256(key.encode()).hexdigest()
        fits = [hmac.compare_digest(given, digest) for digest in self.digests]
        return any(fits) and bool(key)


def known_sender(engine: Engine, integration: Integration) -> KnownSender:
    """Resolve an integration's keys and options now: neither is kept longer than a few posts take."""
    options: Mapping[str, object] = {}
    broken = ""
    try:
        options = engine.resolve(integration.options)
    except PermanentError as error:
        broken = f"the options of integration {integration.key!r} do not hold: {error}"
    source = engine.sources.get(integration.kind)
    if source is None:
        broken = f"nothing here reads posts of kind {integration.kind!r}"
    digests = _digests(engine, integration)
    return KnownSender(
        integration=integration,
        source=source,
        glancing=source if isinstance(source, Glancing) else None,
        digests=digests,
        options=options,
        broken=broken,
    )


def _digests(engine: Engine, integration: Integration) -> tuple[str, ...]:
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
    return tuple(found)
