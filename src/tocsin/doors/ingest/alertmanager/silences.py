"""Silences in an Alertmanager's shape. A posted silence with an id is the edit of another."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from starlette.responses import Response

from tocsin.domain.alerts.matchers import Matcher, Operator
from tocsin.domain.alerts.matchers.matcher import made
from tocsin.domain.alerts.silences import Terms
from tocsin.domain.errors import InvalidError
from tocsin.doors.ingest.alertmanager import filters
from tocsin.doors.ingest.alertmanager.answers import done, stamp
from tocsin.doors.ingest.request import Request
from tocsin.flows import own_alerts
from tocsin.flows.engine import Engine
from tocsin.flows.own_alerts import OwnSilence
from tocsin.flows.senders import Credentials

_LONGEST_AUTHOR = 200
NUL = b"\\u0000"
_OPERATORS: dict[tuple[bool, bool], Operator] = {
    (False, True): "=",
    (False, False): "!=",
    (True, True): "=~",
    (True, False): "!~",
}
_MEND = "Send what `amtool silence add` sends: matchers, startsAt, endsAt, createdBy, comment."


class _Condition(msgspec.Struct, rename="camel"):
    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def matcher(self) -> Matcher:
        """Return the domain's form."""
        return made(self.name, _OPERATORS[self.is_regex, self.is_equal], self.value, position=0)


class _Posted(msgspec.Struct, rename="camel"):
    matchers: list[_Condition]
    ends_at: datetime
    starts_at: datetime | None = None
    created_by: str = ""
    comment: str = ""
    id: str = ""

    def terms(self) -> Terms:
        """Return the domain's form."""
        return Terms(
            matchers=tuple(one.matcher() for one in self.matchers),
            starts_at=_utc(self.starts_at) if self.starts_at else None,
            ends_at=_utc(self.ends_at),
            comment=self.comment,
        )


def listed(engine: Engine, request: Request, asked: Credentials) -> Response:
    """Return the silences whose matchers fit the query."""
    conditions = filters.matchers(request)
    found = own_alerts.list_silences(engine, asked)
    return done([_shown(one) for one in found if filters.meets(_values(one), conditions)])


def put(engine: Engine, request: Request, asked: Credentials) -> Response:
    """Make a silence, or put one in another's place.

    Raises:
        InvalidError: the body is no silence.
    """
    if NUL in request.body:
        raise InvalidError("a null character stands in the silence, which no database keeps", mend="Leave it out.")
    try:
        posted = msgspec.json.decode(request.body, type=_Posted)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise InvalidError(f"no silence: {error}", mend=_MEND) from error
    author = " ".join(posted.created_by.split())[:_LONGEST_AUTHOR]
    made_id = own_alerts.put_silence(engine, asked, posted.terms(), author=author, replaces=posted.id)
    return done({"silenceID": made_id})


def shown(engine: Engine, asked: Credentials, silence_id: str) -> Response:
    """Return one silence."""
    return done(_shown(own_alerts.show_silence(engine, asked, silence_id)))


def expired(engine: Engine, asked: Credentials, silence_id: str) -> Response:
    """End a silence now."""
    own_alerts.expire_silence(engine, asked, silence_id)
    return Response(status_code=200)


def _utc(at: datetime) -> datetime:
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:
        raise InvalidError(f"{at.isoformat()} lies in no year that there is in UTC", mend=_MEND) from error


def _values(one: OwnSilence) -> dict[str, str]:
    return {matcher.name: matcher.value for matcher in one.silence.matchers}


def _shown(one: OwnSilence) -> dict[str, object]:
    silence = one.silence
    return {
        "id": silence.id,
        "status": {"state": one.state},
        "matchers": [_condition(matcher) for matcher in silence.matchers],
        "startsAt": stamp(silence.starts_at),
        "endsAt": stamp(silence.ends_at),
        "updatedAt": stamp(silence.updated_at),
        "createdBy": silence.created_by,
        "comment": silence.comment,
    }


def _condition(matcher: Matcher) -> dict[str, object]:
    is_regex = matcher.operator in {"=~", "!~"}
    is_equal = matcher.operator in {"=", "=~"}
    return {"name": matcher.name, "value": matcher.value, "isRegex": is_regex, "isEqual": is_equal}
