"""Who may post: an integration and any of its keys, and what its source needs to read a post."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from tocsin.domain.catalogue import Integration
from tocsin.flows.access import DeniedError
from tocsin.flows.engine import Engine
from tocsin.flows.ingest import Sender
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import Glancing, PermanentError, Source
from tocsin.flows.storage import Tx

TOGETHER: Final = "this integration and key do not go together"


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


class Addressed(Protocol):
    """What somebody asks, as far as it says who they are (`Post` and `Credentials` have this shape)."""

    @property
    def integration(self) -> str:
        """The integration's key, '' when only the kind and the key are known."""
        ...

    @property
    def kind(self) -> str:
        """The kind it must be of; '' for any."""
        ...

    @property
    def key(self) -> str:
        """The secret."""
        ...


class Credentials(NamedTuple):
    """Who somebody says to be; without an `integration`, the one of that kind that has the key."""

    integration: str
    kind: str
    key: str


def addressed(asked: Addressed, senders: Mapping[str, KnownSender]) -> KnownSender | None:
    """Return the sender whose key somebody has, among those they may mean."""
    if asked.integration:
        named = senders.get(asked.integration)
        candidates = [named] if named is not None and asked.kind in {"", named.integration.kind} else []
    else:
        candidates = [known for known in senders.values() if known.integration.kind == asked.kind]
    return next((known for known in candidates if known.opens(asked.key)), None)


def concerned(asked: Iterable[Addressed], integrations: Mapping[str, Integration]) -> set[str]:
    """Return the integrations that some name, and for those who name none every one of their kind."""
    named = {(one.integration, one.kind) for one in asked}
    kinds = {kind for integration, kind in named if not integration}
    keys = {integration for integration, _ in named} & set(integrations)
    return keys | {key for key, one in integrations.items() if kinds and one.kind in kinds}


def admitted(engine: Engine, tx: Tx, asked: Credentials) -> Integration:
    """Return the integration that somebody may ask for.

    Raises:
        DeniedError: no such integration, or not its key (not told apart).
        NotConfiguredError: nothing is configured yet.
    """
    integrations = {one.key: one for one in catalogue(tx).integrations}
    senders = {key: known_sender(engine, integrations[key]) for key in concerned([asked], integrations)}
    known = addressed(asked, senders)
    if known is None:
        raise DeniedError(TOGETHER)
    return known.integration


def known_sender(engine: Engine, integration: Integration) -> KnownSender:
    """Resolve an integration's keys and options now: neither is believed for longer than a second (`flows.renewing`)."""
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
