"""How a person is reached: their contact methods, their rules, and what a page to them would do now."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Response

from tocsin.domain.errors import InvalidError
from tocsin.doors.web.visits import Reader, Visit
from tocsin.flows.queries.reach import reach

router = APIRouter()


@router.get("/account/reach")
def show_own_reach(visit: Reader) -> Response:
    """Show how one is reached oneself."""
    return _page(visit, visit.who.person)


@router.get("/people/{person}")
def show_reach(person: str, visit: Reader) -> Response:
    """Show how somebody is reached; addresses are shown to nobody."""
    return _page(visit, person)


def _page(visit: Visit, person: str) -> Response:
    try:
        found = reach(visit.app.engine, person)
    except InvalidError as error:
        raise HTTPException(404, str(error)) from error
    return visit.page("reach.html", {"reach": found, "own": person == visit.who.person})
