"""Server-sent events: an open page hears that something changed, never what; it asks again with its own eyes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

import anyio
from fastapi import APIRouter
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from tocsin.doors.web.news import Listener
from tocsin.doors.web.visits import Reader, Visit, caller, may
from tocsin.flows import queries
from tocsin.flows.handle import UnknownIncidentError

router = APIRouter()
Look = Callable[[frozenset[str]], str | None]
PING_S: Final = 20
GRACE_S: Final = 1.0


@router.get("/incidents/{ref}/stream")
def incident_stream(ref: str, visit: Reader) -> EventSourceResponse:
    """Tell one incident's changes to somebody who may see it, as long as they may."""
    with visit.app.engine.store.reading() as tx:
        incident = queries.see(tx, visit.who.viewer, ref).id
    return _stream(visit, incident, lambda _: seen(visit, incident))


@router.get("/stream")
def list_stream(visit: Reader) -> EventSourceResponse:
    """Tell that an incident the reader may see was opened or changed."""
    return _stream(visit, "", lambda ids: seen_any(visit, ids))


def _stream(visit: Visit, wanted: str, look: Look) -> EventSourceResponse:
    stopping = anyio.Event()
    events = changes(visit, wanted, look, stopping)
    return EventSourceResponse(events, ping=PING_S, shutdown_event=stopping, shutdown_grace_period=GRACE_S)


async def changes(
    visit: Visit, wanted: str, look: Look, stopping: anyio.Event | None = None
) -> AsyncIterator[ServerSentEvent]:
    """Yield an event now and after every change, until the server stops.

    `look` answers an event's data, '' for nothing to tell, None for the end.
    """
    listener = Listener(asyncio.get_running_loop(), wanted)
    end = asyncio.ensure_future(stopping.wait()) if stopping else None
    if end is not None:
        end.add_done_callback(lambda _: listener.end())
    await run_in_threadpool(visit.desk.news.join, listener)
    changed: frozenset[str] | None = frozenset()
    try:
        while changed is not None:
            data = await run_in_threadpool(look, changed)
            if data is None:
                yield ServerSentEvent(event="gone", data="")
                return
            if data:
                yield ServerSentEvent(event="change", data=data)
            changed = await listener.changed()
    finally:
        visit.desk.news.leave(listener)
        if end is not None:
            end.cancel()


def seen(visit: Visit, incident: str) -> str | None:
    """Return the incident's last event number, or None once the visitor may not see it any more."""
    who = caller(visit.request, visit.desk)
    if who is None or not may(who, "read"):
        return None
    with visit.app.engine.store.reading() as tx:
        try:
            return str(queries.see(tx, who.viewer, incident).seq)
        except UnknownIncidentError:
            return None


def seen_any(visit: Visit, incidents: frozenset[str]) -> str | None:
    """Return a word when the visitor may see any of `incidents`, '' when none, or None once they are logged out."""
    who = caller(visit.request, visit.desk)
    if who is None or not may(who, "read"):
        return None
    with visit.app.engine.store.reading() as tx:
        return "list" if any(tx.see(who.viewer, incident) for incident in incidents) else ""
