"""Posts that come at once are taken together: they wait in a bounded queue for the one thread that writes."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import structlog

from tocsin.flows.engine import Engine
from tocsin.flows.pieces import Post
from tocsin.flows.ports import OverloadedError
from tocsin.flows.receive import Outcome, Reception

LOG = structlog.get_logger()
MOST_POSTS = 2000
MOST_BYTES = 64 << 20
TOGETHER_POSTS = 256
TOGETHER_BYTES = 4 << 20

Told = Callable[[Outcome], None]


class _Waiting(NamedTuple):
    """A post in the queue, and who is told what became of it, on which loop."""

    post: Post
    loop: asyncio.AbstractEventLoop
    told: Told


class Intake:
    """The queue before `flows.receive`. Its thread runs only while somebody waits."""

    def __init__(self, engine: Engine, *, most_posts: int = MOST_POSTS, most_bytes: int = MOST_BYTES) -> None:
        self.engine = engine
        self._reception = Reception(engine=engine)
        self._most_posts = most_posts
        self._most_bytes = most_bytes
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ingest")
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._writing = False

    async def take(self, post: Post) -> Outcome:
        """Return what became of a post once it is durable, or why it could not be taken.

        Raises:
            OverloadedError: too much waits already.
        """
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def told(outcome: Outcome) -> None:
            if not future.done():  # a request that is gone needs no answer
                future.set_result(outcome)

        self.put(post, told)
        return await future

    def put(self, post: Post, told: Told) -> None:
        """Take a post; `told` is called on the running loop once it is durable, or it is known why it could not be taken.

        Raises:
            OverloadedError: too much waits already.
        """
        loop = asyncio.get_running_loop()
        with self._lock:
            if len(self._waiting) >= self._most_posts or self._bytes + len(post.body) > self._most_bytes:
                raise OverloadedError(f"{len(self._waiting)} posts wait to be stored")
            self._waiting.append(_Waiting(post, loop, told))
            self._bytes += len(post.body)
            idle, self._writing = not self._writing, True
        if idle:
            # In a moment, so that whatever arrived together is written together.
            loop.call_soon(self._start)

    def overloaded(self, integration: str) -> int:
        """Return the status that makes an integration's sender try again."""
        return self._reception.overloaded(integration)

    def close(self) -> None:
        """Let the thread finish what waits, and end it."""
        self._writer.shutdown(wait=True)
        while batch := self._next():
            self._write(batch)

    def _write_next(self) -> None:
        """Write what gathered. Its loop says when to go on: once it has told these, and read what came meanwhile."""
        self._write(self._next())
        with self._lock:
            going_on = self._waiting[0].loop if self._waiting else None
            self._writing = going_on is not None
        if going_on is not None:
            going_on.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        self._writer.submit(self._write_next)

    def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            outcomes: Sequence[Outcome] = self._reception.receive_all([one.post for one in batch])
        except Exception as error:
            LOG.exception("ingest.failed", posts=len(batch))
            outcomes = [error] * len(batch)
        _answer(batch, outcomes)

    def _next(self) -> list[_Waiting]:
        """Return what is taken together next."""
        batch: list[_Waiting] = []
        size = 0
        with self._lock:
            while self._waiting and len(batch) < TOGETHER_POSTS and size < TOGETHER_BYTES:
                batch.append(self._waiting.popleft())
                size += len(batch[-1].post.body)
            self._bytes -= size
        return batch


def _answer(batch: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    """Wake the requests, each loop once."""
    own: dict[asyncio.AbstractEventLoop, list[tuple[Told, Outcome]]] = {}
    for one, outcome in zip(batch, outcomes, strict=True):
        own.setdefault(one.loop, []).append((one.told, outcome))
    for loop, done in own.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_tell, done)


def _tell(done: Sequence[tuple[Told, Outcome]]) -> None:
    for told, outcome in done:
        told(outcome)
