"""Silences in an Alertmanager's shape. A posted silence with an id is the edit of another."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from starlette.responses import Response

from tocsin.domain.alerts.matchers import Matcher, Operator
from tocsin.domain.alerts.matchers.matcher import made
from tocsin.domain.alerts.silences import Terms
from tocsin.domain.errors import InvalidError
from tocsin.doors.ingest.alertmanager import filters
from tocsin.doors.ingest.alertmanager.answers import done, refusal, stamp
from tocsin.doors.ingest.request import Request
from tocsin.flows import own_alerts
from tocsin.flows.engine import Engine
from tocsin.flows.own_alerts import OwnSilence
from tocsin.flows.ports import IncompleteError
from tocsin.flows.senders import Credentials
from tocsin.flows.silences import UnknownSilenceError

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
    name: str | None = None
    value: str | None = None
    is_regex: bool | None = None
    is_equal: bool | None = None

    def matcher(self, index: int) -> Matcher:
        """Return the domain's form.

        Raises:
            IncompleteError: something is missing.
        """
        if self.name is None or self.value is None or self.is_regex is None:
            raise _missing(f"matchers.{index}", name=self.name, value=self.value, isRegex=self.is_regex)
        return made(self.name, _OPERATORS[self.is_regex, self.is_equal is not False], self.value, position=0)


class _Posted(msgspec.Struct, rename="camel"):
    matchers: list[_Condition] | None = None
    starts_at: str | None = None
    ends_at: str | None = None
    created_by: str | None = None
    comment: str | None = None
    id: str | None = None

    def terms(self) -> Terms:
        """Return the domain's form.

        Raises:
            IncompleteError: something is missing.
            InvalidError: a time is none.
        """
        if not self.matchers or self.ends_at is None or self.comment is None:
            raise _missing("", matchers=self.matchers or None, endsAt=self.ends_at, comment=self.comment)
        if self.starts_at is None or self.created_by is None:
            raise _missing("", startsAt=self.starts_at, createdBy=self.created_by)
        return Terms(
            matchers=tuple(one.matcher(index) for index, one in enumerate(self.matchers)),
            starts_at=_moment(self.starts_at, "startsAt") if self.starts_at else None,
            ends_at=_moment(self.ends_at, "endsAt"),
            comment=self.comment,
        )

    def author(self) -> str:
        """Return who is said to make it; kept as it was said, so that it can be asked for."""
        said = self.created_by or ""
        return (said if said.isprintable() else " ".join(said.split()))[:_LONGEST_AUTHOR]


def listed(engine: Engine, request: Request, asked: Credentials) -> Response:
    """Return the silences that have every matcher of the query, as an Alertmanager compares them: word by word."""
    conditions = filters.matchers(request)
    found = own_alerts.list_silences(engine, asked)
    return done([_shown(one) for one in found if set(conditions) <= set(one.silence.matchers)])


def put(engine: Engine, request: Request, asked: Credentials) -> Response:
    """Make a silence, or change the one whose id is given.

    Raises:
        IncompleteError: something is missing.
        InvalidError: the body is no silence.
    """
    posted = _read(request.body)
    made_id = own_alerts.put_silence(engine, asked, posted.terms(), author=posted.author(), replaces=posted.id or "")
    return done({"silenceID": made_id})


def shown(engine: Engine, asked: Credentials, silence_id: str) -> Response:
    """Return one silence.

    Raises:
        IncompleteError: that is no id of a silence.
    """
    try:
        return done(_shown(own_alerts.show_silence(engine, asked, silence_id)))
    except UnknownSilenceError:
        _require_id(silence_id)
        raise


def expired(engine: Engine, asked: Credentials, silence_id: str) -> Response:
    """End a silence now.

    Raises:
        IncompleteError: that is no id of a silence.
    """
    try:
        own_alerts.expire_silence(engine, asked, silence_id)
    except UnknownSilenceError as error:
        _require_id(silence_id)
        # As an Alertmanager 0.25: its `amtool` shows the reason of this answer alone; a newer one shows it too.
        return refusal(500, f"silence not found: {error}")
    return Response(status_code=200)


def _read(body: bytes) -> _Posted:
    if NUL in body:
        raise InvalidError("a null character stands in the silence, which no database keeps", mend="Leave it out.")
    if not body.strip():
        raise IncompleteError(f"silence in body is required. {_MEND}")
    try:
        return msgspec.json.decode(body, type=_Posted)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise InvalidError(f"no silence: {error}", mend=_MEND) from error


def _missing(place: str, **given: object) -> IncompleteError:
    absent = [".".join(part for part in (place, name) if part) for name, value in given.items() if value is None]
    return IncompleteError(f"{', '.join(absent)} in body is required. {_MEND}")


def _require_id(silence_id: str) -> None:
    try:
        UUID(silence_id)
    except ValueError as error:
        raise IncompleteError(f"silenceID in path must be of type uuid: {silence_id[:100]!r}") from error


def _moment(text: str, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.upper())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:
        raise InvalidError(f"{text[:40]} lies in no year that there is in UTC", mend=_MEND) from error
    except ValueError as error:
        raise InvalidError(f"no silence: {text[:40]!r} is not a time - at `{name}`", mend=_MEND) from error


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
