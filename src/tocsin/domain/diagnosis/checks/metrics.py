"""What a service's own counters say: errors, latency, traffic, pools."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, MetricsFacts, MetricsWindow, RouteMetrics
from tocsin.domain.diagnosis.findings import Finding, Weight, graded, weigh
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.pooler import full_queues
from tocsin.domain.diagnosis.symptoms import is_slow

SHOWN = 5
_SURGE = (2.0, 3.0)
_STEADY = 1.5
_SLOWER = (2.0, 5.0)
_HALF_EMPTY = 0.7


def _metrics(bundle: Bundle) -> Iterable[MetricsFacts]:
    return bundle.metrics


def window_of(facts: MetricsFacts, look: Look) -> tuple[MetricsWindow | None, str]:
    """Return the window to judge and how to call it: the recent one if it saw enough requests, else since the start."""
    recent, whole = facts.recent, facts.since_start
    if recent and (recent.requests >= look.limits.enough_requests or whole is None):
        return recent, f"last {recent.seconds or 0:.0f} s"
    return whole, "since the process started"


@check("metrics.error_rate", _metrics, "R-DET-8 and the sources: 1 % is worth a look, 5 % pages")
def error_rate(facts: MetricsFacts, look: Look) -> Finding | None:
    """Tell the share of failed requests and where they fail."""
    window, called = window_of(facts, look)
    if window is None or not window.requests:
        return None
    limits = look.limits
    enough = window.requests >= limits.enough_requests
    verdict = graded(window.error_ratio, limits.error_warn_ratio, limits.error_critical_ratio) if enough else "unknown"
    worst = sorted((one for one in window.routes if one.errors), key=lambda one: -one.errors)
    well = (weigh("bad_deploy", 1.5, because=f"{window.error_ratio:.1%} of requests fail"),)
    few = "" if enough else ", too few to judge"
    return Finding(
        verdict=verdict,
        observed=f"{window.error_ratio:.1%} of {window.requests:.0f} requests failed ({called}{few})",
        expected=f"under {limits.error_warn_ratio:.0%}",
        threshold=f"warn {limits.error_warn_ratio:.0%}, critical {limits.error_critical_ratio:.0%}",
        evidence=tuple(_error_line(one) for one in worst[:SHOWN]),
        refutes=well if verdict == "ok" and window is facts.recent else (),
    )


def _error_line(one: RouteMetrics) -> str:
    version = f" ({one.version})" if one.version else ""
    return f"{one.route}{version}: {one.errors:.0f} of {one.requests:.0f} failed"


@check("metrics.p99", _metrics, "1 and 3 s, or 2 and 5 times the period before: ours")
def p99(facts: MetricsFacts, look: Look) -> Finding | None:
    """Tell the slowest hundredth of requests, against the period before where that is known."""
    window, called = window_of(facts, look)
    if window is None or window.p99_s is None:
        return None
    normal = facts.baseline.p99_s if facts.baseline else None
    limits = look.limits
    warn, critical = limits.slow_answer_s, limits.very_slow_answer_s
    if normal:
        warn, critical = max(_SLOWER[0] * normal, warn / 2), max(_SLOWER[1] * normal, critical / 2)
    verdict = graded(window.p99_s, warn, critical)
    slow = sorted((one for one in window.routes if one.p99_s is not None), key=lambda one: -(one.p99_s or 0.0))
    well = (weigh("bad_deploy", 0.5, because=f"p99 is {window.p99_s * 1000:.0f} ms"),)
    calm = verdict == "ok" and window is facts.recent and window.requests >= limits.enough_requests
    return Finding(
        verdict=verdict,
        observed=f"p99 {window.p99_s * 1000:.0f} ms ({called})"
        + (f", before {normal * 1000:.0f} ms" if normal else ""),
        expected=f"under {warn * 1000:.0f} ms",
        threshold=f"warn {warn:.2f} s, critical {critical:.2f} s",
        evidence=tuple(f"{one.route}: p99 {(one.p99_s or 0.0) * 1000:.0f} ms" for one in slow[:SHOWN]),
        refutes=well if calm else (),
    )


@check(
    "metrics.traffic",
    _metrics,
    "2 and 3 times the period before: ours; a surge counts when answered requests grow, not retries",
)
def traffic(facts: MetricsFacts, look: Look) -> Finding | None:
    """Compare traffic with the period before."""
    window = facts.recent
    rate = window.requests_per_s if window else None
    if window is None or rate is None:
        return None
    if facts.baseline is None or not facts.baseline.requests_per_s:
        return Finding(verdict="unknown", observed=f"{rate:.1f} requests/s; the period before is unknown")
    normal = facts.baseline.requests_per_s
    ratio = rate / normal
    good = rate * (1 - window.error_ratio) / (normal * (1 - facts.baseline.error_ratio) or normal)
    observed = f"{rate:.1f} requests/s, {ratio:.1f} times the {normal:.1f} before"
    return Finding(
        verdict=graded(ratio, *_SURGE),
        observed=observed,
        expected=f"under {_SURGE[0]:g} times the period before",
        threshold=f"warn {_SURGE[0]:g} times, critical {_SURGE[1]:g} times",
        evidence=(f"answered requests grew {good:.1f} times",),
        supports=_surge(facts, look, ratio=ratio, good=good, observed=observed),
        refutes=(weigh("traffic_spike", 4.0, "decisive", observed),) if ratio < _STEADY else (),
    )


def _surge(facts: MetricsFacts, look: Look, *, ratio: float, good: float, observed: str) -> tuple[Weight, ...]:
    window = facts.recent
    if window is None or ratio < _SURGE[0]:
        return ()
    if good < _STEADY:
        return (weigh("traffic_spike", 0.5, because=f"{observed}, but only failures grew: retries look like this"),)
    suffers = window.error_ratio >= look.limits.error_warn_ratio or is_slow(facts, window, look)
    if ratio >= _SURGE[1] and suffers and window.requests >= look.limits.enough_requests:
        return (weigh("traffic_spike", 5.0, "decisive", f"{observed}, and the service suffers"),)
    return (weigh("traffic_spike", 2.0 if suffers else 1.0, because=observed),)


@check("metrics.pool", _metrics, "90 % of an application pool: ours, after R-DIA-13")
def pool(facts: MetricsFacts, look: Look) -> Finding | None:
    """See whether the application's connection pools have room."""
    sized = [one for one in facts.pools if one.size]
    if not sized:
        return None
    fullest = max(sized, key=lambda one: one.in_use / (one.size or 1.0))
    ratio = fullest.in_use / (fullest.size or 1.0)
    waiting = f", {fullest.waiting:.0f} waiting" if fullest.waiting is not None else ""
    observed = f"{fullest.name}: {fullest.in_use:.0f} of {fullest.size:.0f} in use{waiting}"
    full = ratio >= look.limits.pool_ratio
    supports: tuple[Weight, ...] = ()
    if full:
        queued = 1.5 if fullest.waiting else 0.8
        supports = (
            weigh("session_leak", 0.7, because=observed),
            weigh("connection_exhaustion", queued, because=observed),
            weigh("slow_query", 0.4, because=observed),
            weigh("traffic_spike", 0.5, because=observed),
        )
    queued_outside = any(full_queues(look.bundle))  # what ran out then is the pooler's, which this pool says nothing of
    calm = (weigh("session_leak", 1.0, because=observed), weigh("connection_exhaustion", 0.5, because=observed))
    return Finding(
        verdict="critical" if full and (fullest.waiting or ratio >= 1.0) else "warn" if full else "ok",
        observed=observed,
        expected=f"under {look.limits.pool_ratio:.0%}",
        evidence=tuple(f"{one.name}: {one.in_use:.0f} of {one.size:.0f}" for one in sized),
        supports=supports,
        refutes=calm if ratio < _HALF_EMPTY and not queued_outside else (),
    )
