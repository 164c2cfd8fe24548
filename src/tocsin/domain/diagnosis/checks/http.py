"""What HTTP answers say: refused, slow, failing and unready are different things."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, HttpFacts, HttpPage
from tocsin.domain.diagnosis.findings import Finding, HypothesisKey, Weight, WeightKind, graded, weigh
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.readiness import failing_components
from tocsin.domain.diagnosis.symptoms import SERVER_ERROR
from tocsin.domain.diagnosis.symptoms import slow as slow_answers

_DAY_S = 86400.0
_BLAMED: dict[str, tuple[HypothesisKey, ...]] = {
    "database": ("session_leak", "connection_exhaustion", "database_down", "slow_query"),
    "redis": ("redis_down", "redis_full"),
    "disk": ("disk_full",),
    "certificate": ("tls_expiry",),
    "configuration": ("bad_configuration",),
}


def _http(bundle: Bundle) -> Iterable[HttpFacts]:
    return bundle.http


def _curl(page: HttpPage | None) -> str:
    return f"curl -sS -m 5 -o - -w '%{{http_code}} %{{time_total}}' {page.url}" if page else ""


@check("http.ready_vs_live", _http, "R-DIA-12: live with a failing readiness points to a dependency")
def ready_vs_live(facts: HttpFacts, _look: Look) -> Finding | None:
    """Compare liveness with readiness."""
    live, ready = facts.page("live"), facts.page("ready")
    if live is None or facts.third_party:
        return None
    expected = "live and ready both answer below 400"
    if not live.ok:
        return _not_live(live, expected)
    alive = (weigh("application_down", 4.0, "decisive", f"{live.path} answers {live.answer}"),)
    if ready is None:
        return Finding(
            verdict="ok", observed=f"live {live.answer}; no readiness page", expected=expected, refutes=alive
        )
    observed = f"live {live.answer}, ready {ready.answer}"
    if ready.ok:
        well = (weigh("database_down", 1.0, because="the service calls itself ready"),)
        return Finding(verdict="ok", observed=observed, expected=expected, refutes=alive + well)
    return Finding(
        verdict="critical",
        observed=observed,
        expected=expected,
        why="the process runs but a dependency of it does not serve it",
        reproduce=_curl(ready),
        evidence=(f"{ready.path} says: {ready.body or ready.error_text}",),
        supports=_blame(ready),
        refutes=alive,
    )


def _not_live(live: HttpPage, expected: str) -> Finding:
    kind: WeightKind = "decisive" if live.error == "refused" else "supporting"
    weight = {"refused": 4.0, "reset": 2.0, "timeout": 1.5}.get(live.error or "", 1.0)
    starved = (weigh("host_saturation", 0.5, because="liveness does not answer"),) if live.error == "timeout" else ()
    return Finding(
        verdict="critical",
        observed=f"live {live.answer}",
        expected=expected,
        why="the process itself does not answer",
        reproduce=_curl(live),
        evidence=(f"{live.url}: {live.error_text or live.body}",),
        supports=(weigh("application_down", weight, kind, f"{live.url}: {live.answer}"), *starved),
    )


def _blame(ready: HttpPage) -> tuple[Weight, ...]:
    text = f"{ready.path} answers {ready.answer}"
    components = failing_components(ready.body)
    if components == {"configuration"}:
        return (weigh("bad_configuration", 5.0, "decisive", f"{text} and blames its configuration"),)
    named = [
        weigh(key, 0.8, because=f"{text} and blames the {one}") for one in sorted(components) for key in _BLAMED[one]
    ]
    return tuple(named) or (weigh("dependency_outage", 0.4, because=f"{text} without saying why"),)


@check(
    "http.status", _http, "an answer of 500 or above, or none, is a failure; 400 to 499 is the caller's or a limiter's"
)
def status(facts: HttpFacts, _look: Look) -> Finding | None:
    """Look at every endpoint's status."""
    pages = facts.pages if facts.third_party else tuple(page for page in facts.pages if page.role == "endpoint")
    if not pages:
        return None
    failing = [page for page in pages if page.status is None or page.status >= SERVER_ERROR]
    refused = [page for page in pages if page not in failing and not page.ok]
    supports = tuple(weight for page in failing for weight in _failure(page, third_party=facts.third_party))
    well = (weigh("dependency_outage", 3.0, because=f"{facts.target} answers"),) if facts.third_party else ()
    return Finding(
        verdict="critical" if failing else "warn" if refused else "ok",
        observed=f"{len(failing)} of {len(pages)} endpoints fail" if failing else f"{len(pages)} endpoints answer",
        expected="every endpoint answers below 400",
        reproduce=_curl((*failing, *refused, *pages)[0]),
        evidence=tuple(
            f"{page.url}: {page.answer} {page.error_text or page.body}".strip() for page in (*failing, *refused)
        ),
        supports=supports,
        refutes=() if supports else well,
    )


