"""Stored changes of schedules as values of the domain, laid over a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import msgspec

from tocsin.domain.catalogue import Catalogue
from tocsin.domain.oncall.overlay import Laid, with_changes
from tocsin.domain.schedules import Override, Swap, Temporary
from tocsin.flows.schedule_records import ChangeKind, StoredChange

KINDS: dict[ChangeKind, type[Override | Temporary | Swap]] = {
    "override": Override,
    "temporary": Temporary,
    "swap": Swap,
}


def written(value: Laid) -> str:
    """Return a change as it is kept."""
    return msgspec.json.encode(value).decode()


@lru_cache(maxsize=4096)
def read(kind: ChangeKind, body: str) -> Laid:
    """Return a kept change."""
    return msgspec.json.decode(body, type=KINDS[kind])


def lay(known: Catalogue, changes: Sequence[StoredChange]) -> Catalogue:
    """Return `known` with changes over its schedules; those of a schedule that is gone mean nothing."""
    if not changes:
        return known
    schedules = tuple(
        with_changes(s, [read(c.kind, c.body) for c in changes if c.schedule == s.key]) for s in known.schedules
    )
    return replace(known, schedules=schedules)
