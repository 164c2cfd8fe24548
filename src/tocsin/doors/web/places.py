"""Who is on call, what runs, and how Tocsin itself is."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.phases import OPEN_PHASES
from tocsin.doors.web.tokens import SEE_OTHER
from tocsin.doors.web.visits import Reader, Responder, Visit
from tocsin.flows import operate, queries
from tocsin.flows.queries import directory
from tocsin.flows.resend import KINDS, UnknownJobError, resend
from tocsin.flows.storage import ConflictError, IncidentFilter

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
    return _health(visit, state)


@router.post("/health-of-tocsin/resend")
def send_again(visit: Responder) -> Response:
    """Send again what failed for good."""
    try:
        resend(visit.app.engine, str(visit.form.get("job", "")), visit.by)
    except (RefusedError, UnknownJobError, ConflictError) as error:
        return _health(visit, status=409, problem=(str(error), getattr(error, "mend", "") or "Load the page again."))
    return RedirectResponse("/health-of-tocsin?state=any&done=resend", SEE_OTHER)


def _health(
    visit: Visit, state: str = "dead", *, status: int = 200, problem: tuple[str, str] | None = None
) -> Response:
    asked = state if state in STATES else ""
    return visit.page(
        "health.html",
        {
            "health": operate.health(visit.app.engine),
            "jobs": operate.outbox(visit.app.engine, visit.who.viewer, state=asked).items,
            "state": asked,
            "states": STATES,
            "resendable": KINDS,
            "problem": problem,
        },
        status=status,
    )
