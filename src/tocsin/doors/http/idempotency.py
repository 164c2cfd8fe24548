"""`Idempotency-Key`: the same key from the same caller with the same request gets the first answer again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from tocsin.doors.http.problems import problem
from tocsin.flows.access import digest
from tocsin.flows.storage import Answer
from tocsin.wiring import App

HEADER = "idempotency-key"
LONGEST = 200
SERVER_ERROR = 500


class IdempotentRoute(APIRoute):
    """Remembers answers to POST requests that carry a key; server errors are not remembered."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's own handler."""
        plain = super().get_route_handler()

        async def handler(request: Request) -> Response:
            key = request.headers.get(HEADER, "")
            if not key or request.method != "POST":
                return await plain(request)
            if len(key) > LONGEST:
                return problem(422, "Invalid", f"Idempotency-Key is longer than {LONGEST} characters")
            app: App = request.app.state.wired
            who = digest(request.headers.get("authorization", "") or request.headers.get("cookie", ""))
            asked = hashlib.sha256(f"{request.url.path}\n".encode() + await request.body()).hexdigest()
            known = await run_in_threadpool(_known, app, key, who)
            if known is not None:
                return _again(known, asked)
            response = await plain(request)
            if response.status_code < SERVER_ERROR:
                answer = Answer(request_hash=asked, status=response.status_code, body=bytes(response.body).decode())
                await run_in_threadpool(_keep, app, key, who, answer)
            return response

        return handler


def _known(app: App, key: str, who: str) -> Answer | None:
    with app.engine.store.reading() as tx:
        return tx.answer(key, who)


def _keep(app: App, key: str, who: str, answer: Answer) -> None:
    with app.engine.store.transaction() as tx:
        tx.put_answer(key, who, answer)


def _again(known: Answer, asked: str) -> Response:
    if known.request_hash != asked:
        return problem(
            422,
            "Invalid",
            "this Idempotency-Key was used for another request",
            mend="Use a fresh key for each request.",
        )
    media = "application/problem+json" if known.status >= 400 else "application/json"  # noqa: PLR2004 (HTTP)
    return Response(known.body, known.status, media_type=media, headers={"Idempotent-Replayed": "true"})
