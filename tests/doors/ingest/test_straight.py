"""Over a real connection, a plain post is answered as the web framework would answer it, whatever comes before or after."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import pytest
import uvicorn
from tests.support.api import Office
from tests.support.desk import furnish

from tocsin.doors.ingest.intake import Intake
from tocsin.doors.ingest.route import LARGEST
from tocsin.doors.ingest.straight import LONGEST_HEAD, MOST_HEADS, StraightProtocol, speaking
from tocsin.doors.serve import Application

ALERT = json.dumps([{"labels": {"alertname": "HighCPU", "severity": "critical"}}]).encode()
EVENT = {
    "routing_key": "pd-key",
    "event_action": "trigger",
    "payload": {"summary": "x", "source": "y", "severity": "info"},
}
ALERTS = "/api/v2/alerts"


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: its status, its headers without the date, its body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Wire:
    """One connection, byte by byte."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, *requests: bytes) -> None:
        self.socket.sendall(b"".join(requests))

    def read(self) -> Said:
        status = int(self.file.readline().split()[1])
        headers: list[tuple[str, str]] = []
        while line := self.file.readline().strip().decode():
            name, _, value = line.partition(": ")
            headers.append((name, value))
        length = int(dict(headers).get("content-length", "0"))
        kept = tuple(sorted((name, value) for name, value in headers if name != "date"))
        return Said(status, kept, self.file.read(length))

    def ask(self, request: bytes) -> Said:
        self.send(request)
        return self.read()

    def ends(self) -> bool:
        return self.file.read() == b""


def post(path: str, body: bytes = b"", key: str = "", *more: str, method: str = "POST") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: tocsin", f"Content-Length: {len(body)}", *more]
    lines += [f"Authorization: {key}"] if key else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def served(office: Office) -> Application:
    """Return the whole server, with its door."""
    assert isinstance(office.server, Application)
    return office.server


@contextmanager
def listening(
    office: Office, *, straight: bool, keep_alive_s: int = 60, protocol: type[StraightProtocol] | None = None
) -> Iterator[int]:
    """Serve the office on a free port, with or without the straight way."""
    application = served(office)
    http = (protocol or speaking(application.ingest)) if straight else "httptools"
    more = {"timeout_keep_alive": keep_alive_s, "lifespan": "off", "server_header": False, "access_log": False}
    server = uvicorn.Server(uvicorn.Config(application, http=http, log_level="error", **more))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def port(desk: Office) -> Iterator[int]:
    with listening(desk, straight=True) as number:
        yield number


@pytest.fixture
def wire(port: int) -> Iterator[Wire]:
    with Wire(port) as one:
        yield one


