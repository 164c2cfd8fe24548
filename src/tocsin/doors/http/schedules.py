"""Who is on call when, and changes of single hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from tocsin.domain.catalogue import Catalogue
from tocsin.domain.errors import InvalidError
from tocsin.domain.schedules import Override, Stint, Temporary
from tocsin.doors.http import schedule_bodies as b
from tocsin.doors.http.bodies import Key, Moment
from tocsin.doors.http.callers import Reader, Responder, Wired
from tocsin.doors.http.idempotency import IdempotentRoute
from tocsin.flows import calendars, schedules
from tocsin.flows.queries.directory import OnCall, on_call_at
from tocsin.flows.schedules import Effect, View

router = APIRouter(prefix="/v1", tags=["schedules"], route_class=IdempotentRoute)
NOW = datetime(1970, 1, 1, tzinfo=UTC)  # what has begun before begins now
Begin = Annotated[Moment | None, Query(description="From when; now without it.")]
End = Annotated[Moment | None, Query(description="Until when; two weeks later without it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a configuration would change, by schedule; those it leaves alone are not there."""

    items: tuple[Effect, ...]


@router.get("/oncall")
def show_on_call(
    app: Wired, _: Reader, at: Annotated[Moment | None, Query(description="When; now without it.")] = None
) -> OnCall:
    """Say who answers, by schedule and by service, now or at another time."""
    return on_call_at(app.engine, at)


@router.get("/schedules/{key}")
def show_schedule(key: str, app: Wired, _: Reader, starts: Begin = None, ends: End = None) -> View:
    """Show a schedule over a span: shifts, gaps, what each person carries, and changes that people made."""
    return schedules.view(app.engine, key, starts, ends)


@router.post("/schedules/preview")
def preview_schedules(body: b.PreviewBody, app: Wired, _: Reader) -> Preview:
    """Say which hours another configuration would give to other people; changes nothing."""
    try:
        wanted = msgspec.convert(body.catalogue, Catalogue)
    except msgspec.ValidationError as error:
        mend = "Send what `tocsin config apply` sends."
        raise InvalidError(f"not a configuration: {error}", field="catalogue", mend=mend) from error
    return Preview(items=tuple(schedules.preview(app.engine, wanted, body.ends)))


@router.post("/schedules/{key}/overrides", status_code=201)
def add_override(key: str, body: b.OverrideBody, app: Wired, by: Responder) -> Effect:
    """Put somebody on call for some hours, or take somebody out."""
    wanted = Override(
        person=body.person, starts=body.starts or NOW, ends=body.ends, kind=body.kind, replaces=body.replaces
    )
    return schedules.override(app.engine, key, wanted, by.actor)


@router.post("/schedules/{key}/temporaries", status_code=201)
def add_temporary(key: str, body: b.TemporaryBody, app: Wired, by: Responder) -> Effect:
    """Let a temporary schedule stand in for a span."""
    shifts = tuple(Stint(people=tuple(s.people), starts=s.starts, ends=s.ends) for s in body.shifts)
    wanted = Temporary(starts=body.starts, ends=body.ends, shifts=shifts)
    return schedules.temporary(app.engine, key, wanted, by.actor)


@router.post("/schedules/{key}/swaps", status_code=201)
def ask_swap(key: str, body: b.SwapBody, app: Wired, by: Responder) -> Effect:
    """Ask that somebody take hours of yours; nothing changes until one agrees."""
    return schedules.ask_swap(app.engine, key, body.starts, body.ends, by.actor)


@router.post("/schedules/{key}/swaps/{change}/take")
def take_swap(key: str, change: str, app: Wired, by: Responder) -> Effect:
    """Agree to take hours that somebody asked you or anybody to take."""
    return schedules.take_swap(app.engine, key, change, by.actor)


@router.delete("/schedules/{key}/changes/{change}")
def remove_schedule_change(key: str, change: str, app: Wired, by: Responder) -> Effect:
    """Take an override, a temporary schedule or a swap back; of one that has begun only the rest."""
    return schedules.remove(app.engine, key, change, by.actor)


@router.get(
    "/schedules/{key}/calendar",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}},
)
def export_schedule(
    key: str, app: Wired, _: Reader, person: Annotated[Key, Query(description="Only this person's hours.")] = ""
) -> Response:
    """Write a schedule as an iCalendar file, whole or for one person."""
    text = calendars.export(app.engine, app.calendars, key, person)
    return Response(text, media_type="text/calendar")


@router.post("/schedules/{key}/calendar", status_code=201)
def import_schedule(key: str, body: b.CalendarBody, app: Wired, by: Responder) -> Effect:
    """Take a span of an iCalendar file over as a temporary schedule."""
    span = body.starts, body.ends
    return calendars.take_over(app.engine, app.calendars, key, body.calendar, span, actor=by.actor)
