"""The calendar of who is on call, and who is on at a certain time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response

from tocsin.doors.web.visits import Reader, Responder, Visit
from tocsin.flows import feeds
from tocsin.flows.queries import directory
from tocsin.flows.queries.rota import rota

router = APIRouter()
WEEK: Final = 7
YEAR: Final = timedelta(days=365)
MONTH: Final = 28  # whole weeks, so that a column is a weekday
EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2999, 1, 1)


@router.get("/oncall/calendar")
def show_calendar(visit: Reader, view: str = "week", first: str = "", who: str = "", at: str = "") -> Response:
    """Show who is on call day by day, everybody or the reader alone; with `at`, who is on then, by the reader's clock."""
    return _calendar(visit, view=view, first=first, who=who, at=at)


@router.post("/oncall/calendar/feed")
def make_address(visit: Responder) -> Response:
    """Show the calendar with an address for the reader's own hours, for their calendar to subscribe to."""
    me = visit.who.person
    made = feeds.make_feed(visit.app.engine, visit.app.signing, visit.who.actor, person=me, valid=YEAR)
    return _calendar(visit, who="mine", feed=made.url)


def _calendar(
    visit: Visit, *, view: str = "week", first: str = "", who: str = "", at: str = "", feed: str = ""
) -> Response:
    catalogue, _ = directory.known(visit.app.engine)
    days = MONTH if view == "month" else WEEK
    begin = _day(first)
    found = rota(visit.app.engine, visit.who.person, begin, days, mine=who == "mine")
    start, asked = found.days[0].day, _moment(at, found.zone)
    return visit.page(
        "calendar.html",
        {
            "rota": found,
            "view": "month" if days == MONTH else "week",
            "whose": "mine" if who == "mine" else "team",
            "first": start,
            "before": start - timedelta(days=days),
            "after": start + timedelta(days=days),
            "at": at if asked else "",
            "asked": directory.on_call_at(visit.app.engine, asked) if asked else None,
            "names": catalogue.names,
            "feed": feed,
        },
    )


def _day(text: str) -> date | None:
    """Return a day of the address, None where it is none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None


def _moment(text: str, zone: str) -> datetime | None:
    """Return a time of the address by the clock of `zone`, None where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not EARLIEST <= found.date() <= LATEST:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
