"""Severity from facts, with the reasons, so that nobody argues about it at 3 a.m. (R-SEV-3, R-SEV-4, R-SEV-6)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from tocsin.domain.impact import Impact
from tocsin.domain.policy.pack import Comparison, Condition, Criterion, Pack, Severity

Held = Literal["no", "at_boundary", "yes"]

_COMPARE: Final[Mapping[Comparison, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
}
_WORDS: Final[Mapping[Comparison, str]] = {
    ">": "above",
    ">=": "at least",
    "<": "below",
    "<=": "at most",
    "==": "exactly",
    "is": "is",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The severity facts ask for; `matched` says why, `boundary_note` what had to be decided without the source.

    `defaulted` is true when no criterion matched, so that the level is a place to start, not a finding.
    """

    severity: str
    rank: int
    matched: tuple[str, ...]
    boundary_note: str = ""
    defaulted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    level: Severity
    criterion: Criterion
    at: tuple[Condition, ...]  # the strict comparisons that held only because the value is exactly on the line


def classify(impact: Impact, pack: Pack) -> Classification:
    """Return the severity that `impact` asks for under `pack`, with the criteria that matched in readable words.

    The most severe level with a matching criterion wins. A value exactly on a line the pack does not draw takes the
    higher level and says so. A third party's outage counts only where the pack names it; elsewhere our own users'
    impact decides. Facts follow from one another: the error share from failed and total requests, the scope from the
    share of users.
    """
    facts = with_derived(impact)
    levels = sorted(pack.severities, key=lambda level: level.rank)
    for level in levels:
        matches = [m for c in level.criteria if (m := _match(level, c, facts)) is not None]
        firm = [m for m in matches if not m.at]
        edge = [m for m in matches if m.at and not _drawn(m, levels)]
        if firm or edge:
            return _answer(level, firm or edge, facts, on_edge=not firm)
    return _default(pack, levels)


def with_derived(impact: Impact) -> Impact:
    """Return `impact` with the facts that follow from others filled in where they are unknown."""
    facts = impact
    if facts.error_percent is None and facts.failed_requests is not None and facts.total_requests:
        facts = replace(facts, error_percent=100 * facts.failed_requests / facts.total_requests)
    if facts.scope == "unknown" and facts.users_percent is not None:
        whole = 100
        scope: Literal["all", "subset", "none"] = (
            "all" if facts.users_percent >= whole else "subset" if facts.users_percent > 0 else "none"
        )
        facts = replace(facts, scope=scope)
    return facts


def holds(condition: Condition, facts: Impact) -> Held:
    """Return whether `condition` holds; an unknown fact never does."""
    value = getattr(facts, condition.fact)
    if value is None or value == "unknown":
        return "no"
    if condition.op == "is":
        return "yes" if value == condition.value else "no"
    left, right = float(value), float(condition.value)
    if _COMPARE[condition.op](left, right):
        return "yes"
    return "at_boundary" if condition.op in {">", "<"} and left == right else "no"


def _match(level: Severity, criterion: Criterion, facts: Impact) -> _Match | None:
    results = [(holds(condition, facts), condition) for condition in criterion.all]
    if not results or any(result == "no" for result, _ in results):
        return None
    return _Match(level=level, criterion=criterion, at=tuple(c for result, c in results if result == "at_boundary"))


def _drawn(match: _Match, levels: list[Severity]) -> bool:
    """Whether a less severe level claims the very value on the line (`at most 20` below `above 20`)."""
    lines = {(condition.fact, condition.value) for condition in match.at}
    return any(
        condition.op in {"<=", ">=", "=="} and (condition.fact, condition.value) in lines
        for level in levels
        if level.rank > match.level.rank
        for criterion in level.criteria
        for condition in criterion.all
    )


def _answer(level: Severity, matches: list[_Match], facts: Impact, *, on_edge: bool) -> Classification:
    notes = []
    if on_edge:
        edge = matches[0].at[0]
        notes.append(
            f"{_said(edge.fact)} is exactly {_figure(edge.value)}, which the pack does not place; "
            f"the higher level, {level.key}, is taken"
        )
    if matches and all(m.criterion.ours for m in matches):
        notes.append(f"the pack's source gives no figure here; {level.key} is our reading of its words")
    return Classification(
        severity=level.key,
        rank=level.rank,
        matched=tuple(_reason(m.criterion, facts) for m in matches),
        boundary_note="; ".join(notes),
    )


def _default(pack: Pack, levels: list[Severity]) -> Classification:
    level = next((one for one in levels if one.key == pack.default_severity), levels[-1])
    how = "the pack's default" if level.key == pack.default_severity else "the lowest level"
    return Classification(
        severity=level.key,
        rank=level.rank,
        matched=(),
        boundary_note=f"no criterion matched; {level.key} was chosen as {how}",
        defaulted=True,
    )


def _reason(criterion: Criterion, facts: Impact) -> str:
    seen = ", ".join(
        f"{_said(c.fact)} {_figure(getattr(facts, c.fact))}, {_WORDS[c.op]} {_figure(c.value)}"
        if c.op != "is"
        else f"{_said(c.fact)}: {_figure(c.value)}"
        for c in criterion.all
    )
    return f"{criterion.text} ({seen})"


def _said(fact: str) -> str:
    return fact.removesuffix("_percent").replace("_", " ") + (" %" if fact.endswith("_percent") else "")


def _figure(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
