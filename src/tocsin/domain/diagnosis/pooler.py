"""Which of a connection pooler's pools hold their clients up, and whether for want of size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.domain.diagnosis.facts import Bundle, PgbouncerFacts, ServerPool


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Clients of one pool that wait for a server connection; `size` is how many the pool may open, None: not seen."""

    pooler: str
    pool: ServerPool
    size: int | None = None

    @property
    def full(self) -> bool:
        """Whether every connection that the pool may open has a client."""
        return self.size is not None and self.pool.serving >= self.size

    def __str__(self) -> str:
        of = f" of {self.size}" if self.size else ""
        return (
            f"{self.pool.waiting} clients of {self.pool.database} wait, the first for {self.pool.longest_wait_s:.1f} s; "
            f"{self.pool.serving}{of} server connections have a client"
        )


def size_of(facts: PgbouncerFacts, pool: ServerPool) -> int | None:
    """Return how many server connections a pool may open, its reserve left out; None where that was not seen."""
    known = next((one for one in facts.databases or () if one.name == pool.database), None)
    return known.pool_size or None if known else None


def queues(facts: PgbouncerFacts) -> tuple[Queue, ...]:
    """Return the pools with clients that waited at both looks, the longest wait first; a paused database is no pool's fault."""
    held = {one.name for one in facts.databases or () if one.paused or one.disabled}
    found = (
        Queue(pooler=facts.target, pool=one, size=size_of(facts, one))
        for one in facts.pools or ()
        if one.held_up and one.database not in held
    )
    return tuple(sorted(found, key=lambda one: -one.pool.longest_wait_s))


def full_queues(bundle: Bundle) -> Iterator[Queue]:
    """Yield the queues before pools that are full, of every pooler."""
    for facts in bundle.pgbouncer:
        yield from (one for one in queues(facts) if one.full)
