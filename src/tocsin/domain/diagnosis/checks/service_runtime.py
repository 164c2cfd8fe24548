"""What a service's process says of itself, and what its answers say as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, MetricsFacts
from tocsin.domain.diagnosis.findings import Finding, Weight, graded, weigh
from tocsin.domain.diagnosis.history import series
from tocsin.domain.diagnosis.look import Look

_ENOUGH_LOOKS = 4
_GREW, _GREW_BYTES = (1.2, 1.5), 50 * 1024 * 1024
_STEADY_SHARE, _STILL_SHARE = 0.9, 0.4
_DESCRIPTORS = (0.90, 0.98)
_LAG_S = (0.1, 1.0)
_COLLECTIONS = (1.0, 5.0)
_CORE = (0.90, 0.98)
_JUST_S = 120.0
_BURN, _ALLOWED = (6.0, 14.4), 0.001
_UNAUTHORISED, _LIMITED = 0.2, 0.2
_QUIET = 0.1
_MIB = 1024 * 1024


def _metrics(bundle: Bundle) -> Iterable[MetricsFacts]:
    return bundle.metrics


@check("py.memory", _metrics, "20 and 50 % and 50 MiB over four looks without a rest: ours, after R-DIA-9's trend")
def memory(facts: MetricsFacts, look: Look) -> Finding | None:
    """Follow the process's memory over several looks: a leak goes on, a cache that warms up comes to rest."""
    if facts.runtime is None or facts.runtime.resident_bytes is None:
        return None
    began = facts.runtime.started_at
    points = [one for one in series(look, facts.target, "resident_bytes") if not began or one[0].timestamp() >= began]
    values = [value for _, value in points]
    observed = f"{values[-1] / _MIB:.0f} MiB, {values[0] / _MIB:.0f} MiB at the first of {len(values)} looks"
    steps = [after - before for before, after in pairwise(values)]
    ratio = values[-1] / values[0] if values[0] else 1.0
    grown = values[-1] - values[0]
    climbs = len(values) >= _ENOUGH_LOOKS and grown >= _GREW_BYTES and _goes_on(steps)
    verdict = graded(ratio, *_GREW) if climbs else "ok"
    rates = [value for _, value in series(look, facts.target, "requests_per_s")]
    with_traffic = len(rates) > 1 and rates[0] > 0 and rates[-1] / rates[0] >= ratio
    because = f"memory grew from {values[0] / _MIB:.0f} to {values[-1] / _MIB:.0f} MiB over {len(values)} looks without a rest"
    sure = verdict == "critical" and not with_traffic
    return Finding(
        verdict=verdict,
        observed=observed,
        expected=f"under {_GREW[0]:g} times the first look, or at rest",
        reproduce="process_resident_memory_bytes over time; ps -o rss= -p PID",
        supports=(weigh("memory_leak", 5.0 if sure else 2.0, "decisive" if sure else "supporting", because),)
        if verdict != "ok"
        else (),
        refutes=(weigh("memory_leak", 2.0, because=observed),) if len(values) >= _ENOUGH_LOOKS and not climbs else (),
    )


def _goes_on(steps: list[float]) -> bool:
    """Whether nearly every step is upwards and the last is no rest."""
    if not steps:
        return False
    upwards = sum(step > 0 for step in steps) / len(steps)
    return upwards >= _STEADY_SHARE and steps[-1] >= _STILL_SHARE * sum(steps) / len(steps)


@check("py.fds", _metrics, "90 %: common exporter alert; 98 %: ours")
def fds(facts: MetricsFacts, _look: Look) -> Finding | None:
    """Compare the process's open descriptors with its limit."""
    one = facts.runtime
    if one is None or one.open_fds is None or not one.max_fds:
        return None
    ratio = one.open_fds / one.max_fds
    verdict = graded(ratio, *_DESCRIPTORS)
    observed = f"{one.open_fds:.0f} of {one.max_fds:.0f} descriptors open"
    sure = verdict == "critical"
    return Finding(
        verdict=verdict,
        observed=observed,
        expected=f"under {_DESCRIPTORS[0]:.0%}",
        reproduce="ls /proc/PID/fd | wc -l; grep 'open files' /proc/PID/limits",
        supports=(weigh("descriptor_exhaustion", 5.0 if sure else 2.0, "decisive" if sure else "supporting", observed),)
        if verdict != "ok"
        else (),
    )


@check("py.loop_lag", _metrics, "100 ms: ours; 1 s: ours")
def loop_lag(facts: MetricsFacts, _look: Look) -> Finding | None:
    """See whether something holds up the event loop."""
    lag = facts.runtime.loop_lag_s if facts.runtime else None
    if lag is None:
        return None
    because = f"the event loop is held up for {lag * 1000:.0f} ms"
    return Finding(
        verdict=graded(lag, *_LAG_S),
        observed=because,
        expected=f"under {_LAG_S[0] * 1000:.0f} ms",
        reproduce="event_loop_lag_seconds; py-spy dump --pid PID",
        supports=(weigh("bad_deploy", 0.7, because=because), weigh("host_saturation", 0.5, because=because))
        if lag >= _LAG_S[0]
        else (),
    )


