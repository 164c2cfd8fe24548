"""PagerDuty's Events API v2, as its clients speak it: the key is the body's `routing_key`, too much is 429."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from starlette.responses import Response

from tocsin.doors.ingest.plain import AWAY, JSON, encode, wait
from tocsin.doors.ingest.request import Request, key_of
from tocsin.flows.access import DeniedError
from tocsin.flows.ingest import Accepted
from tocsin.flows.ports import OverloadedError, RejectedError
from tocsin.flows.receive import Outcome

KIND = "pagerduty"
PATHS = frozenset({"v2/enqueue", "v2/change/enqueue"})


NO_KEY = "`routing_key` is missing or blank: send a key of `integrations` of kind pagerduty"


class _Routed(msgspec.Struct):
    routing_key: str | None = ""


class Routing(NamedTuple):
    """The key of an event, '' where it has none, and what is wrong with the event when it cannot be read."""

    key: str
    fault: str = ""


def speaks(rest: str) -> bool:
    """Return whether a path is one of this protocol's."""
    return rest.strip("/") in PATHS


def routing(request: Request) -> Routing:
    """Return the body's routing key, else one of a header."""
    try:
        return Routing(msgspec.json.decode(request.body, type=_Routed).routing_key or key_of(request))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        return Routing(key_of(request), f"the event cannot be read: {error}")


def answer(outcome: Outcome, routed: Routing) -> Response:
    """Return what a client of the Events API is told about its event, which was `routed` so."""
    match outcome:
        case Accepted():
            return Response(encode(outcome.reply or {}), status_code=202, media_type=JSON)
        case DeniedError() if routed.fault:
            return _invalid(routed.fault)
        case DeniedError() if not routed.key:
            return _invalid(NO_KEY)
        case DeniedError():
            return _invalid("no integration of kind pagerduty has this `routing_key`: use a key of `integrations`")
        case RejectedError():
            return _invalid(str(outcome))
        case OverloadedError():
            # Its clients try again for ever after a 429, and only a few times after anything else.
            return _error(429, "throttle exceeded", str(outcome), wait=wait(outcome))
        case _ if isinstance(outcome, AWAY):
            return _error(503, "unavailable", str(outcome), wait="1")
        case _:
            raise outcome


def _invalid(reason: str) -> Response:
    told = {"status": "invalid event", "message": "Event object is invalid", "errors": [reason]}
    return Response(encode(told), status_code=400, media_type=JSON)


def _error(status: int, named: str, reason: str, *, wait: str) -> Response:
    told = {"status": named, "message": reason, "errors": [reason]}
    return Response(encode(told), status_code=status, media_type=JSON, headers={"retry-after": wait})
