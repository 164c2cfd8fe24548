"""One transaction, decided anew when somebody else wrote first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tocsin.flows.engine import Engine
from tocsin.flows.storage import ConflictError, Tx

T = TypeVar("T")
TRIES = 5


def transact(engine: Engine, work: Callable[[Tx], T]) -> T:
    """Return what `work` makes of one transaction; it is called again after a conflict, so it must only use `tx`.

    Raises:
        ConflictError: it lost five times in a row.
    """
    for attempt in range(TRIES):
        try:
            with engine.store.transaction() as tx:
                return work(tx)
        except ConflictError:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")
