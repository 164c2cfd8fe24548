"""What a check is: one pure function with an id, so that adding one is adding one function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Generic, Protocol, TypeVar

from tocsin.domain.diagnosis.facts import Bundle
from tocsin.domain.diagnosis.findings import Finding
from tocsin.domain.diagnosis.look import Look


class Aimed(Protocol):
    """Facts about one target."""

    @property
    def target(self) -> str:
        """Name the target."""


FactsT = TypeVar("FactsT", bound=Aimed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[FactsT]):
    """A named judgement over one kind of facts. `judge` answers None where the facts it needs were not seen."""

    id: str
    source: str
    of: Callable[[Bundle], Iterable[FactsT]]
    judge: Callable[[FactsT, Look], Finding | None]

    def run(self, look: Look) -> tuple[Finding, ...]:
        """Judge every target the bundle has facts for."""
        judged = ((facts.target, self.judge(facts, look)) for facts in self.of(look.bundle))
        return tuple(
            replace(finding, check_id=self.id, target=finding.target or target, source=self.source)
            for target, finding in judged
            if finding is not None
        )


def check(
    check_id: str, of: Callable[[Bundle], Iterable[FactsT]], source: str
) -> Callable[[Callable[[FactsT, Look], Finding | None]], Check[FactsT]]:
    """Make a check of the decorated function; `source` says where its thresholds come from."""

    def make(judge: Callable[[FactsT, Look], Finding | None]) -> Check[FactsT]:
        return Check(id=check_id, source=source, of=of, judge=judge)

    return make


def checks_in(*modules: ModuleType) -> tuple[Check[Any], ...]:  # Any: a catalogue mixes checks of every kind of facts
    """Return the checks defined in `modules`, in the order they are written."""
    return tuple(value for module in modules for value in vars(module).values() if isinstance(value, Check))
