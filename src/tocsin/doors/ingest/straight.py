"""HTTP for a process that takes alerts: the plain post of a sender goes straight to the queue, all else the way of the API.

A request of the web framework costs twice what the door does with a post: a task, a scope, two events each way. What is
not plain (a query, an escape in the path, a body of unknown length, `Expect`, one request on the heels of another) is left
to uvicorn, which asks the same door; both are answered the same. See docs/adr/0035-plain-posts-pass-no-framework.md.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, ClassVar, NamedTuple

import structlog
from starlette.responses import Response
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from tocsin.doors.ingest.request import Request, address_of, told_in
from tocsin.doors.ingest.route import LARGEST, Answer, Ingest, Taking
from tocsin.flows.receive import Outcome

LOG = structlog.get_logger()
LENGTH = b"content-length"
EXPECT = b"expect"
ELSEWHERE = (b"%", b"?", b"#")
END_OF_HEAD = b"\r\n\r\n"
LONGEST_HEAD = 4096
MOST_HEADS = 256
AT_ONCE = 64 << 10
UNFINISHED_S = 60.0
"""Who has not said the whole of a request after so long is not waited for; with nothing said at all, the same."""
FAULT = Response("Internal Server Error", status_code=500, media_type="text/plain", headers={"connection": "close"})

Headers = list[tuple[bytes, bytes]]


class _Head(NamedTuple):
    """What a request says before its body, apart from its length, and how bodies under it are taken. Senders repeat it."""

    url: bytes
    headers: Headers
    take: Taking


class _Known(NamedTuple):
    """A head as it came, with its length of a body, that the parser found to be of a plain post."""

    head: _Head
    length: int


class _Said(NamedTuple):
    """An answer as it went out; it is the same until its date is another."""

    told: Response
    default_headers: Headers
    written: bytes


def speaking(door: Ingest) -> type[HttpToolsProtocol]:
    """Return uvicorn's protocol with a straight way to `door`."""
    return type("Straight", (StraightProtocol,), {"door": door, "known": {}, "room": memoryview(bytearray(AT_ONCE))})


