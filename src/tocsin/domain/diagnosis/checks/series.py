"""What a metrics store's series say: steps since quiet times, targets that are down, series that are gone or too many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from tocsin.domain import words
from tocsin.domain.diagnosis.check import check
from tocsin.domain.diagnosis.facts import Bundle
from tocsin.domain.diagnosis.facts.series import Asked, Series, SeriesFacts
from tocsin.domain.diagnosis.findings import Finding, Weight, weigh
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.steps import Floors, Step, step_of, vanished

_SHOWN = 5
_SURGE = 2.0


def _series(bundle: Bundle) -> Iterable[SeriesFacts]:
    return bundle.series


@check(
    "series.step",
    _series,
    "both floors of the query, three spreads of quiet times, and not so at the same hour yesterday: ours",
)
def step(facts: SeriesFacts, _look: Look) -> Finding | None:
    """Name the series that stand at another level than before the onset."""
    judged = [one for one in facts.asked if one.series]
    if not judged:
        return None
    found = [(asked, series, stepped) for asked in judged for series, stepped in _steps(asked, facts.quiet)]
    found.sort(key=lambda one: -_times(one[2]))
    expected = "every series where it was before the onset, or at this hour yesterday"
    lines = [_line(facts, asked, series, stepped) for asked, series, stepped in found]
    steady = tuple(
        weigh("traffic_spike", 1.0, because=f"{asked.name} is where it was before the onset")
        for asked in judged
        if asked.means == "traffic" and not any(one[0] is asked for one in found)
    )
    return Finding(
        verdict="warn" if found else "ok",
        observed=lines[0] if lines else f"no step in {sum(len(one.series) for one in judged)} series",
        expected=expected,
        reproduce=facts.reproduce,
        evidence=tuple(lines[:_SHOWN]),
        supports=tuple(_weights(found, lines)),
        refutes=steady,
    )


def _steps(asked: Asked, quiet: int) -> Iterator[tuple[Series, Step]]:
    floors = Floors(relative=asked.relative, absolute=asked.absolute)
    for series in asked.series:
        if stepped := step_of(series.values, quiet, floors, series.yesterday):
            yield series, stepped


def _times(stepped: Step) -> float:
    low, high = sorted((abs(stepped.before), abs(stepped.now)))
    return high / low if low else float("inf")


def _line(facts: SeriesFacts, asked: Asked, series: Series, stepped: Step) -> str:
    at = facts.since + timedelta(seconds=facts.step_s * stepped.row)
    labels = f" {series.labels}" if series.labels else ""
    verb = "rose" if stepped.now > stepped.before else "fell"
    return f"{asked.name}{labels} {verb} from {stepped.before:.4g} to {stepped.now:.4g} at {words.clock(at)}"


def _weights(found: list[tuple[Asked, Series, Step]], lines: list[str]) -> Iterator[Weight]:
    """Yield what rising series speak for, once a query: errors and latency are what is to be explained, no cause."""
    told: set[str] = set()
    for (asked, _, stepped), line in zip(found, lines, strict=True):
        if stepped.now <= stepped.before or asked.name in told:
            continue
        if asked.means == "traffic" and stepped.now >= _SURGE * stepped.before:
            told.add(asked.name)
            yield weigh("traffic_spike", 1.5, because=line)
        elif asked.means == "saturation":
            told.add(asked.name)
            yield weigh("host_saturation", 1.0, because=line)


@check("series.targets_up", _series, "Prometheus' own `up`: 0 is a scrape that failed")
def targets_up(facts: SeriesFacts, _look: Look) -> Finding | None:
    """Look for targets that the store cannot scrape."""
    if not facts.watched:
        return None
    expected = "every target answers its scrape"
    if not facts.down:
        return Finding(verdict="ok", observed=f"all {facts.watched} targets are up", expected=expected)
    every = len(facts.down) >= facts.watched
    observed = f"{len(facts.down)} of {facts.watched} targets are down: {facts.down[0]}"
    weight = 2.0 if every else 1.0
    return Finding(
        verdict="critical" if every else "warn",
        observed=observed,
        expected=expected,
        why="nothing listens there, or the metrics store cannot reach it" if every else "",
        reproduce="up == 0",
        evidence=facts.down[:_SHOWN],
        supports=(weigh("application_down", weight, because=observed),),
    )


@check("series.present", _series, "a series of quiet times without a value in the newest five rows: ours")
def present(facts: SeriesFacts, _look: Look) -> Finding | None:
    """Look for series that are gone: what nobody measures any more is not well."""
    known = [one for one in facts.asked if one.found is not None]
    if not known:
        return None
    gone = [
        f"{asked.name} {series.labels}".strip()
        for asked in known
        for series in asked.series
        if vanished(series.values, facts.quiet)
    ]
    never = [asked.name for asked in known if not asked.found and not asked.series]
    lines = [
        *(f"{one} is gone since before the newest rows" for one in gone),
        *(f"{one} has no series" for one in never),
    ]
    return Finding(
        verdict="warn" if gone else "unknown" if never else "ok",
        observed=lines[0] if lines else f"every one of {len(known)} queries has its series",
        expected="series that were there are still there",
        evidence=tuple(lines[:_SHOWN]),
        supports=(weigh("application_down", 0.5, because=lines[0]),) if gone else (),
    )


@check("series.cardinality", _series, "the probe's `max_series`")
def cardinality(facts: SeriesFacts, _look: Look) -> Finding | None:
    """Say which queries have more series than were read, so that the largest alone are never taken for all."""
    known = [one for one in facts.asked if one.found]
    if not known:
        return None
    cut = [one for one in known if (one.found or 0) > len(one.series) and one.series]
    lines = tuple(f"{one.name}: the {len(one.series)} largest of {one.found} series" for one in cut)
    return Finding(
        verdict="unknown" if cut else "ok",
        observed=lines[0] if lines else "every series was read",
        expected="every series was read",
        why="aggregate the query (`sum by`), or raise `max_series`" if cut else "",
        evidence=lines[:_SHOWN],
    )
