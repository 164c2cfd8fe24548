"""A webhook receiver outside Tocsin: what it wrote down is what really arrived, whatever became of the sender.

Every POST is one JSON line, on disk before it is answered: `received_at`, `path`, `headers` (never credentials),
`body` (parsed when it is JSON), `answered` (the status given). `PUT /-/behave` changes how it answers from then on.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from tocsin.drill.servers.ports import free_port
from tocsin.drill.servers.process import Process

_BODY_LIMIT = 1_000_000
_KEPT_HEADERS = ("content-type", "idempotency-key", "user-agent")
_OWN_HEADERS = "x-tocsin-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One POST as the sink wrote it down; `body` is parsed JSON, or text."""

    received_at: datetime
    path: str
    headers: dict[str, str]
    body: Any  # whatever JSON the sender chose
    answered: int


class WebhookSink:
    """The sink as a process of its own; `log` is its file of JSON lines and outlives it."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.port = free_port()
        self._process = Process([], log)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address to POST to; any path below it is taken."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it answers.

        Raises:
            ServerError: it is not ready within 10 s.
        """
        argv = [sys.executable, "-m", "tocsin.drill.servers.sink", "--port", str(self.port), "--log", str(self.log)]
        self._process = Process(argv, self.log.with_suffix(".out"))
        self._process.start(self._answers, limit_s=10)

    def stop(self) -> None:
        """End it; what it received stays in `log`."""
        self._process.stop()

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        self._process.kill()

    def behave(self, *, delay_s: float = 0.0, status: int = 200, times: int | None = None) -> None:
        """Answer from now on after `delay_s` seconds with `status`; after `times` answers (None: never) normally again."""
        wanted = json.dumps({"delay_s": delay_s, "status": status, "times": times}).encode()
        request = urllib.request.Request(f"{self.url}/-/behave", data=wanted, method="PUT")  # noqa: S310 (our own http address)
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310 (our own http address)
            pass

    def received(self) -> list[Received]:
        """Return what arrived, oldest first; also after the sink has ended."""
        return self.received_since(0)[0]

    def received_since(self, place: int) -> tuple[list[Received], int]:
        """Return what arrived since a place in the log, and the place that it ends at; 0 is the beginning."""
        if not self.log.exists():
            return [], place
        with self.log.open("rb") as file:
            file.seek(place)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        return [_received(json.loads(line)) for line in whole.splitlines()], place + len(whole)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=1):  # noqa: S310 (our own http address)
                return True
        except (urllib.error.URLError, TimeoutError):
            return False


def _received(line: dict[str, Any]) -> Received:
    return Received(**{**line, "received_at": datetime.fromisoformat(line["received_at"])})


class _Log:
    """Lines appended whole, in order, and on disk when `append` returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._lock = threading.Lock()

    def append(self, line: dict[str, object]) -> None:
        data = json.dumps(line).encode() + b"\n"
        with self._lock:
            os.write(self._file, data)
            os.fsync(self._file)


class _Behaviour:
    """How to answer: once set, for a number of times or for good."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._delay_s, self._status = 0.0, 200
        self._left: int | None = None

    def change(self, wanted: dict[str, Any]) -> None:
        with self._lock:
            self._delay_s, self._status = float(wanted["delay_s"]), int(wanted["status"])
            self._left = wanted["times"]

    def take(self) -> tuple[float, int]:
        with self._lock:
            if self._left is not None:
                if self._left <= 0:
                    return 0.0, 200
                self._left -= 1
            return self._delay_s, self._status


class _Sink(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, log: Path) -> None:
        self.log = _Log(log)
        self.behaviour = _Behaviour()
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30
    server: _Sink

    def do_GET(self) -> None:
        self._answer(200)

    def do_PUT(self) -> None:
        self.server.behaviour.change(json.loads(self._body()))
        self._answer(200)

    def do_POST(self) -> None:
        received_at = datetime.now(UTC)
        body = self._body()
        delay_s, status = self.server.behaviour.take()
        headers = {
            k.lower(): v for k, v in self.headers.items() if k.lower().startswith((*_KEPT_HEADERS, _OWN_HEADERS))
        }
        self.server.log.append(
            {
                "received_at": received_at.isoformat(),
                "path": self.path,
                "headers": headers,
                "body": _parsed(body),
                "answered": status,
            }
        )
        time.sleep(delay_s)
        self._answer(status)

    def log_message(self, *_: object) -> None:
        """Say nothing: the log is the account."""

    def _body(self) -> bytes:
        return self.rfile.read(min(int(self.headers.get("content-length", "0")), _BODY_LIMIT))

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(prog="tocsin.drill.servers.sink", description="Write down every POST received.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    wanted = parser.parse_args()
    _Sink(wanted.port, wanted.log).serve_forever()


if __name__ == "__main__":
    main()