REQUESTS = {
    "taken": post(ALERTS, ALERT, "Bearer prom-key"),
    "taken under an integration": post(f"/v1/in/prom{ALERTS}", ALERT, "Bearer prom-key"),
    "taken in part": post(ALERTS, json.dumps([*json.loads(ALERT), {"labels": {}}]).encode(), "Bearer prom-key"),
    "nobody's key": post(ALERTS, ALERT, "Bearer wrong"),
    "no key": post(f"/v1/in/prom{ALERTS}", ALERT),
    "no such integration": post("/v1/in/nobody", ALERT, "Bearer prom-key"),
    "unreadable": post(ALERTS, b"{", "Bearer prom-key"),
    "nothing": post("/v1/in/script", b"", "Bearer key-of-the-script"),
    "an event": post("/v2/enqueue", json.dumps(EVENT | {"dedup_key": "k"}).encode()),
    "an event of nobody": post("/v2/enqueue", json.dumps(EVENT | {"routing_key": "x"}).encode()),
    "an alert of Opsgenie's": post("/v2/alerts", b'{"message": "x", "alias": "x"}', "GenieKey genie-key"),
    "a key in the query": post("/v1/in/script?key=key-of-the-script", b'{"name": 1}'),
    "an escape in the path": post("/v1/in/scr%69pt", b"[", "Bearer key-of-the-script"),
    "too large": post(ALERTS, b"", "Bearer prom-key").replace(b"Length: 0", b"Length: %d" % (LARGEST + 1)) + b" " * (LARGEST + 1),
    "a question": post(ALERTS, b"", "Bearer wrong", method="GET"),
    "no alert": post("/api/v2/silences", b"{", "Bearer amtool-key"),
    "only posts": post("/v1/in/script", b"", method="PUT"),
    "pieces": post(ALERTS, b"", "Bearer prom-key", "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
    + b"%x\r\n%s\r\n0\r\n\r\n" % (len(ALERT), ALERT),
    "the last": post(ALERTS, ALERT, "Bearer prom-key", "Connection: close"),
    "the API": post("/health", method="GET"),
}  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
def test_both_ways_answer_alike(desk: Office, name: str) -> None:
    desk.client.post(
        "/v2/enqueue", content=json.dumps(EVENT | {"dedup_key": "k"})
    )  # known to both, so that both are told the same
    answers = []
    for straight in (False, True):
        with listening(desk, straight=straight) as number, Wire(number) as wire:
            answers.append(without_ids(wire.ask(REQUESTS[name])))
    assert answers[0] == answers[1]


def without_ids(said: Said) -> Said:
    """Leave out under which id a body was kept, and how long that is."""
    head, found, _ = said.body.partition(b"kept as ")
    headers = tuple(one for one in said.headers if one[0] != "content-length") if found else said.headers
    return Said(said.status, headers, head)


def test_what_was_answered_is_stored(desk: Office, wire: Wire) -> None:
    assert wire.ask(REQUESTS["taken"]).status == 200
    with desk.app.engine.store.reading() as tx:
        assert [alert.name for alert in tx.firing_alerts()] == ["HighCPU"]


def test_one_connection_serves_posts_and_pages_in_turn(wire: Wire) -> None:
    for _ in range(2):
        told = [wire.ask(REQUESTS[name]).status for name in ("taken", "the API", "nobody's key", "pieces", "an event")]
        assert told == [200, 200, 401, 200, 202]


def test_posts_on_each_others_heels_are_answered_in_their_order(wire: Wire) -> None:
    names = ["taken", "nobody's key", "the API", "taken", "unreadable", "taken"]
    wire.send(*(REQUESTS[name] for name in names))
    assert [wire.read().status for _ in names] == [200, 401, 200, 200, 400, 200]


def test_a_post_may_come_in_pieces_of_any_size(wire: Wire) -> None:
    for at in range(0, len(REQUESTS["taken"]), 7):
        wire.send(REQUESTS["taken"][at : at + 7])
    assert wire.read().status == 200


@pytest.mark.parametrize("cut", [1, len(REQUESTS["taken"]) - len(ALERT), len(REQUESTS["taken"]) - 1])
def test_a_head_that_was_read_before_may_come_in_any_company(wire: Wire, cut: int) -> None:
    taken, other = REQUESTS["taken"], REQUESTS["nobody's key"]
    assert [wire.ask(one).status for one in (taken, taken, other, other, taken)] == [200, 200, 401, 401, 200]
    wire.send(taken[:cut])
    wire.send(taken[cut:])
    assert wire.read().status == 200
    assert wire.ask(taken).status == 200
    wire.send(taken, taken, other[:cut])
    assert [wire.read().status for _ in range(2)] == [200, 200]
    assert wire.ask(other[cut:]).status == 401
    assert wire.ask(REQUESTS["the API"]).status == 200
    assert wire.ask(taken).status == 200


def test_a_head_that_was_read_before_is_known_on_every_connection_and_its_key_is_checked_each_time(
    desk: Office, port: int
) -> None:
    with Wire(port) as one, Wire(port) as other:
        assert [one.ask(REQUESTS["taken"]).status, other.ask(REQUESTS["taken"]).status] == [200, 200]
        furnish(desk.app, senders="integrations:\n")  # the shop's alone
        assert [one.ask(REQUESTS["taken"]).status, other.ask(REQUESTS["taken"]).status] == [401, 401]


def test_the_parser_sees_a_head_once(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    protocol = speaking(served(desk).ingest)
    begun: list[None] = []
    begin = protocol.on_message_begin
    monkeypatch.setattr(protocol, "on_message_begin", lambda self: (begun.append(None), begin(self)))
    with listening(desk, straight=True, protocol=protocol) as number, Wire(number) as wire:
        assert [wire.ask(REQUESTS["taken"]).status for _ in range(3)] == [200, 200, 200]
    assert len(begun) == 1


def test_a_post_that_waits_and_one_with_a_known_head_behind_it_are_answered_in_their_order(wire: Wire) -> None:
    assert wire.ask(REQUESTS["taken"]).status == 200
    wire.send(REQUESTS["nobody's key"])
    wire.send(REQUESTS["taken"])
    assert [wire.read().status for _ in range(2)] == [401, 200]


def test_heads_are_kept_in_bounds(desk: Office) -> None:
    protocol = speaking(served(desk).ingest)
    with listening(desk, straight=True, protocol=protocol) as number, Wire(number) as wire:
        for n in range(MOST_HEADS + 2):
            wire.ask(post(ALERTS, ALERT, "Bearer prom-key", f"X-Number: {n}"))
        assert 0 < len(protocol.known) <= MOST_HEADS
        before = len(protocol.known)
        assert wire.ask(post(ALERTS, ALERT, "Bearer prom-key", f"X-Long: {'x' * LONGEST_HEAD}")).status == 200
        assert len(protocol.known) == before


def test_a_sender_that_waits_is_told_to_go_on(wire: Wire) -> None:
    whole = post(ALERTS, ALERT, "Bearer prom-key", "Expect: 100-continue")
    assert wire.ask(whole.removesuffix(ALERT)).status == 100
    assert wire.ask(ALERT).status == 200


def test_the_last_post_of_a_connection_ends_it(wire: Wire) -> None:
    assert wire.ask(REQUESTS["the last"]).status == 200
    assert wire.ends()


def test_what_is_no_http_is_refused(wire: Wire) -> None:
    assert wire.ask(REQUESTS["taken"]).status == 200
    assert wire.ask(b"nonsense\r\n\r\n").status == 400
    assert wire.ends()


def test_a_sender_that_goes_away_costs_nobody_else(port: int, wire: Wire) -> None:
    with Wire(port) as gone:
        gone.send(REQUESTS["taken"])
    assert wire.ask(REQUESTS["taken"]).status == 200


def test_a_full_queue_sends_everybody_away_for_a_while(desk: Office, wire: Wire) -> None:
    desk.server.ingest._intake = Intake(desk.app.engine, most_posts=0)  # type: ignore[attr-defined]  # the whole server's door
    assert wire.ask(REQUESTS["taken"]).status == 503
    event = wire.ask(REQUESTS["an event"])
    assert (event.status, dict(event.headers)["retry-after"]) == (429, "1")


def test_a_fault_is_answered_and_ends_the_connection(desk: Office, wire: Wire) -> None:
    desk.server.ingest._intake = _Broken(desk.app.engine)  # type: ignore[attr-defined]  # the whole server's door
    told = wire.ask(REQUESTS["taken"])
    assert (told.status, dict(told.headers)["connection"]) == (500, "close")
    assert wire.ends()


class _Broken(Intake):
    """A queue with a fault of ours."""

    def put(self, *_: object) -> None:
        raise ValueError("broken")


def test_a_connection_nobody_uses_is_closed(desk: Office) -> None:
    with listening(desk, straight=True, keep_alive_s=1) as number, Wire(number) as wire:
        assert wire.ask(REQUESTS["taken"]).status == 200
        assert wire.ends()  # by the server, which waits for no more


@pytest.mark.parametrize("begun", [b"", b"POST /api/v2/al", post(ALERTS, ALERT, "Bearer prom-key")[:-9]])
def test_a_request_that_nobody_finishes_is_not_waited_for(desk: Office, begun: bytes) -> None:
    protocol = speaking(served(desk).ingest)
    protocol.unfinished_s = 0.05
    with listening(desk, straight=True, protocol=protocol) as number, Wire(number) as wire:
        wire.send(begun)
        assert wire.ends()


def test_half_a_request_after_a_whole_one_is_not_waited_for_either(desk: Office) -> None:
    protocol = speaking(served(desk).ingest)
    with listening(desk, straight=True, protocol=protocol) as number, Wire(number) as wire:
        assert wire.ask(REQUESTS["taken"]).status == 200
    protocol.unfinished_s = 1.0
    with listening(desk, straight=True, protocol=protocol) as number, Wire(number) as wire:
        wire.send(REQUESTS["taken"], REQUESTS["taken"][:-5])
        assert wire.read().status == 200
        assert wire.ends()


def test_a_sender_that_reads_no_answers_is_not_heard_until_it_does(desk: Office) -> None:
    connections: list[StraightProtocol] = []

    class Seen(speaking(served(desk).ingest)):  # type: ignore[misc]  # (made at run time)
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            connections.append(self)

    long_answer = post("/v1/in/prom", ALERT[:-1] + b", 0" * 2000 + b"]", "Bearer prom-key")
    with listening(desk, straight=True, protocol=Seen) as number, Wire(number) as wire:
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        assert wire.ask(REQUESTS["taken"]).status == 200
        (connection,) = connections
        state, flow = connection.server_state, connection.flow
        before, sent = state.total_requests, 0
        while not flow.read_paused:
            wire.send(long_answer)
            sent += 1
            assert sent < 300, "it is heard for ever"
            while state.total_requests - before < sent and not flow.read_paused:
                pass
        assert connection.transport.get_write_buffer_size() < 4 << 20
        assert {wire.read().status for _ in range(sent)} == {400}
        assert wire.ask(REQUESTS["taken"]).status == 200
