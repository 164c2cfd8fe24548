"""Everything the incident page shows, put into the shapes its templates take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from tocsin.domain.catalogue import Catalogue
from tocsin.domain.incident.phases import OPEN_PHASES, PHASE_TABLE, WORKING_STATUSES, Phase, Status
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.timeline import MILESTONES, Entry
from tocsin.doors.web.impact_words import impact_line
from tocsin.doors.web.look import human
from tocsin.doors.web.mends import mend
from tocsin.doors.web.sparkline import Points, Spark, spark
from tocsin.doors.web.verbs import VERBS
from tocsin.doors.web.visits import Visit
from tocsin.flows import queries
from tocsin.flows.queries import IncidentView, directory

NEWEST: Final = 40
ALL: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusMark:
    """One step of the way."""

    name: str
    done: bool
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLine:
    """One gate with its picture."""

    text: str
    verdict: str
    observed: str
    expected: str
    spark: Spark | None


def page_values(
    visit: Visit, ref: str, *, as_known_at: datetime | None = None, whole: bool = False
) -> dict[str, object]:
    """Return what the incident page shows."""
    engine, viewer = visit.app.engine, visit.who.viewer
    view = queries.incident(engine, viewer, ref)
    rules = directory.rules_of(engine, viewer, ref)
    lines = queries.timeline(engine, viewer, ref, as_known_at=as_known_at, limit=ALL).entries[::-1]
    series = queries.samples(engine, viewer, ref)
    return {
        "view": view,
        "books": queries.incident_runbooks(engine, viewer, ref),
        "ref": view.ref,
        "rules": rules,
        "pack": rules.pack,
        "catalogue": rules.catalogue,
        "names": directory.names_in(engine, viewer, [ref]),
        "impact_line": impact_line(view.impact),
        "steps": steps(view, rules),
        "mends": [mend(gap, view.ref) for gap in view.missing],
        "days": by_day(lines if whole else lines[:NEWEST]),
        "older": 0 if whole else max(0, len(lines) - NEWEST),
        "as_known_at": as_known_at,
        "alert_spark": spark("Alerts that fire", queries.alert_curve(engine, viewer, ref)),
        "gates": gate_lines(view, rules, series),
        "allowed": {verb for phase, verb in PHASE_TABLE if phase is view.phase},
        "is_open": view.phase in OPEN_PHASES,
        "statuses": [(s.value, status_name(rules, s)) for s in WORKING_STATUSES],
        "milestone_options": [(m, human(m)) for m in MILESTONES if m not in {"declared", "closed"}],
        "decline_options": [(route, route) for route in rules.pack.decline_routes],
        "askable": askable(rules.catalogue),
        "said": {verb: known.said for verb, known in VERBS.items()},
    }


def askable(known: Catalogue) -> list[tuple[str, str]]:
    """Return everybody who can be asked to join, people, schedules and teams, as a choice's options."""
    people = [(f"person:{p.key}", p.name or p.key) for p in known.people]
    schedules = [(f"schedule:{s.key}", f"on call: {s.key}") for s in known.schedules]
    teams = [(f"team:{t.key}", f"team {t.name or t.key}") for t in known.teams]
    return [*people, *schedules, *teams]


def steps(view: IncidentView, rules: Policy) -> list[StatusMark]:
    """Return the way from triage to resolved, with where the incident stands."""
    listed = ("Triage", *(status_name(rules, s) for s in (*WORKING_STATUSES, Status.RESOLVED)))
    places = {status: number + 1 for number, status in enumerate((*WORKING_STATUSES, Status.RESOLVED))}
    here = 0 if view.phase is Phase.TRIAGE else places[view.status]
    if view.phase in {Phase.DECLINED, Phase.CANCELLED, Phase.MERGED}:
        here = -1
    return [StatusMark(name=name, done=n < here, current=n == here) for n, name in enumerate(listed)]


def status_name(rules: Policy, status: Status) -> str:
    """Return what the pack calls a status."""
    return rules.pack.status_names.get(status, status.value.capitalize())


def by_day(lines: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """Return the entries under the day, in UTC, when they were true."""
    return [(day, list(group)) for day, group in groupby(lines, key=lambda e: f"{e.at:%A, %Y-%m-%d}")]


def gate_lines(view: IncidentView, rules: Policy, series: Mapping[str, Points]) -> list[GateLine]:
    """Return the gates as last seen, each with the picture of its measure where there is one."""
    known = {gate.key: gate for gate in rules.pack.verification.gates}
    marked = view.verification.watch_began_at
    lines = []
    for seen in view.verification.gates:
        key = seen.gate.rpartition("/")[2]
        rule = known.get(key)
        measure = rule.metric if rule else key
        points = series.get(seen.gate) or series.get(measure) or ()
        text = rule.text if rule else seen.gate
        picture = spark(text, points, marked=marked)
        lines.append(
            GateLine(text=text, verdict=seen.verdict, observed=seen.observed, expected=seen.expected, spark=picture)
        )
    return lines
