"""Customers of the lab's service: a steady rate over a few connections, from threads of the bench."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

THREADS = 4
LIMIT_S = 6.0


@contextmanager
def traffic(url: str, paths: Sequence[str], rps: float, threads: int = THREADS) -> Iterator[None]:
    """Ask for `paths` in turn, `rps` times a second in all, until the block ends; `POST /x` posts."""
    over = threading.Event()
    workers = [
        threading.Thread(target=_customer, args=(url, paths, threads / rps, over, number), daemon=True)
        for number in range(threads)
    ]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        over.set()
        for worker in workers:
            worker.join(LIMIT_S + 1)


def _customer(url: str, paths: Sequence[str], gap_s: float, over: threading.Event, number: int) -> None:
    host = urlsplit(url).netloc
    connection = http.client.HTTPConnection(host, timeout=LIMIT_S)
    due = time.monotonic() + gap_s * number / THREADS
    turn = number
    while not over.wait(max(0.0, due - time.monotonic())):
        due = max(due + gap_s, time.monotonic() - 1.0)
        method, _, path = paths[turn % len(paths)].rpartition(" ")
        turn += 1
        try:
            connection.request(method or "GET", path.replace("{n}", str(turn % 1000)))
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            connection.close()
    connection.close()


@contextmanager
def repeating(act: Callable[[], object], count: int = 1, gap_s: float = 0.0) -> Iterator[None]:
    """Do `act` again and again in `count` threads until the block ends; what it raises ends its thread quietly."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(gap_s):
            try:
                act()
            except Exception:  # noqa: BLE001 (a fault is what the lab makes)
                if over.wait(0.05):
                    return

    workers = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        over.set()
        for worker in workers:
            worker.join(LIMIT_S)
