"""What a scenario is, and how its diagnosis is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Literal

from bench.faultlab.world import Case, World
from tocsin.domain.diagnosis.diagnosis import Diagnosis
from tocsin.domain.diagnosis.findings import HypothesisKey

Kind = Literal["fault", "near_miss", "healthy"]
Arranging = Callable[[World], Iterator[Case]]
SURE = ("confirmed", "likely")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`cause` is what a fault must be found to be, and what a near miss must not be blamed on.

    `really` is the cause that a near miss does have, where it has one.
    """

    name: str
    kind: Kind
    cause: HypothesisKey | None
    really: HypothesisKey | None
    arrange: Callable[[World], AbstractContextManager[Case]]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was said of one scenario. `blamed` are the causes called confirmed or likely."""

    right: bool
    said: str
    blamed: tuple[str, ...]


SCENARIOS: list[Scenario] = []


def fault(cause: HypothesisKey) -> Callable[[Arranging], Arranging]:
    """Make a scenario whose diagnosis must name `cause` first."""
    return _scenario("fault", cause, None)


def near_miss(cause: HypothesisKey, really: HypothesisKey | None = None) -> Callable[[Arranging], Arranging]:
    """Make a scenario that looks like `cause` and is not."""
    return _scenario("near_miss", cause, really)


def healthy(arrange: Arranging) -> Arranging:
    """Make a scenario in which nothing is wrong."""
    return _scenario("healthy", None, None)(arrange)


def _scenario(
    kind: Kind, cause: HypothesisKey | None, really: HypothesisKey | None
) -> Callable[[Arranging], Arranging]:
    def add(arrange: Arranging) -> Arranging:
        made = Scenario(name=arrange.__name__, kind=kind, cause=cause, really=really, arrange=contextmanager(arrange))
        SCENARIOS.append(made)
        return arrange

    return add


def judge(scenario: Scenario, diagnosis: Diagnosis) -> Verdict:
    """Say whether the diagnosis is right: a fault is named first, a near miss is not blamed, health is left alone."""
    top = diagnosis.top
    blamed = tuple(one.key for one in diagnosis.causes if one.state in SURE)
    said = f"{top.key} {top.state} {top.score:.2f}" if top else "nothing"
    match scenario.kind:
        case "fault":
            right = top is not None and top.key == scenario.cause and top.state in SURE
        case "near_miss":
            right = scenario.cause not in blamed
        case _:
            right = not blamed
    return Verdict(right=right, said=said, blamed=blamed)
