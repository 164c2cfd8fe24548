"""From what was mined to facts that can be kept: redacted, rounded and cut to what a bundle can hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from tocsin.domain.diagnosis.facts.logs import FieldDrift, LogFacts, LogTemplate, SlowRequest
from tocsin.domain.diagnosis.logs.clock import moment
from tocsin.domain.diagnosis.logs.miner import Miner
from tocsin.domain.diagnosis.logs.series import Series
from tocsin.domain.diagnosis.logs.statistics import median, separation, spread
from tocsin.domain.diagnosis.logs.template import Template

Redact = Callable[[str], str]

MOST_KEPT = 400
MOST_DRIFTS = 20
_PART = 5
_FEWEST = 8
_DRIFT = 4.0
_APART = 0.95
_RELATIVE = 0.25
_RISING = 0.95


def summary(
    mined: Miner, templates: Sequence[Template], facts: LogFacts, redact: Redact, most: int = MOST_KEPT
) -> LogFacts:
    """Return `facts` with the templates that matter most (errors, then the newest, then the most frequent), redacted."""
    width = mined.timeline.width_s
    start = mined.timeline.start_s
    used = max((n for one in templates for n, count in enumerate(one.buckets) if count), default=0) + 1
    kept = sorted(templates, key=_matters)[:most]
    kept.sort(key=lambda one: one.first_line)
    return replace(
        facts,
        lines=mined.lines,
        start_at=moment(start) if width else None,
        end_at=moment(start + used * width) if width else None,
        bucket_s=width or 1,
        templates=tuple(_kept(one, used, redact) for one in kept),
        drifts=drifts(templates, redact),
        slow=tuple(
            SlowRequest(at=moment(one.at_s), took_s=round(one.seconds, 6), what=redact(one.what), status=one.status)
            for one in mined.requests.slowest
        ),
        statuses=dict(sorted(mined.requests.statuses.items())),
    )


def drifts(templates: Sequence[Template], redact: Redact) -> tuple[FieldDrift, ...]:
    """Return the fields whose values moved over the whole of the log, the furthest first."""
    found = [
        drift
        for one in templates
        for name, series in one.fields.items()
        if (drift := _drift(one, name, series, redact)) is not None
    ]
    return tuple(sorted(found, key=lambda one: -one.score)[:MOST_DRIFTS])


def _matters(one: Template) -> tuple[bool, bool, float]:
    return one.source.level not in {"error", "critical"}, one.count > _FEWEST, -float(one.count)


def _kept(one: Template, used: int, redact: Redact) -> LogTemplate:
    return LogTemplate(
        text=redact(one.text)[:300],
        service=one.source.service,
        level=one.source.level,
        logger=redact(one.source.logger),
        kind=one.source.kind,
        count=one.count,
        first_at=moment(one.first_s),
        last_at=moment(max(one.first_s, one.last_s)),
        counts=tuple(one.buckets[:used]),
        examples=tuple(redact(text) for text in one.examples),
    )


def _drift(one: Template, name: str, series: Series, redact: Redact) -> FieldDrift | None:
    values = list(series.values)
    size = len(values) // _PART
    if size < _FEWEST or _counts_up(values):
        return None
    first, last = values[:size], values[-size:]
    before, after = median(first), median(last)
    floor = abs(before) * 0.01 or 1e-9
    score = abs(after - before) / max(spread(first), floor)
    apart = separation(first, last)
    if score < _DRIFT or abs(after - before) < _RELATIVE * abs(before) or max(apart, 1 - apart) < _APART:
        return None
    return FieldDrift(
        field=name,
        template=redact(one.text)[:300],
        service=one.source.service,
        first=round(before, 6),
        last=round(after, 6),
        score=round(min(score, 1e6), 2),
        samples=len(values),
    )


def _counts_up(values: Sequence[float]) -> bool:
    """Whether values only ever rise, as offsets and sequence numbers do: that is no drift."""
    steps = [b - a for a, b in pairwise(values) if b != a]
    rising = sum(step > 0 for step in steps)
    return len(steps) >= _FEWEST and rising >= _RISING * len(steps)
