"""How many alerts one source may send: a bucket of tokens as a plain value, so that whoever keeps it can be anybody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """So many alerts a minute in the long run, and at most `burst` at once."""

    per_minute: float
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """How many tokens there were when the bucket was last looked into."""

    tokens: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Whether the alerts may come in, the bucket afterwards, and how long until they might when they may not."""

    allowed: bool
    bucket: Bucket
    wait: timedelta = timedelta(0)


def spend(limit: RateLimit, bucket: Bucket | None, now: datetime, count: int = 1) -> Spent:
    """Take `count` tokens at once or none; a source never seen has a full bucket.

    A batch larger than the whole bucket passes when it is full, and leaves a debt: otherwise it never could.
    """
    full = float(limit.burst)
    had = _filled(limit, bucket, now) if bucket else full
    here = Bucket(tokens=had, at=now if bucket is None else max(bucket.at, now))
    needed = min(float(count), full)
    if had >= needed:
        return Spent(allowed=True, bucket=replace(here, tokens=had - count))
    if limit.per_minute <= 0:
        return Spent(allowed=False, bucket=here, wait=timedelta.max)
    return Spent(allowed=False, bucket=here, wait=timedelta(minutes=(needed - had) / limit.per_minute))


def _filled(limit: RateLimit, bucket: Bucket, now: datetime) -> float:
    passed = max((now - bucket.at) / timedelta(minutes=1), 0.0)
    return min(bucket.tokens + passed * limit.per_minute, float(limit.burst))
