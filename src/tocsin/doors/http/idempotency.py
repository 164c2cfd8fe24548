"""`Idempotency-Key`: the same key from the same caller with the same request gets the first answer again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from tocsin.domain.errors import InvalidError
from tocsin.doors.http.callers import caller
from tocsin.flows.access import digest
from tocsin.flows.repetitions import claimed, kept, released
from tocsin.flows.storage import Answer
from tocsin.wiring import App

LOG = structlog.get_logger()
HEADER = "idempotency-key"
LONGEST = 200
CLIENT_ERROR = 400


class IdempotentRoute(APIRoute):
    """Remembers the success of POST requests that carry a key.

    What was refused changed nothing and is decided anew; a fault of ours may have changed anything or nothing. While the
    first request of a key is answered, by this process or another, its repetition is told to wait.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's own handler."""
        plain = super().get_route_handler()

        async def handler(request: Request) -> Response:
            key = request.headers.get(HEADER, "")
            if not key or request.method != "POST":
                return await plain(request)
            if len(key) > LONGEST:
                raise InvalidError(f"Idempotency-Key is longer than {LONGEST} characters", field=HEADER)
            app: App = request.app.state.wired
            # Who asks is established first: an answer of yesterday is not for a token that was withdrawn today.
            who = await run_in_threadpool(_who, request, app)
            asked = hashlib.sha256(f"{request.url.path}\n{request.url.query}\n".encode() + await request.body())
            known = await run_in_threadpool(claimed, app.engine, key, who)
            if known is not None:
                return _again(known, asked.hexdigest())
            try:
                response = await plain(request)
            except Exception:
                await run_in_threadpool(released, app.engine, key, who)
                raise
            if response.status_code < CLIENT_ERROR:
                body = bytes(response.body).decode()
                answer = Answer(request_hash=asked.hexdigest(), status=response.status_code, body=body)
                if lost := await run_in_threadpool(kept, app.engine, key, who, answer):
                    LOG.warning("idempotency.answer_lost", reason=lost)
            else:
                await run_in_threadpool(released, app.engine, key, who)
            return response

        return handler


def _who(request: Request, app: App) -> str:
    found = caller(request, app)
    return digest(f"{request.headers.get('authorization', '') or request.headers.get('cookie', '')}\n{found.actor.id}")


def _again(known: Answer, asked: str) -> Response:
    if known.request_hash != asked:
        mend = "Use a fresh key for each request."
        raise InvalidError("this Idempotency-Key was used for another request", field=HEADER, mend=mend)
    return Response(known.body, known.status, media_type="application/json", headers={"Idempotent-Replayed": "true"})
