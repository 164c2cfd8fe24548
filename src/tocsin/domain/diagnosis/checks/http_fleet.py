"""What several answers say together: one instance of many, phases of one request, services that fail one after another."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping

from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, HttpFacts, HttpPage
from tocsin.domain.diagnosis.findings import Finding, Weight, weigh
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.readiness import failing_components
from tocsin.domain.diagnosis.symptoms import is_failure

_PHASE_S: Mapping[str, float] = {"DNS": 0.5, "connect": 0.5, "TLS": 0.5, "body": 1.0}
_SLOWER, _FELT_S = 5.0, 0.5
_FEW = 0.5


def _http(bundle: Bundle) -> Iterable[HttpFacts]:
    return bundle.http


@check("http.phases", _http, "0.5 s for DNS, connection or TLS, 1 s for the body: ours, within the common 1 s for all")
def phases(facts: HttpFacts, _look: Look) -> Finding | None:
    """Find the phase that takes long where it is not the service's own work."""
    slow = [(name, took, page) for page in facts.pages for name, took in _phases(page) if took >= _PHASE_S[name]]
    if not any(page.total_s is not None for page in facts.pages):
        return None
    name, took, page = max(slow, key=lambda one: one[1], default=("", 0.0, facts.pages[0]))
    because = f"{name} of {page.url} takes {took:.2f} s"
    supports: Mapping[str, Weight] = {
        "DNS": weigh("dns_failure", 2.5, because=because),
        "connect": weigh("network_exhaustion", 1.5, because=because),
        "TLS": weigh("host_saturation", 0.5, because=because),
    }
    return Finding(
        verdict="warn" if slow else "ok",
        observed=because if slow else "no phase stands out",
        expected="milliseconds before the service begins to work",
        reproduce=f"curl -sS -o /dev/null -w '%{{time_namelookup}} %{{time_connect}} %{{time_appconnect}}' {page.url}",
        supports=(supports[name],) if name in supports else (),
    )


def _phases(page: HttpPage) -> Iterable[tuple[str, float]]:
    taken = {"DNS": page.dns_s, "connect": page.connect_s, "TLS": page.tls_s, "body": page.body_s}
    return [(name, took) for name, took in taken.items() if took is not None]


@check(
    "http.instances",
    _http,
    "fewer than half that fail, or take five times the median and 0.5 s: ours, after the outlier rule",
)
def instances(facts: HttpFacts, _look: Look) -> Finding | None:
    """Compare the same page from every instance."""
    pages = facts.instances
    if len(pages) < 2:  # noqa: PLR2004 (one cannot be compared)
        return None
    failing = [page for page in pages if page.status is None or is_failure(page)]
    median = statistics.median(page.total_s or 0.0 for page in pages)
    slow = [page for page in pages if page not in failing and (page.total_s or 0) >= max(_SLOWER * median, _FELT_S)]
    ill = failing or slow
    some = bool(ill) and len(ill) / len(pages) <= _FEW
    who = ", ".join(page.address or page.url for page in ill)
    because = f"{len(ill)} of {len(pages)} instances {'fail' if failing else 'are slow'}: {who}"
    fine = (weigh("instance_fault", 3.0, "decisive", f"the {len(pages)} instances of {facts.target} answer alike"),)
    return Finding(
        verdict="critical" if failing else "warn" if slow else "ok",
        observed=because if ill else f"{len(pages)} instances answer alike",
        expected="every instance answers as the others do",
        reproduce=f"curl -sS --resolve HOST:PORT:{pages[0].address} {pages[0].url}",
        evidence=tuple(f"{page.address} {page.url}: {page.answer} in {page.total_s or 0:.2f} s" for page in pages),
        supports=(weigh("instance_fault", 5.0, "decisive", because),) if some else (),
        refutes=() if some else fine if not ill else (weigh("instance_fault", 3.0, because="every instance is ill"),),
    )


@check("http.cascade", _http, "several services that fail at once, and which of them names none of the others: R-DIA-9")
def cascade(facts: HttpFacts, look: Look) -> Finding | None:
    """Find the lowest of several failing services; told once, for the first of them."""
    ill = {one.service or one.target: one for one in look.bundle.http if not one.third_party and _ill(one)}
    own = [one for one in look.bundle.http if not one.third_party]
    if len(own) < 2 or facts != own[0]:  # noqa: PLR2004 (one alone takes nobody along)
        return None
    if len(ill) < 2:  # noqa: PLR2004 (as above)
        return Finding(
            verdict="ok", observed=f"{len(ill)} of {len(own)} services fail", expected="at most one at a time"
        )
    blames = {name: {other for other in ill if other != name and _names(one, other)} for name, one in ill.items()}
    shared = frozenset.intersection(*(_components(one) for one in ill.values()))
    roots = [name for name, others in blames.items() if not others]
    because = f"{', '.join(sorted(ill))} fail at once"
    supports: tuple[Weight, ...] = ()
    if any(blames.values()) and len(roots) == 1:
        supports = (weigh("cascading_failure", 5.0, "decisive", f"{because}, and all wait for {roots[0]}"),)
    elif shared:
        supports = (
            weigh("shared_infrastructure", 4.5, "decisive", f"{because}, and all miss {', '.join(sorted(shared))}"),
        )
    else:
        supports = (weigh("shared_infrastructure", 2.5, because=because),)
    return Finding(
        verdict="critical",
        observed=because,
        expected="at most one at a time",
        evidence=tuple(
            f"{name} names {', '.join(sorted(others)) or 'none of the others'}" for name, others in blames.items()
        ),
        supports=supports,
    )


def _ill(facts: HttpFacts) -> bool:
    return any(page.status is None or is_failure(page) for page in facts.pages if page.role != "instance")


def _names(facts: HttpFacts, service: str) -> bool:
    """Whether a failing page of the service says another's name."""
    return any(service.lower() in page.body.lower() for page in facts.pages if not page.ok)


def _components(facts: HttpFacts) -> frozenset[str]:
    return frozenset().union(*(failing_components(page.body) for page in facts.pages if not page.ok))
