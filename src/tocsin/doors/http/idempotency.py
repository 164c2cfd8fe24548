"""`Idempotency-Key`: the same key from the same caller with the same request gets the first answer again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from tocsin.domain.errors import InvalidError
from tocsin.doors.http.callers import caller
from tocsin.flows.access import digest
from tocsin.flows.storage import Answer, ConflictError, StoreUnavailableError
from tocsin.wiring import App

LOG = structlog.get_logger()
HEADER = "idempotency-key"
LONGEST = 200
CLIENT_ERROR = 400


class IdempotentRoute(APIRoute):
    """Remembers the success of POST requests that carry a key.

    What was refused changed nothing and is decided anew; a fault of ours may have changed anything or nothing.
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
            with _only_one(f"{key}\n{who}"):
                known = await run_in_threadpool(_known, app, key, who)
                if known is not None:
                    return _again(known, asked.hexdigest())
                response = await plain(request)
                if response.status_code < CLIENT_ERROR:
                    body = bytes(response.body).decode()
                    answer = Answer(request_hash=asked.hexdigest(), status=response.status_code, body=body)
                    await run_in_threadpool(_keep, app, key, who, answer)
                return response

        return handler


def _who(request: Request, app: App) -> str:
    found = caller(request, app)
    return digest(f"{request.headers.get('authorization', '') or request.headers.get('cookie', '')}\n{found.actor.id}")


_under_way: set[str] = set()


@contextmanager
def _only_one(name: str) -> Iterator[None]:
    """Let one request of a key through at a time; it runs on the event loop alone, so no lock is needed.

    Raises:
        ConflictError: the first one is still being answered.
    """
    if name in _under_way:
        raise ConflictError("a request with this Idempotency-Key is still being answered")
    _under_way.add(name)
    try:
        yield
    finally:
        _under_way.discard(name)


def _known(app: App, key: str, who: str) -> Answer | None:
    with app.engine.store.reading() as tx:
        return tx.answer(key, who)


def _keep(app: App, key: str, who: str, answer: Answer) -> None:
    """Keep an answer. What it tells of is done: a fault here would have the caller do it again, so it is only logged."""
    try:
        with app.engine.store.transaction() as tx:
            tx.put_answer(key, who, answer)
    except (StoreUnavailableError, ConflictError) as error:
        LOG.warning("idempotency.answer_lost", reason=str(error))


def _again(known: Answer, asked: str) -> Response:
    if known.request_hash != asked:
        mend = "Use a fresh key for each request."
        raise InvalidError("this Idempotency-Key was used for another request", field=HEADER, mend=mend)
    return Response(known.body, known.status, media_type="application/json", headers={"Idempotent-Replayed": "true"})
