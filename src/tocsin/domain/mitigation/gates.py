"""Whether a service is back to normal: gates over a series of samples, with its reasons (R-VER-1, 5).

A verdict has three values: what cannot be judged is `inconclusive` and says why, never a pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Literal

from tocsin.domain.policy.pack import Gate, Verification

Verdict = Literal["pass", "fail", "inconclusive"]

UNITS: Mapping[str, str] = {"error_percent": " %", "p95_ms": " ms", "new_errors": ""}
# What a measurement may be above the period before and still be called normal, in the metric's unit: a service whose
# normal is (almost) zero would otherwise never pass. Our own figures.
SLACK: Mapping[str, float] = {"error_percent": 0.1, "p95_ms": 25.0}
YES_OR_NO = frozenset({"ready", "smoke", "resources", "pods_ready"})
NEEDS_TRAFFIC = frozenset({"error_percent", "p95_ms"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One look at a service at `at`; None was not measured. `requests` is how many the figures rest on."""

    at: datetime
    error_percent: float | None = None
    p95_ms: float | None = None
    ready: bool | None = None
    requests: int | None = None
    smoke: bool | None = None
    new_errors: int | None = None
    resources: bool | None = None
    pods_ready: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """How to judge.

    `fallback` holds limits for metrics whose period before is unknown. `ticked` names the gates that a person vouched
    for, and who: it settles what cannot be measured, and never a gate that fails. Older than `fresh` is not now.
    """

    min_requests: int = 10
    fresh: timedelta = timedelta(minutes=2)
    fallback: Mapping[str, float] = field(default_factory=dict)
    ticked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """One gate's verdict with what was seen, what was expected, and why it is so."""

    gate: str
    text: str
    verdict: Verdict
    observed: str
    expected: str
    why: str = ""
    automatic: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    """What a gate asks for: a limit, or None where a yes is asked for or no limit is known.

    The sources' limits are strict ("below 1 %"); the period before is itself still normal (`inclusive`).
    """

    limit: float | None
    text: str
    known: bool = True
    inclusive: bool = False

    def met_by(self, value: float) -> bool:
        """Say whether `value` is good."""
        if self.limit is None:
            return value is True
        return value < self.limit or (value == self.limit and (self.inclusive or self.limit == 0))


def judge(
    verification: Verification,
    *,
    baseline: Sequence[Sample],
    recent: Sequence[Sample],
    now: datetime,
    judging: Judging | None = None,
) -> tuple[GateResult, ...]:
    """Return a verdict for every gate, in the pack's order.

    `baseline` is the period before impact, `recent` what was seen since the fix. A gate passes when the newest
    `good_samples` are all good, and fails when they are all bad.
    """
    how = judging or Judging()
    series = sorted((sample for sample in recent if sample.at <= now), key=lambda sample: sample.at)
    fresh = [sample for sample in series if sample.at > now - how.fresh]
    return tuple(
        _judge_one(gate, baseline, fresh[-verification.good_samples :], needed=verification.good_samples, how=how)
        for gate in verification.gates
    )


def _judge_one(
    gate: Gate, baseline: Sequence[Sample], window: Sequence[Sample], *, needed: int, how: Judging
) -> GateResult:
    expected = _expectation(gate, baseline, how)
    if not gate.automatic:
        return _vouched(gate, expected.text, "a person has to look", how)
    verdict, why = _series_verdict(gate, expected, window, needed=needed, how=how)
    if verdict == "inconclusive" and gate.key in how.ticked:
        return _vouched(gate, expected.text, why, how)
    return GateResult(
        gate=gate.key,
        text=gate.text,
        verdict=verdict,
        observed=_observed(gate, window),
        expected=expected.text,
        why=why,
    )


def _vouched(gate: Gate, expected: str, why: str, how: Judging) -> GateResult:
    who = how.ticked.get(gate.key, "")
    return GateResult(
        gate=gate.key,
        text=gate.text,
        verdict="pass" if who else "inconclusive",
        observed=f"{who} says so" if who else "not known",
        expected=expected,
        why="" if who else why,
        automatic=gate.automatic,
    )


def _series_verdict(
    gate: Gate, expected: _Expected, window: Sequence[Sample], *, needed: int, how: Judging
) -> tuple[Verdict, str]:
    if not expected.known:
        return "inconclusive", "there is no measurement of the period before, and no stated limit"
    looks = [_look(gate.metric, expected, sample, how) for sample in window]
    unclear = next((look for look in reversed(looks) if isinstance(look, str)), None)
    if unclear is not None:
        return "inconclusive", unclear
    good = sum(look is True for look in looks)
    if len(looks) < needed:
        return "inconclusive", f"{len(looks)} of {needed} fresh samples so far"
    if good == needed:
        return "pass", ""
    return (
        ("fail", f"the last {needed} samples are all bad")
        if good == 0
        else (
            "inconclusive",
            f"{good} of the last {needed} samples are good",
        )
    )


def _look(metric: str, expected: _Expected, sample: Sample, how: Judging) -> bool | str:
    """Whether one sample is good, or the reason why it says nothing."""
    if metric in NEEDS_TRAFFIC and sample.requests is not None and sample.requests < how.min_requests:
        return f"too little traffic: {sample.requests} requests, {how.min_requests} are needed to judge"
    value = _value(metric, sample)
    if value is None:
        return "it was not measured"
    return expected.met_by(value)


def _expectation(gate: Gate, baseline: Sequence[Sample], how: Judging) -> _Expected:
    unit = UNITS.get(gate.metric)
    if unit is None:
        return _Expected(limit=None, text=gate.text)
    if gate.limit is None and gate.metric == "new_errors":  # new since the period before, so there is no other limit
        return _Expected(limit=0, text="none")
    if gate.limit is not None:
        return _Expected(limit=gate.limit, text=f"{'' if gate.limit == 0 else 'below '}{gate.limit:g}{unit}")
    before = [float(v) for sample in baseline if (v := _value(gate.metric, sample)) is not None]
    if before:
        normal = median(before)
        limit = max(normal * gate.baseline_factor, normal + SLACK[gate.metric])
        text = f"at most {limit:.4g}{unit} (before: {normal:.4g}{unit})"
        return _Expected(limit=limit, text=text, inclusive=True)
    if gate.metric in how.fallback:
        limit = how.fallback[gate.metric]
        return _Expected(limit=limit, text=f"below {limit:g}{unit} (stated; the period before is unknown)")
    return _Expected(limit=None, text="as in the period before, which is unknown", known=False)


def _value(metric: str, sample: Sample) -> float | bool | None:
    """The sample's figure for `metric`; None when unmeasured, or when the metric is one that only people can tell."""
    if metric not in YES_OR_NO and metric not in UNITS:
        return None
    value: float | bool | None = getattr(sample, metric)
    return value


def _observed(gate: Gate, window: Sequence[Sample]) -> str:
    if not window:
        return "no fresh sample"
    value = _value(gate.metric, window[-1])
    if value is None:
        return "not measured"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}{UNITS.get(gate.metric, '')}"
