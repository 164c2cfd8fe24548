"""A verdict as text for a terminal and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.domain.diagnosis.correlation.verdict import Suspicion, Verdict

_OTHERS = 3


def as_dict(verdict: Verdict) -> dict[str, object]:
    """Return the verdict as values that any JSON encoder takes."""
    top = verdict.top
    return {
        "root_cause_commit": verdict.root_cause,
        "first_failing_service": verdict.first_failing,
        "blast_radius": list(verdict.blast_radius),
        "remediation": verdict.remediation,
        "confidence": verdict.confidence,
        "score": verdict.score,
        "cause": top.title if top else None,
        "mechanism": top.mechanism if top else None,
        "evidence": list(top.supports) if top else [],
        "counter_evidence": list(top.refutes) if top else [],
        "others": [_other(one) for one in verdict.suspicions[1 : _OTHERS + 1]],
        "blind_spots": [str(spot) for spot in verdict.blind],
    }


def _other(one: Suspicion) -> dict[str, object]:
    return {
        "commit": one.change or "none",
        "cause": one.title,
        "score": one.score,
        "evidence": list(one.supports),
        "counter_evidence": list(one.refutes),
    }


def lines(verdict: Verdict) -> tuple[str, ...]:
    """Return the whole report, one string a line, without colour."""
    return tuple(_report(verdict))


def _report(verdict: Verdict) -> Iterator[str]:
    top = verdict.top
    if top is None or verdict.root_cause is None:
        yield "No cause can be told from what was kept."
    elif verdict.root_cause == "none":
        yield f"No change caused this: {top.title} ({verdict.confidence}, {verdict.score:.0%})"
    else:
        yield f"Change {top.title} ({verdict.confidence}, {verdict.score:.0%})"
    if top is not None:
        yield from (f"  + {text}" for text in top.supports)
        yield from (f"  - {text}" for text in top.refutes)
    yield f"Failed first: {verdict.first_failing or 'cannot say'}"
    yield f"Suffer from it: {', '.join(verdict.blast_radius) or 'nobody else seen'}"
    if verdict.remediation:
        yield f"Proposed: {verdict.remediation}"
    if verdict.suspicions[1:]:
        yield ""
        yield "Also looked at"
    for one in verdict.suspicions[1 : _OTHERS + 1]:
        against = f"; against it: {'; '.join(one.refutes)}" if one.refutes else ""
        yield f"  {one.score:.0%} {one.title}{against}"
    if verdict.blind:
        yield ""
        yield "Not seen"
        yield from (f"  {spot}" for spot in verdict.blind)