class StraightProtocol(HttpToolsProtocol, asyncio.BufferedProtocol):
    """One connection. While a post waits for its commit, `_turn` stands where uvicorn keeps the request it answers.

    It reads into room of its own: asyncio would ask for 256 KiB of fresh memory for each read, which takes four times as
    long as the reading.
    """

    door: ClassVar[Ingest]
    room: ClassVar[memoryview]  # of all connections: what is read is taken out before anybody reads again
    known: ClassVar[dict[bytes, _Known]]  # of all connections: what a sender says before its bodies, byte by byte
    unfinished_s: ClassVar[float] = UNFINISHED_S

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._length = b""
        self._head: _Head | None = None
        self._parts: list[bytes] | None = None  # of the plain post that is being read
        self._turn: RequestResponseCycle | None = None
        self._looking: asyncio.TimerHandle | None = None
        self._waiting: asyncio.TimerHandle | None = None
        self._reading_since: float | None = None  # the loop's time; None between requests
        self._answered_at = 0.0
        self._between = True  # nothing of a request is with the parser
        self._raw = b""  # the head of the request that is being read, where it began what came, of this length
        self._came = 0
        self._said: _Said | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # (as uvicorn has it)
        """Wait for a request, but not for ever."""
        super().connection_made(transport)
        self._reading_since = self.loop.time()
        self._waiting = self.loop.call_later(self.unfinished_s, self._wait_no_longer)

    def connection_lost(self, exc: Exception | None) -> None:
        """End what would look after the connection."""
        for timer in (self._looking, self._waiting):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        """Hear a sender again that has read its answers."""
        super().resume_writing()
        self.flow.resume_reading()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where to read to."""
        del sizehint
        return self.room

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        self.data_received(bytes(self.room[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Take a post at once whose head, byte by byte, the parser has read before; leave all else to it."""
        self._raw, self._came = b"", -1
        if self._between:
            size = data.find(END_OF_HEAD) + len(END_OF_HEAD)
            raw = data[:size]
            known = self.known.get(raw)
            if known is not None and len(data) == size + known.length and self._is_free():
                self._reading_since = None
                self._unset_keepalive_if_required()
                self.cycle = self._turn = self._next_turn()
                self._take(known.head, data[size:])
                return
            self._raw, self._came = raw, len(data)
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Wait with everything that a plain post does not need."""
        self._between = False
        self._reading_since = self.loop.time()
        self.url = self._length = b""
        self.headers = []
        self.expect_100_continue = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; the length apart, since it alone differs between posts of one sender."""
        name = name.lower()
        if name == LENGTH:
            self._length = value
            return
        if name == EXPECT:
            self.expect_100_continue = value.lower() == b"100-continue"
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Decide which way a request goes."""
        if self._is_plain():
            self._parts = []
            self.cycle = self._turn = self._next_turn()
            return
        self._parts = None
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        if self._length:
            self.headers.append((LENGTH, self._length))
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body."""
        if self._parts is None:
            super().on_body(body)
        else:
            self._parts.append(body)

    def on_message_complete(self) -> None:
        """Hand a plain post over."""
        self._reading_since = None
        parts, head = self._parts, self._head
        if parts is None or head is None:
            super().on_message_complete()
            return
        self._parts = None
        self._between = True
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        if len(self._raw) + len(body) == self._came and len(self._raw) <= LONGEST_HEAD:  # one request, and nothing else
            if len(self.known) >= MOST_HEADS:
                self.known.clear()
            self.known[self._raw] = _Known(head, len(body))
        self._take(head, body)

    def _take(self, head: _Head, body: bytes) -> None:
        try:
            taken = head.take(body)
            self.door.put(taken.post, partial(self._answered, taken.answer))
        except Exception:  # (the parser would call it the sender's mistake)
            LOG.exception("ingest.fault")
            self._say(FAULT)

    def _is_free(self) -> bool:
        """Return whether no earlier request waits for its answer."""
        return self.cycle is None or self.cycle.response_complete

    def _is_plain(self) -> bool:
        """Return whether a request is a post of alerts that is answered by its head and its body alone."""
        if not self._is_free() or self.expect_100_continue:
            return False
        if self.parser.get_method() != b"POST" or self.parser.get_http_version() != "1.1":
            return False
        if not self._length.isdigit() or int(self._length) > LARGEST:
            return False
        head = self._head
        if head is None or head.url != self.url or head.headers != self.headers:
            head = self._head = self._read_head()
        return head is not None

    def _read_head(self) -> _Head | None:
        if self.root_path or any(mark in self.url for mark in ELSEWHERE):
            return None
        if not self.parser.should_keep_alive() or self.parser.should_upgrade():
            return None
        address = address_of(self.url.decode("latin-1"))
        told = told_in(self.headers)
        if address is None or "transfer-encoding" in told or not self.door.posts(address):
            return None
        take = self.door.taking(Request(method="POST", address=address, headers=told))
        return _Head(self.url, self.headers, take)

    def _next_turn(self) -> RequestResponseCycle:
        """Return what uvicorn looks at to queue what follows, and to close after the answer when it stops."""
        turn = self._turn
        if turn is not None:
            turn.response_complete, turn.keep_alive = False, True
            return turn
        return RequestResponseCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.on_response_complete,
        )

    def _answered(self, answer: Answer, outcome: Outcome) -> None:
        try:
            told = answer(outcome)
        except Exception:  # (as uvicorn does: whatever went wrong, the sender is answered)
            LOG.exception("ingest.fault")
            told = FAULT
        self._say(told)

    def _say(self, told: Response) -> None:
        """Write an answer and go on with the connection."""
        turn = self._turn
        if turn is None or self.transport.is_closing():
            return
        closing = told is FAULT or not turn.keep_alive
        default = self.server_state.default_headers
        said = self._said
        if closing or said is None or said.told is not told or said.default_headers is not default:
            said = self._said = _Said(told, default, _written(told, default, closing=closing and told is not FAULT))
        self.transport.write(said.written)
        turn.response_complete = True
        if closing:
            self.transport.close()
        if self.pipeline or closing:
            self.on_response_complete()
        else:
            self._rest()
        if self.flow.write_paused:  # who does not read its answers is not heard until it does
            self.flow.pause_reading()

    def _rest(self) -> None:
        """Wait for the next request. One timer looks now and then, since setting one for each post costs as much as reading it."""
        self.server_state.total_requests += 1
        self._answered_at = self.loop.time()
        if self._looking is None:
            self._looking = self.loop.call_later(self.timeout_keep_alive, self._look)

    def _look(self) -> None:
        """Close a connection on which nobody said anything for as long as uvicorn would wait."""
        self._looking = None
        turn = self._turn
        if self.cycle is not turn or turn is None or self.transport.is_closing():
            return  # uvicorn's own timer looks after what came since
        idle = self.loop.time() - self._answered_at
        resting = turn.response_complete and self._between
        if resting and idle >= self.timeout_keep_alive:
            self.transport.close()
            return
        wait = self.timeout_keep_alive - idle if resting else self.timeout_keep_alive
        self._looking = self.loop.call_later(wait, self._look)

    def _wait_no_longer(self) -> None:
        """Close a connection whose request is not here in its time; look at any other again."""
        since, now = self._reading_since, self.loop.time()
        unread = now - since if since is not None else 0.0
        if unread >= self.unfinished_s or self.transport.is_closing():
            self.transport.close()
            return
        self._waiting = self.loop.call_later(self.unfinished_s - unread, self._wait_no_longer)


def _written(told: Response, default_headers: Headers, *, closing: bool) -> bytes:
    """Return an answer as it goes over the wire."""
    parts = [STATUS_LINE[told.status_code]]
    for name, value in (*default_headers, *told.raw_headers):
        parts += (name, b": ", value, b"\r\n")
    if closing:
        parts.append(b"connection: close\r\n")
    return b"".join((*parts, b"\r\n", bytes(told.body)))
