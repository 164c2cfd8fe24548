"""How what a cluster says becomes a finding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tocsin.domain.diagnosis.facts import Bundle
from tocsin.domain.diagnosis.facts.workloads import WorkloadFacts
from tocsin.domain.diagnosis.findings import Finding, HypothesisKey, Verdict, Weight, weigh

SHOWN = 5
SOURCE = "Kubernetes' own reasons and conditions"
Classes = tuple[tuple[str, tuple[str, ...], HypothesisKey | None, float], ...]


def cluster(bundle: Bundle) -> Iterable[WorkloadFacts]:
    """Return what container platforms said."""
    return bundle.workloads


def classified(told: Sequence[str], classes: Classes, expected: str) -> Finding:
    """Return a finding that names the class of each message, the first that fits."""
    lines: list[str] = []
    weights: dict[HypothesisKey, Weight] = {}
    for text in told:
        said = text.lower()
        fit = next((one for one in classes if any(word in said for word in one[1])), None)
        if fit is None:
            continue
        line = f"{fit[0]}: {text}"
        lines.append(line)
        if fit[2] is not None:
            weights.setdefault(fit[2], weigh(fit[2], fit[3], because=line))
    if not lines:
        return Finding(verdict="ok", observed="no such message", expected=expected)
    return Finding(
        verdict="critical",
        observed=lines[0],
        expected=expected,
        evidence=tuple(dict.fromkeys(lines))[:SHOWN],
        supports=tuple(weights.values()),
    )


def judged(
    told: Sequence[str],
    expected: str,
    speaks: tuple[tuple[HypothesisKey, float], ...],
    *,
    verdict: Verdict = "critical",
) -> Finding:
    """Return a finding that tells the first of what was found, or that all is as expected."""
    if not told:
        return Finding(verdict="ok", observed=expected, expected=expected)
    return Finding(
        verdict=verdict,
        observed=told[0],
        expected=expected,
        evidence=tuple(told[:SHOWN]),
        supports=tuple(weigh(key, weight, because=told[0]) for key, weight in speaks),
    )
