"""What requests about schedules say."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tocsin.domain.schedules import OverrideKind
from tocsin.doors.http.bodies import Body, Key, Moment, Names, Plain


class OverrideBody(Body):
    """A change of some hours; without `starts` it begins at once."""

    person: Key
    starts: Moment | None = None
    ends: Moment
    kind: OverrideKind = "replace"
    replaces: Key = ""


class StintBody(Body):
    """People and their hours in a temporary schedule."""

    people: Names
    starts: Moment
    ends: Moment


class TemporaryBody(Body):
    """A span in which nothing else holds, with who is on call in it."""

    starts: Moment
    ends: Moment
    shifts: Annotated[list[StintBody], Field(default_factory=list, max_length=1000)]


class SwapBody(Body):
    """Hours of yours that somebody else should take."""

    starts: Moment
    ends: Moment


class PreviewBody(Body):
    """A checked configuration, as `tocsin config apply` would send it, and until when it is compared."""

    catalogue: dict[str, object]
    ends: Moment | None = None


class CalendarBody(Body):
    """An iCalendar file, and the span that is taken from it."""

    calendar: Annotated[Plain, Field(max_length=1_000_000)]
    starts: Moment
    ends: Moment
