"""The address that calendars subscribe to: its signature is all that it asks for."""

from __future__ import annotations

from fastapi import APIRouter, Response

from tocsin.doors.web.visits import AtDesk
from tocsin.flows.feeds import PATH, UnknownFeedError, read_feed

router = APIRouter()
GONE = 410


@router.get(PATH)
def show_feed(at: AtDesk, key: str = "") -> Response:
    """Return the calendar that the address leads to, as it is now."""
    try:
        text = read_feed(at.app.engine, at.app.signing, at.app.calendars, key)
    except UnknownFeedError as error:
        told = f"This calendar is not there: {error}. Ask for another with `tocsin schedule feed`.\n"
        return Response(told, GONE, media_type="text/plain")
    return Response(text, media_type="text/calendar", headers={"Referrer-Policy": "no-referrer"})
