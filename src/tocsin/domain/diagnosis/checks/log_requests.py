"""What logs tell of requests: which were slowest, and how many failed or ran out of time."""

from __future__ import annotations

from tocsin.domain import words
from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.checks.logs import SHOWN, of_logs
from tocsin.domain.diagnosis.facts import LogFacts
from tocsin.domain.diagnosis.findings import Finding
from tocsin.domain.diagnosis.look import Look

_TIMEOUTS = ("timeout", "timed out", "deadline exceeded", "time limit")
_FAILED = range(500, 600)


@check("logs.slow_requests", of_logs, "R-DIA-15: the twenty slowest; five of 3 s and more are worth a look: ours")
def slow_requests(facts: LogFacts, look: Look) -> Finding | None:
    """Show the slowest requests that access logs and structured lines tell of."""
    if not facts.slow:
        return None
    first, limit = facts.slow[0], look.limits.very_slow_answer_s
    many = sum(one.took_s >= limit for one in facts.slow) >= SHOWN
    return Finding(
        verdict="warn" if many else "ok",
        expected=f"hardly any request of {limit:g} s",
        observed=f"the slowest of {len(facts.slow)}: {first.what}, {first.took_s:.3g} s",
        evidence=tuple(
            f"{one.took_s:.3g} s at {words.clock(one.at)}: {one.what}"
            + (f", answered {one.status}" if one.status else "")
            for one in facts.slow
        ),
        reproduce=facts.reproduce,
    )


@check("logs.answers", of_logs, "R-DIA-15: 500, 503 and time limits counted; 5 % failed: that of the error rate")
def answers(facts: LogFacts, look: Look) -> Finding | None:
    """Count the requests that failed, by status, and the lines that tell of a time limit."""
    late = sum(one.count for one in facts.templates if any(word in one.text.lower() for word in _TIMEOUTS))
    if not facts.statuses and not late:
        return None
    failed = {status: count for status, count in sorted(facts.statuses.items()) if status in _FAILED}
    every = sum(facts.statuses.values())
    told = [f"{count} of {every} answers were {status}" for status, count in failed.items()]
    told += [f"{late} lines tell of a time limit"] if late else []
    ill = every >= look.limits.enough_requests and sum(failed.values()) >= look.limits.error_critical_ratio * every
    return Finding(
        verdict="warn" if ill else "ok",
        expected=f"under {look.limits.error_critical_ratio:.0%} failed",
        observed="; ".join(told[:SHOWN]) or f"none of {every} answers was 5xx",
        evidence=tuple(told),
        reproduce=facts.reproduce,
    )
