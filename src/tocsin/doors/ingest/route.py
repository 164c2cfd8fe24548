"""The door of every sender; its path says which protocol it speaks, the integration's kind which source reads it.

It stands before the API, so that a post passes nothing that only the API needs.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import State
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tocsin.doors.http.problems import problem
from tocsin.doors.ingest import alertmanager, opsgenie, pagerduty, plain
from tocsin.doors.ingest.intake import Intake
from tocsin.doors.ingest.request import Address, Request, address_of, key_of, request_of
from tocsin.flows.pieces import Post
from tocsin.flows.ports import OverloadedError
from tocsin.flows.receive import Outcome
from tocsin.wiring import App

LARGEST = 16 * 1024 * 1024


class Ingest:
    """Answers `/v1/in/INTEGRATION…` and the paths of protocols. `state` is where the API keeps what wiring built."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._intake: Intake | None = None

    def takes(self, scope: Scope) -> bool:
        """Return whether a request is for this door."""
        address = address_of(scope["path"]) if scope["type"] == "http" else None
        return address is not None and _known(address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a sender; only what this door `takes` may come here."""
        address = address_of(scope["path"])
        if address is None:
            raise ValueError(f"{scope['path']} is no sender's path")
        answer = await self._answer(scope, receive, address)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, address: Address) -> Response:
        if "\0" in scope["path"]:
            return problem(400, "Invalid", "the address holds a null character", mend="Leave it out.")
        body = await _body(receive)
        if body is None:
            return problem(413, "Too large", f"a post may be {LARGEST} bytes long", mend="Send smaller batches.")
        request = request_of(scope, address, body)
        app: App = self._state.wired
        if alertmanager.speaks(address.rest):
            if alertmanager.asks(request):
                return await run_in_threadpool(alertmanager.told, app.engine, request)
            kind = "" if address.integration else alertmanager.KIND
            return alertmanager.answer(await self._taken(app, request.post(kind, alertmanager.key(request))))
        if opsgenie.speaks(address.rest):
            if opsgenie.asks(request):
                return await run_in_threadpool(opsgenie.told, app.engine, request)
            return opsgenie.answer(await self._taken(app, request.post(opsgenie.KIND, opsgenie.key(request))))
        if request.method != "POST":
            return _only_posts()
        if pagerduty.speaks(address.rest):
            return pagerduty.answer(await self._taken(app, request.post(pagerduty.KIND, pagerduty.key(request))))
        return await self._plain(app, request)

    async def _plain(self, app: App, request: Request) -> Response:
        outcome = await self._taken(app, request.post("", key_of(request)))
        return plain.answer(outcome, self._of(app).overloaded(request.address.integration))

    async def _taken(self, app: App, post: Post) -> Outcome:
        try:
            return await self._of(app).take(post)
        except OverloadedError as error:
            return error

    def _of(self, app: App) -> Intake:
        """Return the queue of the application in place; tests put another one in."""
        if self._intake is None or self._intake.engine is not app.engine:
            self._intake = Intake(app.engine)
        return self._intake


def _known(address: Address) -> bool:
    """Return whether a path without an integration is one of a protocol's."""
    speakers = (alertmanager.speaks, opsgenie.speaks, pagerduty.speaks)
    return bool(address.integration) or any(speaks(address.rest) for speaks in speakers)


def _only_posts() -> Response:
    return problem(405, "Not allowed", "alerts are posted here", mend="Send a POST.", headers={"allow": "POST"})


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
