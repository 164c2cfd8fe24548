"""Opsgenie's alert API, as its clients speak it: `Authorization: GenieKey …`, answered 202 with a request id.

A request is done when it is answered, so its id is the alert's own, and asking about it is asking for the alert.
"""

from __future__ import annotations

from starlette.responses import Response

from tocsin.domain.alerts.amending import Amendment
from tocsin.domain.errors import InvalidError
from tocsin.doors.ingest.opsgenie import answers, searching
from tocsin.doors.ingest.opsgenie.answers import PRIORITIES, answer
from tocsin.doors.ingest.opsgenie.updates import ACTS, ALERTS, amendment_of, note_of, place, updates
from tocsin.doors.ingest.plain import AWAY
from tocsin.doors.ingest.request import Request, key_of
from tocsin.flows import amending, heartbeats, own_alerts
from tocsin.flows.access import DeniedError
from tocsin.flows.engine import Engine
from tocsin.flows.ports import Envelope
from tocsin.flows.senders import Credentials

__all__ = ["KIND", "PRIORITIES", "answer", "asks", "key", "note", "speaks", "takes", "told"]

KIND = "opsgenie"
HEARTBEATS = "v2/heartbeats/"
REQUESTS = "requests/"


def speaks(rest: str) -> bool:
    """Return whether a path is one of this protocol's."""
    return _of_alerts(rest) or rest.startswith(HEARTBEATS)


def takes(rest: str) -> bool:
    """Return whether whatever is POSTed there is a post of alerts or a sign of life, and nothing else."""
    return rest.strip("/") == ALERTS or rest.startswith(HEARTBEATS)


def _of_alerts(rest: str) -> bool:
    return rest.split("/")[:2] == ALERTS.split("/")


def asks(request: Request) -> bool:
    """Return whether a request wants to know something, or says something anew; a heartbeat may be pinged by GET, and tells."""
    rest = request.address.rest
    if not _of_alerts(rest):
        return request.method == "GET" and not rest.strip("/").endswith("/ping")
    return request.method == "GET" or updates(request.method, place(rest)[1])


def key(request: Request) -> str:
    """Return the key from `Authorization: GenieKey …`, else as any sender gives it."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret if kind.lower() == "geniekey" else key_of(request)


def told(engine: Engine, request: Request) -> Response:
    """Answer what is asked, or take what is said anew."""
    try:
        return _told(engine, request, request.credentials(KIND, key(request)))
    except (DeniedError, InvalidError, *AWAY) as error:
        return answer(error)


def note(engine: Engine, request: Request) -> Response | None:
    """Keep the note that comes with an end or an acknowledgement, before that is taken; return why not, if it cannot be."""
    alias, verb = place(request.address.rest)
    said = note_of(request, verb) if request.method == "POST" and verb in ACTS else None
    if said is None:
        return None
    try:
        amending.amend(engine, request.credentials(KIND, key(request)), alias, Amendment(note=said))
    except (DeniedError, *AWAY) as error:
        return answer(error)
    return None


def _told(engine: Engine, request: Request, asked: Credentials) -> Response:
    rest = request.address.rest
    if request.method != "GET":
        alias, verb = place(rest)
        amending.amend(engine, asked, alias, amendment_of(request, verb))
        return answers.taken(alias)
    if rest.startswith(HEARTBEATS):
        return _heartbeat(engine, asked, rest.removeprefix(HEARTBEATS).strip("/"))
    name = rest.removeprefix(ALERTS).strip("/")
    if name in {"", "count"}:
        return _searched(engine, request, asked, counted=bool(name))
    return _one(engine, asked, name)


def _searched(engine: Engine, request: Request, asked: Credentials, *, counted: bool) -> Response:
    found = searching.searched(engine, request, asked)
    if counted:
        return answers.data({"count": len(found)})
    first, most = searching.page(request)
    shown = [answers.alert(one) for one in found[first : first + most]]
    return answers.data(shown, totalCount=len(found), paging={})


def _one(engine: Engine, asked: Credentials, name: str) -> Response:
    wanted = name.removeprefix(REQUESTS)
    found = own_alerts.one(engine, asked, wanted)
    if found is not None:
        shown = answers.request(found) if name.startswith(REQUESTS) else answers.alert(found)
        return answers.said(200, {"data": shown, "took": 0.0, "requestId": found.state.fingerprint})
    noted = own_alerts.one(engine, asked, name.removesuffix("/notes")) if name.endswith("/notes") else None
    if noted is not None:
        return answers.data(answers.notes(noted))
    return answers.refusal(404, f"there is no alert {wanted!r} of this integration")


def _heartbeat(engine: Engine, asked: Credentials, name: str) -> Response:
    """Return a heartbeat that the integration's options name."""
    found = heartbeats.seen(engine, asked, Envelope(path=f"{HEARTBEATS}{name}/ping"))
    if found is None:
        return answers.refusal(404, f"no heartbeat is called {name[:100]!r} in this integration's `options.heartbeats`")
    shown: dict[str, object] = {
        "name": name,
        "enabled": True,
        "expired": found.expired,
        "interval": found.beat.every.total_seconds() / 60,
        "intervalUnit": "minutes",
        "lastPingTime": answers.stamp(found.last_at) if found.last_at else "",
    }
    return answers.data(shown)