@check("py.gc", _metrics, "one and five full collections a second: ours")
def gc(facts: MetricsFacts, _look: Look) -> Finding | None:
    """See how often Python collects everything."""
    rate = facts.runtime.full_collections_per_s if facts.runtime else None
    if rate is None:
        return None
    because = f"{rate:.1f} full garbage collections a second"
    return Finding(
        verdict="warn" if rate >= _COLLECTIONS[0] else "ok",
        observed=because,
        expected=f"under {_COLLECTIONS[0]:g} a second",
        reproduce='python_gc_collections_total{generation="2"}',
        supports=(weigh("memory_leak", 0.7, because=because),) if rate >= _COLLECTIONS[0] else (),
    )


@check("py.cpu", _metrics, "90 and 98 % of the one core that a Python process uses: ours")
def cpu(facts: MetricsFacts, _look: Look) -> Finding | None:
    """See whether the process itself has no more processor time to take."""
    ratio = facts.runtime.cpu_ratio if facts.runtime else None
    if ratio is None:
        return None
    because = f"the process uses {ratio:.0%} of a core"
    return Finding(
        verdict="warn" if ratio >= _CORE[0] else "ok",
        observed=because,
        expected=f"under {_CORE[0]:.0%}",
        reproduce="rate(process_cpu_seconds_total[1m])",
        supports=(weigh("traffic_spike", 0.7, because=because), weigh("bad_deploy", 0.4, because=because))
        if ratio >= _CORE[0]
        else (),
    )


@check("py.restarted", _metrics, "2 min, or another start than at the last look: ours")
def restarted(facts: MetricsFacts, look: Look) -> Finding | None:
    """See whether the process has started anew."""
    began = facts.runtime.started_at if facts.runtime else None
    if began is None:
        return None
    starts = {round(value) for _, value in series(look, facts.target, "started_at")}
    age = facts.at.timestamp() - began
    again = len(starts) > 1
    because = f"the process started {age:.0f} s ago, for the {len(starts)}. time in {len(look.earlier(facts.target)) + 1} looks"
    return Finding(
        verdict="warn" if again and age < _JUST_S else "ok",
        observed=because if again else f"up for {age:.0f} s",
        expected="the same process as at the last look",
        reproduce="process_start_time_seconds",
        supports=(weigh("application_down", 1.0, because=because), weigh("out_of_memory", 0.7, because=because))
        if again and age < _JUST_S
        else (),
    )


@check(
    "metrics.slo_burn",
    _metrics,
    "6 and 14.4 times an objective of 99.9 %: the multi-window burn rates, over the window there is",
)
def slo_burn(facts: MetricsFacts, look: Look) -> Finding | None:
    """Tell how fast the error budget of 99.9 % is spent."""
    window = facts.recent
    if window is None or window.requests < look.limits.enough_requests:
        return None
    burn = window.error_ratio / _ALLOWED
    return Finding(
        verdict=graded(burn, *_BURN),
        observed=f"the budget of 99.9 % is spent {burn:.1f} times too fast",
        expected=f"under {_BURN[0]:g} times",
        reproduce="errors / requests / 0.001",
    )


@check("metrics.statuses", _metrics, "a fifth of answers 401 or 403, or 429: ours")
def statuses(facts: MetricsFacts, look: Look) -> Finding | None:
    """Tell the mix of answers: refused callers, a limiter, a dead or slow upstream are different faults."""
    window = facts.recent
    if window is None or not window.statuses or window.requests < look.limits.enough_requests:
        return None
    shares = {status: count / window.requests for status, count in window.statuses.items() if count}
    refused = shares.get("401", 0.0) + shares.get("403", 0.0)
    limited, upstream = shares.get("429", 0.0), shares.get("502", 0.0) + shares.get("504", 0.0)
    supports: list[Weight] = []
    if refused >= _UNAUTHORISED:
        supports.append(weigh("bad_configuration", 2.5, because=f"{refused:.0%} of callers are refused (401, 403)"))
    if limited >= _LIMITED:
        supports.append(weigh("traffic_spike", 1.0, because=f"{limited:.0%} of callers are limited (429)"))
    if upstream >= look.limits.error_critical_ratio:
        supports.append(weigh("dependency_outage", 1.0, because=f"{upstream:.0%} are 502 or 504: an upstream fails"))
    bad = sorted((status for status in shares if status >= "400"), key=lambda one: -shares[one])
    return Finding(
        verdict="warn" if supports else "ok",
        observed=", ".join(f"{shares[one]:.1%} {one}" for one in bad[:4]) or "no failed answer",
        expected=f"under {_UNAUTHORISED:.0%} refused or limited",
        supports=tuple(supports),
    )


@check("metrics.silence", _metrics, "a tenth of the period before: ours")
def silence(facts: MetricsFacts, _look: Look) -> Finding | None:
    """See whether requests still arrive: nothing fails where nothing is asked."""
    rate = facts.recent.requests_per_s if facts.recent else None
    if rate is None or facts.baseline is None or facts.baseline.requests_per_s < 1:
        return None
    share = rate / facts.baseline.requests_per_s
    because = f"{rate:.1f} requests/s arrive, {facts.baseline.requests_per_s:.1f} before"
    return Finding(
        verdict="warn" if share < _QUIET else "ok",
        observed=because,
        expected=f"over {_QUIET:.0%} of the period before",
        supports=(weigh("dns_failure", 0.7, because=because), weigh("application_down", 0.5, because=because))
        if share < _QUIET
        else (),
    )
