"""The incident page: everything on one page, and every verb as a form on it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.phases import PHASE_TABLE, WORKING_STATUSES, Phase, Status
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.timeline import MILESTONES, Entry
from tocsin.doors.web import directory
from tocsin.doors.web.impact_words import impact_line
from tocsin.doors.web.look import human
from tocsin.doors.web.mends import mend
from tocsin.doors.web.safety import local_path
from tocsin.doors.web.slash import read_line
from tocsin.doors.web.sparkline import Points, Spark, spark
from tocsin.doors.web.tokens import SEE_OTHER
from tocsin.doors.web.verbs import VERBS
from tocsin.doors.web.visits import Reader, Responder, Visit
from tocsin.flows import queries
from tocsin.flows.ports import PermanentError, TransientError
from tocsin.flows.queries import IncidentView
from tocsin.flows.storage import ConflictError

router = APIRouter()
NEWEST: Final = 40
ALL: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a form was not carried out, what was typed into it, and how to mend it."""

    verb: str
    what: str
    text: str
    mend: str
    field: str
    form: FormData

    def typed(self, name: str) -> str:
        """Return what was typed into a field."""
        value = self.form.get(name, "")
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMark:
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


@router.get("/incidents/{ref}")
def show_incident(
    ref: str,
    visit: Reader,
    *,
    open: str = "",  # noqa: A002 (the query's word)
    timeline: str = "",
    as_known_at: str = "",
    correct: str = "",
) -> Response:
    """Show one incident; `as_known_at` shows its timeline as it was known then."""
    values: Any = page_values(visit, ref, as_known_at=_instant(as_known_at), whole=timeline == "all")
    return visit.page("incident.html", **values, opened=open, correcting=correct, problem=None)


@router.post("/incidents/{ref}/say")
def say(ref: str, visit: Responder) -> Response:
    """Add a line to the timeline, or carry out the verb behind its slash."""
    try:
        verb, fields = read_line(str(visit.form.get("text", "")))
    except InvalidError as error:
        return _refused(
            visit, ref, Problem(verb="say", what="", form=visit.form, text=str(error), mend=error.mend, field="text")
        )
    return _carry_out(visit, ref, verb, form=FormData(fields), asked="say")


@router.post("/incidents/{ref}/{verb}")
@router.post("/incidents/{ref}/{verb}/{what}")
def carry_out(ref: str, verb: str, visit: Responder, what: str = "") -> Response:
    """Carry out a verb and show the page again; a refusal keeps what was typed."""
    known = VERBS.get(verb)
    if known is None or bool(known.what) != bool(what):
        raise HTTPException(404, "there is no such verb")
    return _carry_out(visit, ref, verb, what=what, form=visit.form, asked=verb)


def _carry_out(visit: Visit, ref: str, verb: str, *, form: FormData, asked: str, what: str = "") -> Response:
    def act() -> str:
        after = VERBS[verb].do(visit, ref, what, form)
        back = str(visit.form.get("back", ""))
        return onward(local_path(back, default=f"/incidents/{quote(after, safe='')}"), verb)

    key = str(visit.form.get("nonce", ""))
    sent = "\n".join(f"{name}={value}" for name, value in visit.form.multi_items() if name not in {"csrf", "nonce"})
    once = hashlib.sha256(f"{key}\n{visit.request.url.path}\n{sent}".encode()).hexdigest() if key else ""
    try:
        return RedirectResponse(visit.desk.once.do(once, visit.who.person, act), SEE_OTHER)
    except (RefusedError, InvalidError, TransientError, PermanentError, ConflictError) as error:
        hint = getattr(error, "mend", "") or ("Try again." if not isinstance(error, PermanentError) else "")
        text = str(error) or "somebody else wrote first"
        field = getattr(error, "field", "")
        return _refused(visit, ref, Problem(verb=asked, what=what, form=visit.form, text=text, mend=hint, field=field))


def onward(location: str, verb: str) -> str:
    """Return where the browser goes on, with the word for what was done."""
    parts = urlsplit(location)
    joined = f"{parts.query}&done={verb}" if parts.query else f"done={verb}"
    return parts._replace(query=joined).geturl()


def _refused(visit: Visit, ref: str, problem: Problem) -> Response:
    values = page_values(visit, ref)
    status = 422 if problem.field else 409
    correcting = problem.what if problem.verb == "correct" else ""
    return visit.page(
        "incident.html", status=status, **values, opened=problem.verb, correcting=correcting, problem=problem
    )


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
        "ref": view.ref,
        "rules": rules,
        "pack": rules.pack,
        "catalogue": rules.catalogue,
        "names": directory.names(rules.catalogue),
        "impact_line": impact_line(view.impact),
        "steps": steps(view, rules),
        "mends": [mend(gap, view.ref) for gap in view.missing],
        "days": by_day(lines if whole else lines[:NEWEST]),
        "older": 0 if whole else max(0, len(lines) - NEWEST),
        "as_known_at": as_known_at,
        "gates": gate_lines(view, rules, series),
        "allowed": {verb for phase, verb in PHASE_TABLE if phase is view.phase},
        "is_open": view.phase in {Phase.TRIAGE, Phase.ACTIVE},
        "statuses": [(s.value, status_name(rules, s)) for s in WORKING_STATUSES],
        "milestone_options": [(m, human(m)) for m in MILESTONES if m not in {"declared", "closed"}],
        "decline_options": [(route, route) for route in rules.pack.decline_routes],
        "said": {verb: known.said for verb, known in VERBS.items()},
    }


def steps(view: IncidentView, rules: Policy) -> list[StepMark]:
    """Return the way from triage to resolved, with where the incident stands."""
    listed = ("Triage", *(status_name(rules, s) for s in (*WORKING_STATUSES, Status.RESOLVED)))
    places = {status: number + 1 for number, status in enumerate((*WORKING_STATUSES, Status.RESOLVED))}
    here = 0 if view.phase is Phase.TRIAGE else places[view.status]
    if view.phase in {Phase.DECLINED, Phase.CANCELLED, Phase.MERGED}:
        here = -1
    return [StepMark(name=name, done=n < here, current=n == here) for n, name in enumerate(listed)]


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


def _instant(text: str) -> datetime | None:
    """Return a time from the address, UTC where it has no zone; nonsense is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