def _failure(page: HttpPage, *, third_party: bool) -> tuple[Weight, ...]:
    because = f"{page.url}: {page.answer}"
    if third_party:
        return (weigh("dependency_outage", 4.5, "decisive", because),)
    match page.error:
        case "dns":
            return (weigh("dns_failure", 3.0, because=because),)
        case "refused":
            return (weigh("application_down", 1.0, because=because),)
        case _:
            return ()


@check("http.latency", _http, "1 s: the common black-box alert for a slow probe; 3 s: ours")
def latency(facts: HttpFacts, look: Look) -> Finding | None:
    """Find the slowest page and the phase that took its time."""
    timed = [(page.total_s, page) for page in facts.pages if page.total_s is not None and page.status is not None]
    if not timed:
        return None
    total, page = max(timed, key=lambda pair: pair[0])
    phases = {"DNS": page.dns_s, "connect": page.connect_s, "TLS": page.tls_s, "first byte": page.ttfb_s}
    seen = {name: took for name, took in phases.items() if took is not None}
    slow = graded(total, look.limits.slow_answer_s, look.limits.very_slow_answer_s)
    longest = max(seen, key=lambda name: seen[name], default="")
    supports = _their_slowness(facts, total, look) if slow != "ok" and facts.third_party else ()
    return Finding(
        verdict=slow,
        observed=f"{page.path} took {total:.2f} s" + (f", most of it {longest}" if slow != "ok" and longest else ""),
        expected=f"under {look.limits.slow_answer_s:g} s",
        threshold=f"warn {look.limits.slow_answer_s:g} s, critical {look.limits.very_slow_answer_s:g} s",
        reproduce=_curl(page),
        evidence=(", ".join(f"{name} {took:.3f} s" for name, took in seen.items()),) if seen else (),
        supports=supports,
        refutes=(weigh("dependency_slow", 2.0, because=f"{facts.target} answers in {total:.2f} s"),)
        if facts.third_party and slow == "ok"
        else (),
    )


def _their_slowness(facts: HttpFacts, total: float, look: Look) -> tuple[Weight, ...]:
    """A third party that is slow is a cause only where one of our own services is slow, too."""
    because = f"{facts.target} takes {total:.1f} s"
    felt = slow_answers(look)
    if felt:
        return (weigh("dependency_slow", 5.0, "decisive", f"{because}, and ours suffers: {felt[0]}"),)
    return (weigh("dependency_slow", 1.0, because=because),)


@check("tls.expiry", _http, "R-DIA-2: 30 days' warning; 3 days: the common certificate alert")
def tls_expiry(facts: HttpFacts, look: Look) -> Finding | None:
    """See how long certificates are still good for."""
    expired = next((page for page in facts.pages if page.tls_expired), None)
    if expired:
        return Finding(
            verdict="critical",
            observed=f"the certificate of {expired.url} has expired",
            expected=f"more than {look.limits.certificate_warn_days:g} days left",
            reproduce=f"openssl s_client -connect {expired.url.split('/')[2]} </dev/null | openssl x509 -noout -dates",
            evidence=(expired.error_text,),
            supports=(weigh("tls_expiry", 6.0, "decisive", f"the certificate of {expired.url} has expired"),),
        )
    known = [page.tls_expires_at for page in facts.pages if page.tls_expires_at is not None]
    if not known:
        return None
    days = (min(known) - facts.at).total_seconds() / _DAY_S
    limits = look.limits
    soon = graded(-days, -limits.certificate_warn_days, -limits.certificate_critical_days)
    return Finding(
        verdict=soon,
        observed=f"{days:.0f} days left",
        expected=f"more than {limits.certificate_warn_days:g} days left",
        threshold=f"warn {limits.certificate_warn_days:g} d, critical {limits.certificate_critical_days:g} d",
        refutes=(weigh("tls_expiry", 4.0, "decisive", f"the certificate of {facts.target} is valid"),),
    )
