"""Whose own excess explains a service's: the service's, or something's that it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tocsin.domain.diagnosis.attribution.attribute import attribute
from tocsin.domain.diagnosis.attribution.attribution import Attribution, Suspect
from tocsin.domain.diagnosis.attribution.baseline import learn
from tocsin.domain.diagnosis.attribution.series import UNITS, Series, Signal, Target
from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle, ServiceFacts, ServiceRow
from tocsin.domain.diagnosis.findings import Finding, Weight, weigh
from tocsin.domain.diagnosis.look import Look

SHOWN = 3
_SIGNALS: tuple[Signal, ...] = ("errors", "latency")


def _services(bundle: Bundle) -> Iterable[ServiceFacts]:
    return bundle.services


@check(
    "services.attribution",
    _services,
    "three spreads of quiet times, and a quarter of the excess: ours, measured on recorded faults (docs/benchmarks.md)",
)
def attribution(facts: ServiceFacts, look: Look) -> Finding | None:
    """Name the service whose own excess explains what an affected one shows, of those that monitors measure."""
    if not facts.affected:
        return None
    found = [attributed(look.bundle, facts, signal) for signal in _SIGNALS]
    blamed = [one for one in found if one.suspects]
    expected = "no more extra seconds or failed requests than quiet times explain"
    if not blamed:
        judged = any(one.abstained in {"as_usual", "nobody_stands_out", "too_little_explained"} for one in found)
        why = "; ".join(one.why for one in found)
        return Finding(verdict="ok" if judged else "unknown", observed=why, expected=expected)
    firsts = [_told(one, one.suspects[0]) for one in blamed]
    return Finding(
        verdict="warn",
        observed="; ".join(firsts),
        expected=expected,
        why="an excess is counted where callees do not account for it",
        evidence=tuple(line for one in blamed for suspect in one.suspects[:SHOWN] for line in _lines(one, suspect)),
        supports=tuple(_elsewhere(one) for one in blamed if one.suspects[0].node != facts.target),
        refutes=tuple(_itself(one) for one in blamed if one.suspects[0].node == facts.target and facts.depends_on),
    )


def attributed(bundle: Bundle, facts: ServiceFacts, signal: Signal) -> Attribution:
    """Return who is suspected of what `facts` shows of `signal`, by the catalogue's dependencies."""
    graph: Mapping[str, tuple[str, ...]] = {one.target: one.depends_on for one in bundle.services}
    quiet = {one.target: _series(one.rows[: one.quiet]) for one in bundle.services}
    window = {one.target: _series(one.rows[one.quiet :]) for one in bundle.services}
    target = Target(node=facts.target, signal=signal, calm=0)
    return attribute(graph, window, target, learn(quiet, signal))


def _series(rows: tuple[ServiceRow, ...]) -> Series:
    return Series(
        requests=[row.requests for row in rows],
        latency_s=[row.latency_s for row in rows],
        error_ratio=[row.error_ratio for row in rows],
    )


def _told(found: Attribution, first: Suspect) -> str:
    unit = UNITS[found.target.signal]
    of = f"{found.target.node} shows {found.excess:.3g} {unit} a row"
    if first.node == found.target.node:
        return f"{of}, which nothing it depends on explains"
    return f"{of}; {first.node}'s own excess is {first.own:.3g}"


def _lines(found: Attribution, suspect: Suspect) -> Iterable[str]:
    yield f"{suspect.node} ({found.target.signal}): {'; '.join(suspect.supports)}"
    if suspect.refutes:
        yield f"{suspect.node} ({found.target.signal}), against: {'; '.join(suspect.refutes)}"


def _elsewhere(found: Attribution) -> Weight:
    return weigh("dependency_outage", 2.0, because=_told(found, found.suspects[0]))


def _itself(found: Attribution) -> Weight:
    return weigh("dependency_outage", 1.0, because=_told(found, found.suspects[0]))
