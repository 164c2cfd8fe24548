"""The door of every sender that posts; the integration's kind chooses the source that reads it.

It stands before the API, so that a post passes nothing that only the API needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec
from starlette.datastructures import State
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tocsin.doors.http.problems import problem
from tocsin.doors.ingest.intake import Intake
from tocsin.flows.access import DeniedError
from tocsin.flows.ingest import Accepted
from tocsin.flows.pieces import Post
from tocsin.flows.policies import NotConfiguredError
from tocsin.flows.ports import Envelope, OverloadedError, RejectedError, UnverifiedError
from tocsin.flows.receive import Outcome
from tocsin.flows.storage import ConflictError, StoreUnavailableError
from tocsin.wiring import App

LARGEST = 16 * 1024 * 1024
PREFIX = "/v1/in/"
_ENCODE = msgspec.json.Encoder().encode
_JSON = "application/json"
_NOTHING = Response(status_code=200)  # for a sender that reads nothing


class Ingest:
    """Answers `POST /v1/in/INTEGRATION…`. `state` is where the API keeps what wiring built."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._intake: Intake | None = None

    def takes(self, scope: Scope) -> bool:
        """Return whether a request is for this door."""
        return scope["type"] == "http" and scope["path"].startswith(PREFIX) and len(scope["path"]) > len(PREFIX)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a sender."""
        answer = await self._answer(scope, receive)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        if scope["method"] != "POST":
            refusal = problem(405, "Not allowed", "alerts are posted here", mend="Send a POST.")
            refusal.headers["allow"] = "POST"
            return refusal
        body = await _body(receive)
        if body is None:
            return problem(413, "Too large", f"a post may be {LARGEST} bytes long", mend="Send smaller batches.")
        intake = self._of(self._state.wired)
        post = _post(scope, body)
        try:
            outcome = await intake.take(post)
        except OverloadedError as error:
            outcome = error
        return _said(outcome, intake.overloaded(post.integration))

    def _of(self, app: App) -> Intake:
        """Return the queue of the application in place; tests put another one in."""
        if self._intake is None or self._intake.engine is not app.engine:
            self._intake = Intake(app.engine)
        return self._intake


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body, None when it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > LARGEST:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _post(scope: Scope, body: bytes) -> Post:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"))) if scope["query_string"] else {}
    key = _key(headers, query)
    integration, _, rest = scope["path"][len(PREFIX) :].partition("/")
    query.pop("key", None)
    envelope = Envelope(method=scope["method"], headers=headers, path=rest, query=query)
    return Post(integration=integration, key=key, body=body, envelope=envelope)


def _key(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Return the key from `Authorization` (Bearer, or Opsgenie's GenieKey), `X-Tocsin-Key`, or `?key=` where nothing else goes."""
    kind, _, secret = headers.get("authorization", "").partition(" ")
    if kind.lower() in {"bearer", "geniekey"}:
        return secret
    return headers.get("x-tocsin-key", "") or query.get("key", "")


def _said(outcome: Outcome, overloaded: int) -> Response:
    match outcome:
        case Accepted():
            return _accepted(outcome)
        case DeniedError():
            return problem(401, "Not allowed", str(outcome), mend="Use a key of `integrations` in tocsin.yaml.")
        case UnverifiedError():
            mend = "Compare the secret at the sender with the integration's."
            return problem(401, "Not verified", str(outcome), mend=mend)
        case RejectedError():
            return problem(400, "Rejected", str(outcome), mend="Compare the post with docs/reference/ingest.md.")
        case OverloadedError():
            busy = problem(overloaded, "Too much at once", str(outcome), mend="Try again.")
            busy.headers["retry-after"] = str(max(1, round(outcome.wait_s)))
            return busy
        case StoreUnavailableError() | ConflictError() | NotConfiguredError():
            # Senders such as Alertmanager try again after a 503; anything else would lose the alert.
            return problem(503, "Unavailable", str(outcome), mend="Try again.")
        case _:
            raise outcome


def _accepted(done: Accepted) -> Response:
    """Answer what was stored. A post that was taken in part is answered 400, though what is valid in it is stored."""
    if done.reply is not None and not done.reply and not done.rejected:
        return _NOTHING
    answer: dict[str, object] = {
        "fired": done.fired,
        "resolved": done.resolved,
        "refreshed": len(done.refreshed) + done.renewed,
        "incidents": done.incidents,
    }
    answer |= {name: told for name in ("acknowledged", "changes") if (told := getattr(done, name))}
    if done.reply is not None:
        answer = dict(done.reply)
    if done.rejected:
        answer["rejected"] = [{"where": one.where, "reason": one.reason} for one in done.rejected]
    return Response(_ENCODE(answer), status_code=400 if done.rejected else 202, media_type=_JSON)
