"""The door of every sender; its path says which protocol it speaks, the integration's kind which source reads it.

It stands before the API, so that a post passes nothing that only the API needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import State
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tocsin.doors.http.problems import problem
from tocsin.doors.ingest import alertmanager, opsgenie, pagerduty, plain
from tocsin.doors.ingest.intake import Intake
from tocsin.doors.ingest.request import Address, Request, address_of, key_of, request_of
from tocsin.flows.access import DeniedError
from tocsin.flows.pieces import Post
from tocsin.flows.ports import OverloadedError
from tocsin.flows.receive import Outcome
from tocsin.wiring import App

LARGEST = 16 * 1024 * 1024
HEARTBEAT = "heartbeat"
SIGNS = frozenset({"GET", "HEAD"})
Answer = Callable[[Outcome], Response]


class Posted(NamedTuple):
    """What a sender posts, and how its protocol tells what became of it."""

    post: Post
    answer: Answer


Taking = Callable[[bytes], Posted]


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
        for protocol in (alertmanager, opsgenie):
            if protocol.speaks(address.rest) and protocol.asks(request):
                return await run_in_threadpool(protocol.told, app.engine, request)
        if opsgenie.speaks(address.rest):
            refused = await run_in_threadpool(opsgenie.note, app.engine, request)
            if refused is not None:
                return refused
        elif request.method in SIGNS and _plain(address):
            return await self._sign(app, request)
        elif request.method != "POST":
            return _only_posts()
        post, answer = self.taking(request)(body)
        try:
            outcome = await self._of(app).take(post)
        except OverloadedError as error:
            outcome = error
        return answer(outcome)

    async def _sign(self, app: App, request: Request) -> Response:
        """Take a sign of life that is no post: many checks can only GET. Whoever is not heartbeat's is told to post."""
        try:
            outcome = await self._of(app).take(request.post(HEARTBEAT, key_of(request)))
        except OverloadedError as error:
            outcome = error
        if isinstance(outcome, DeniedError):
            return _only_posts()
        return self._plainly(request.address.integration, outcome)

    def posts(self, address: Address) -> bool:
        """Return whether whatever is POSTed there is a post of alerts, and no question."""
        if alertmanager.speaks(address.rest):
            return alertmanager.takes(address.rest)
        if opsgenie.speaks(address.rest):
            return opsgenie.takes(address.rest)
        return _known(address)

    def put(self, post: Post, told: Callable[[Outcome], None]) -> None:
        """Take a post; `told` is called on the running loop with what became of it."""
        try:
            self._of(self._state.wired).put(post, told)
        except OverloadedError as error:
            told(error)

    def taking(self, request: Request) -> Taking:
        """Return how a body under a request's head is taken, by the protocol that its path names."""
        rest = request.address.rest
        if pagerduty.speaks(rest):
            return partial(_routed, request)
        if alertmanager.speaks(rest):
            kind = "" if request.address.integration else alertmanager.KIND
            posted = Posted(request.post(kind, alertmanager.key(request)), alertmanager.answer)
        elif opsgenie.speaks(rest):
            posted = Posted(request.post(opsgenie.KIND, opsgenie.key(request)), opsgenie.answer)
        else:
            answer = partial(self._plainly, request.address.integration)
            posted = Posted(request.post("", key_of(request)), answer)
        return partial(_with, posted)

    def _plainly(self, integration: str, outcome: Outcome) -> Response:
        return plain.answer(outcome, self._of(self._state.wired).overloaded(integration))

    def _of(self, app: App) -> Intake:
        """Return the queue of the application in place; tests put another one in."""
        if self._intake is None or self._intake.engine is not app.engine:
            self._intake = Intake(app.engine)
        return self._intake


def _with(posted: Posted, body: bytes) -> Posted:
    head = posted.post
    return Posted(Post(head.integration, head.key, body, head.envelope, head.kind), posted.answer)


def _routed(request: Request, body: bytes) -> Posted:
    """Return an event of PagerDuty's, whose key is in its body."""
    whole = replace(request, body=body)
    routing = pagerduty.routing(whole)
    return Posted(whole.post(pagerduty.KIND, routing.key), partial(pagerduty.answer, routed=routing))


def _known(address: Address) -> bool:
    """Return whether a path without an integration is one of a protocol's."""
    speakers = (alertmanager.speaks, opsgenie.speaks, pagerduty.speaks)
    return bool(address.integration) or any(speaks(address.rest) for speaks in speakers)


def _plain(address: Address) -> bool:
    """Return whether a path is none of a protocol's."""
    speakers = (alertmanager.speaks, opsgenie.speaks, pagerduty.speaks)
    return bool(address.integration) and not any(speaks(address.rest) for speaks in speakers)


def _only_posts() -> Response:
    mend = "Send a POST. Signs of life may be a GET, with a key of an integration of kind heartbeat."
    return problem(405, "Not allowed", "alerts are posted here", mend=mend, headers={"allow": "POST"})


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
