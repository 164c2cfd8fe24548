"""Silences, and what the routes would do with an alert."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from tocsin.domain.alerts.explain import Explanation
from tocsin.domain.alerts.intervals import TimeSpan, parse_span
from tocsin.domain.alerts.matchers import Matcher, MatcherError, parse_matchers
from tocsin.domain.alerts.silences import Terms
from tocsin.doors.http.bodies import Body, Key, Line, Lines, Moment, Plain
from tocsin.doors.http.callers import Reader, Responder, Wired
from tocsin.doors.http.idempotency import IdempotentRoute
from tocsin.flows import routing, silences
from tocsin.flows.routing import RouteView
from tocsin.flows.silences import SilenceView

router = APIRouter(prefix="/v1", tags=["alerts"], route_class=IdempotentRoute)
Value = Annotated[Plain, Field(max_length=5000)]
Expression = Annotated[Plain, Field(max_length=2000)]


class RouteTestBody(Body):
    """An alert's labels, the integration or `monitor:KEY` that would send it, and when it would fire if not now."""

    labels: Annotated[dict[Line, Value], Field(max_length=200)] = Field(default_factory=dict)
    source: Line = ""
    at: Moment | None = None


class SpanBody(Body):
    """Times that come again, written as in `time_intervals` of tocsin.yaml."""

    times: Lines = Field(default_factory=list)
    weekdays: Lines = Field(default_factory=list)
    days_of_month: Lines = Field(default_factory=list)
    months: Lines = Field(default_factory=list)
    years: Lines = Field(default_factory=list)
    zone: Line = "UTC"

    def span(self) -> TimeSpan:
        """Return the domain's form."""
        return parse_span(**self.model_dump())


class SilenceBody(Body):
    """Which alerts tell nobody, until when and why; `replaces` makes it the edit of another."""

    matchers: Annotated[list[Expression], Field(min_length=1, max_length=100)]
    ends_at: Moment
    comment: Annotated[Plain, Field(min_length=1, max_length=2000)]
    starts_at: Moment | None = None
    during: Annotated[list[SpanBody], Field(max_length=20)] = Field(default_factory=list)
    replaces: Key = ""

    def terms(self) -> Terms:
        """Return the domain's form."""
        return Terms(
            matchers=tuple(matcher for number in range(len(self.matchers)) for matcher in self._read(number)),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            comment=self.comment,
            during=tuple(one.span() for one in self.during),
        )

    def _read(self, number: int) -> tuple[Matcher, ...]:
        text = self.matchers[number]
        try:
            return parse_matchers(text)
        except MatcherError as error:
            error.field = f"matchers.{number}"
            raise


@router.post("/routes/test")
def try_route(body: RouteTestBody, app: Wired, who: Reader) -> Explanation:
    """Say what would be decided about an alert with these labels, and why; nothing is changed."""
    return routing.dry_run(app.engine, who.viewer, body.labels, body.at, body.source)


@router.get("/routes")
def list_routes(app: Wired, who: Reader) -> list[RouteView]:
    """List the routes of the configuration in force, each before those below it, with what they inherit."""
    del who
    return routing.tree(app.engine)


@router.get("/silences")
def list_silences(app: Wired, who: Reader, *, expired: bool = False) -> list[SilenceView]:
    """List the silences that are pending or active, also expired ones if asked; the last to end first."""
    del who
    return silences.listed(app.engine, expired=expired)


@router.post("/silences", status_code=201)
def add_silence(body: SilenceBody, app: Wired, by: Responder) -> SilenceView:
    """Silence alerts; with `replaces`, expire that silence and put this one in its place."""
    if body.replaces:
        return silences.edit(app.engine, body.replaces, body.terms(), by.actor)
    return silences.create(app.engine, body.terms(), by.actor)


@router.delete("/silences/{silence_id}")
def expire_silence(silence_id: str, app: Wired, by: Responder) -> SilenceView:
    """End a silence now; one that is over stays as it was."""
    return silences.expire(app.engine, silence_id, by.actor)
