"""What is asked twice is done once: the store knows who answers a key, and what was answered, for every process."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.flows.engine import Engine
from tocsin.flows.storage import Answer, ConflictError, StoreUnavailableError

# Whoever took a key on and has not answered by then is gone: long enough for a plan that looks at its targets, short
# enough for somebody who repeats what a killed server took along.
LONGEST: Final = timedelta(seconds=30)
# How soon it is worth asking again.
PAUSE_S: Final = 1


class StillAnsweredError(ConflictError):
    """The first request with a key is still being answered: asked again with the same key, its answer is given."""


def claimed(engine: Engine, key: str, actor: str) -> Answer | None:
    """Return what a key answered before; None when it is now the caller's to answer, who must keep or release it.

    Raises:
        StillAnsweredError: somebody else is answering it, or was ended while answering, at most `LONGEST` ago.
    """
    with engine.store.transaction() as tx:
        if tx.claim_answer(key, actor, LONGEST):
            return None
        found = tx.answer(key, actor)
    if found is None:
        raise StillAnsweredError("the first request with this key is still being answered")
    return found


def kept(engine: Engine, key: str, actor: str, answer: Answer) -> str:
    """Keep an answer. What it tells of is done: where it cannot be kept, return why, for a fault would have it done again."""
    try:
        with engine.store.transaction() as tx:
            tx.put_answer(key, actor, answer)
    except (StoreUnavailableError, ConflictError) as error:
        released(engine, key, actor)
        return str(error)
    return ""


def released(engine: Engine, key: str, actor: str) -> None:
    """Let a key be answered anew; where that cannot be written down, it can be after `LONGEST`."""
    try:
        with engine.store.transaction() as tx:
            tx.drop_answer(key, actor)
    except (StoreUnavailableError, ConflictError):
        return
