"""Which keys are large, of a few that SCAN gives: never KEYS, never a value, and no longer than there is time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from heapq import nlargest

import redis

from tocsin.domain.diagnosis.facts import BigKey

_A_BATCH = 100
_SAMPLES = 5
_KEPT = 10
_NAME_SHOWN = 40


def sampled(client: redis.Redis, most: int, until: float) -> tuple[int, tuple[BigKey, ...]]:
    """Return how many keys were looked at, `most` at most and until `until` (monotonic seconds), and the largest of them.

    A batch is one SCAN and one pipeline, so that the server does little at a time. MEMORY USAGE looks at five elements of a
    value and estimates the rest.

    Raises:
        redis.ResponseError: the account may not ask for this.
    """
    looked, cursor, largest = 0, 0, list[BigKey]()
    while looked < most and time.monotonic() < until:
        cursor, keys = client.scan(cursor, count=min(_A_BATCH, most - looked))
        found = _sized(client, [str(key) for key in keys[: most - looked]])
        looked += len(found)
        largest = nlargest(_KEPT, [*largest, *found], key=lambda one: one.bytes)
        if cursor == 0:
            break
    return looked, tuple(largest)


def _sized(client: redis.Redis, keys: Sequence[str]) -> list[BigKey]:
    with client.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.memory_usage(key, samples=_SAMPLES)
            pipe.type(key)
        answers = pipe.execute()
    sizes = zip(keys, answers[::2], answers[1::2], strict=True)
    return [BigKey(name=key[:_NAME_SHOWN], kind=kind, bytes=int(size or 0)) for key, size, kind in sizes]
