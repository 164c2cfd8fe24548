"""From findings to ranked causes: log-odds with evidence for and against."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tocsin.domain.diagnosis.diagnosis import Cause, Evidence, State
from tocsin.domain.diagnosis.findings import Finding, HypothesisKey, Weight
from tocsin.domain.diagnosis.hypotheses import HYPOTHESES
from tocsin.domain.diagnosis.hypothesis import Hypothesis, Kind

CORRELATION_CAP = 0.5
SURE = 0.8
_BELOW = 0.99
_REFUTED_BY = 1.0
_ORDER: dict[State, int] = {"confirmed": 0, "likely": 1, "possible": 2, "unprovable": 3, "refuted": 4}


def rank(findings: Sequence[Finding], unseen: Mapping[Kind, tuple[str, ...]]) -> tuple[Cause, ...]:
    """Return every hypothesis as a cause, best first. `unseen` says per kind of facts what was not seen."""
    causes = [_judge(hypothesis, findings, unseen) for hypothesis in HYPOTHESES]
    confirmed = {cause.key: cause for cause in causes if cause.state == "confirmed"}
    explained = [_explained(cause, hypothesis, confirmed) for cause, hypothesis in zip(causes, HYPOTHESES, strict=True)]
    return tuple(sorted(explained, key=lambda cause: (_ORDER[cause.state], cause.part_of is not None, -cause.score)))


def _judge(hypothesis: Hypothesis, findings: Sequence[Finding], unseen: Mapping[Kind, tuple[str, ...]]) -> Cause:
    supports = _evidence(
        (one, weight) for one in findings for weight in one.supports if weight.hypothesis == hypothesis.key
    )
    refutes = _evidence(
        (one, weight) for one in findings for weight in one.refutes if weight.hypothesis == hypothesis.key
    )
    missing = tuple(text for kind in hypothesis.needs for text in unseen.get(kind, ()))
    odds = hypothesis.prior + sum(one.weight for one in supports) - sum(one.weight for one in refutes)
    score = 1.0 / (1.0 + math.exp(-odds))
    if all(one.kind == "correlation" for one in supports):
        score = min(score, CORRELATION_CAP)
    return Cause(
        key=hypothesis.key,
        family=hypothesis.family,
        title=hypothesis.title,
        state=_state(supports, refutes, score, unseen=bool(missing)),
        score=round(score, 4),
        supports=supports,
        refutes=refutes,
        unseen=missing,
        decided_by=hypothesis.decided_by,
        runbook=hypothesis.runbook,
    )


def _evidence(weights: Iterable[tuple[Finding, Weight]]) -> tuple[Evidence, ...]:
    """Return the strongest word of each kind first; one text from one target counts once."""
    found = {
        (finding.target, weight.because): Evidence(
            check_id=finding.check_id,
            target=finding.target,
            text=weight.because or finding.observed,
            weight=weight.weight,
            kind=weight.kind,
        )
        for finding, weight in weights
    }
    return tuple(sorted(found.values(), key=lambda one: -one.weight))


def _state(supports: tuple[Evidence, ...], refutes: tuple[Evidence, ...], score: float, *, unseen: bool) -> State:
    proven = any(one.kind == "decisive" for one in supports)
    disproven = any(one.kind == "decisive" for one in refutes)
    if disproven and not proven:
        return "refuted"
    if proven and not disproven and score >= SURE:
        return "confirmed"
    if not supports:
        against = sum(one.weight for one in refutes)
        return "refuted" if against >= _REFUTED_BY and not unseen else "unprovable" if unseen else "possible"
    return "likely" if score > CORRELATION_CAP else "possible"


def _explained(cause: Cause, hypothesis: Hypothesis, confirmed: Mapping[HypothesisKey, Cause]) -> Cause:
    by = next((confirmed[key] for key in hypothesis.part_of if key in confirmed), None)
    if by is None or not cause.supports or cause.state == "refuted":
        return cause
    return replace(cause, part_of=by.key, score=min(cause.score, round(by.score * _BELOW, 4)))
