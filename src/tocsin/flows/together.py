"""What several threads ask of the database at one moment is done in one transaction, without anybody waiting for company.

Whoever finds nobody at it begins at once; who comes meanwhile is taken along by the next. So a quiet worker commits each row
by itself, a busy one as many at once as came during the commit before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tocsin.flows.storage import StoreUnavailableError

S = TypeVar("S")
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Asked:
    share: Any  # of whatever kind this question is
    answers: list[Any] = field(default_factory=list)
    error: StoreUnavailableError | None = None
    taken: bool = False


class Together:
    """Gathers what threads ask: one for each kind of question."""

    def __init__(self) -> None:
        self._adding = threading.Lock()
        self._turn = threading.Lock()
        self._waiting: list[_Asked] = []

    def ask(self, share: S, act: Callable[[Sequence[S]], Mapping[int, T]], alone: Callable[[], T]) -> T:
        """Return what became of `share`: `act` does several and says what became of each that it did, by their places.

        What it leaves out, and everything when it breaks, is done `alone`, each in the thread that asked, so that nothing
        which has to wait keeps others waiting.

        Raises:
            StoreUnavailableError: the database cannot be used; what became of the transaction is not known.
        """
        mine = _Asked(share)
        with self._adding:
            self._waiting.append(mine)
        with self._turn:
            if not mine.taken:
                self._take(act)
        if mine.error is not None:
            raise mine.error
        answer: T = mine.answers[0] if mine.answers else alone()
        return answer

    def _take(self, act: Callable[[Sequence[Any]], Mapping[int, Any]]) -> None:
        with self._adding:
            asked, self._waiting = self._waiting, []
        for one in asked:
            one.taken = True
        try:
            done = act([one.share for one in asked])
        except StoreUnavailableError as error:
            for one in asked:
                one.error = error
        except Exception:  # noqa: BLE001, S110 (each does its own alone then, and hears what is wrong with it)
            pass
        else:
            for place, answer in done.items():
                asked[place].answers.append(answer)
