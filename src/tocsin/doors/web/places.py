"""Who is on call, what runs, and how Tocsin itself is."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

from tocsin.domain.incident.phases import OPEN_PHASES
from tocsin.doors.web.visits import Reader
from tocsin.flows import operate, queries
from tocsin.flows.queries import directory
from tocsin.flows.storage import IncidentFilter

router = APIRouter()
MOST: Final = 200
STATES: Final = ("waiting", "held", "done", "dead", "cancelled")


@router.get("/oncall")
def show_on_call(visit: Reader) -> Response:
    """Show who answers now."""
    catalogue, _ = directory.known(visit.app.engine)
    answer = directory.on_call_at(visit.app.engine)
    return visit.page("oncall.html", {"on_call": answer, "names": catalogue.names})


@router.get("/services")
def show_services(visit: Reader) -> Response:
    """Show what runs, who owns it, and what is broken."""
    catalogue, _ = directory.known(visit.app.engine)
    wanted = IncidentFilter(phases=tuple(p.value for p in OPEN_PHASES))
    broken = queries.incidents(visit.app.engine, visit.who.viewer, wanted, limit=MOST).items
    found = {s.key: [i for i in broken if s.key in i.services] for s in catalogue.services}
    return visit.page("services.html", {"catalogue": catalogue, "broken": found, "names": catalogue.names})


@router.get("/health-of-tocsin")
def show_health(visit: Reader, state: str = "dead") -> Response:
    """Show how Tocsin itself is, and what it could not deliver."""
    asked = state if state in STATES else ""
    return visit.page(
        "health.html",
        {
            "health": operate.health(visit.app.engine),
            "jobs": operate.outbox(visit.app.engine, visit.who.viewer, state=asked).items,
            "state": asked,
            "states": STATES,
        },
    )
