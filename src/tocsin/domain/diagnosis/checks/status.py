"""What third parties say of themselves: never proof, and silence of theirs is no health."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, StatusFacts
from tocsin.domain.diagnosis.findings import Finding, weigh
from tocsin.domain.diagnosis.look import Look

_SHOWN = 5


def _status(bundle: Bundle) -> Iterable[StatusFacts]:
    return bundle.status


@check(
    "status.page", _status, "the page's own words; pages lag behind what they tell of, so a green one refutes nothing"
)
def page(facts: StatusFacts, _look: Look) -> Finding | None:
    """Look for trouble that a third party admits."""
    if facts.error:
        return None
    expected = "no open incident, every component operational"
    told = [f"{one.name} ({', '.join(part for part in (one.impact, one.state) if part)})" for one in facts.incidents]
    told += facts.components
    if not told:
        return Finding(verdict="ok", observed=f"{facts.page} says: {facts.description or 'nothing'}", expected=expected)
    because = f"{facts.page} says: {told[0]}"
    return Finding(
        verdict="warn",
        observed=because,
        expected=expected,
        why="ask it yourself: a page may be late, and may tell of what you do not use",
        reproduce=facts.reproduce,
        evidence=tuple(told[:_SHOWN]),
        supports=(weigh("dependency_outage", 2.0 if facts.incidents else 1.5, because=because),),
    )
