"""The list of incidents: open ones first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from tocsin.domain.incident.phases import OPEN_PHASES, Phase
from tocsin.doors.web import directory
from tocsin.doors.web.look import human
from tocsin.doors.web.mends import mend
from tocsin.doors.web.visits import Reader, Visit
from tocsin.flows import queries
from tocsin.flows.queries import IncidentList
from tocsin.flows.storage import IncidentFilter

router = APIRouter()
MOST_OPEN: Final = 50
PAGE: Final = 25
LONGEST: Final = 200


@router.get("/")
def show_list(  # noqa: PLR0913 (each is a filter of its own)
    visit: Reader,
    *,
    phase: str = "",
    severity: str = "",
    service: str = "",
    q: str = "",
    cursor: str = "",
    open_cursor: str = "",
) -> Response:
    """List incidents the reader may see, those that need somebody first."""
    asked = {"phase": phase, "severity": severity, "service": service, "q": q[:LONGEST]}
    catalogue, policy = directory.known(visit.app.engine)
    open_ones = _ask(visit, asked, [p for p in Phase if p in OPEN_PHASES], open_cursor, MOST_OPEN)
    over = _ask(visit, asked, [p for p in Phase if p not in OPEN_PHASES], cursor, PAGE)
    query = urlencode({name: value for name, value in asked.items() if value})
    return visit.page(
        "incidents.html",
        {
            "asked": asked,
            "filtered": any(asked.values()),
            "open_ones": replace(open_ones, items=tuple(sorted(open_ones.items, key=lambda i: (i.rank, i.started_at)))),
            "over": over,
            "later": bool(cursor),
            "query": query,
            "phases": [(p.value, human(p.value)) for p in Phase],
            "pack": policy.pack,
            "catalogue": catalogue,
            "names": catalogue.names,
            "first_mend": {i.ref: mend(i.missing[0], i.ref) for i in open_ones.items if i.missing},
        },
    )


def _ask(visit: Visit, asked: Mapping[str, str], phases: list[Phase], cursor: str, limit: int) -> IncidentList:
    among = [p.value for p in phases if asked["phase"] in {"", p.value}]
    if not among:
        return IncidentList(items=(), next_cursor="")
    wanted = IncidentFilter(
        phases=tuple(among),
        severities=(asked["severity"],) if asked["severity"] else (),
        services=(asked["service"],) if asked["service"] else (),
        text=asked["q"],
    )
    return queries.incidents(visit.app.engine, visit.who.viewer, wanted, cursor=cursor, limit=limit)
