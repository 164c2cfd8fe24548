"""Lines of containers, through the Docker engine's API: GET only."""

from __future__ import annotations

from urllib.parse import quote

from tocsin.adapters.probes.logs.options import LogsOptions
from tocsin.adapters.probes.logs.reading import Budget, Chunk, Reading, api_of
from tocsin.adapters.probes.refusals import ReadError
from tocsin.domain.diagnosis.logs.clock import Clock
from tocsin.net.http import Http

_FRAME = 8
_STREAMS = frozenset({0, 1, 2})


def read(options: LogsOptions, budget: Budget, http: Http) -> Reading:
    """Return the newest lines of the containers.

    Raises:
        ReadError: the engine cannot be reached, or has none of the containers.
    """
    reading = Reading(
        reproduce=f"docker logs --timestamps --since {int(budget.window_s)}s {' '.join(options.containers)}"
    )
    api = api_of(options, budget, http, by_socket=True)
    query = {
        "stdout": 1,
        "stderr": 1,
        "timestamps": 1,
        "since": int(budget.since.timestamp()),
        "tail": max(1, budget.max_lines // len(options.containers)),
    }
    missing: list[ReadError] = []
    for name in options.containers:
        try:
            body = api.fetch(f"/containers/{quote(name, safe='')}/logs", **query)
        except ReadError as error:
            if error.kind in {"refused", "timeout", "denied"}:
                raise
            missing.append(error)
            reading.miss(f"container {name}", str(error))
            continue
        reading.bytes += len(body)
        if len(body) > budget.max_bytes // len(options.containers):
            reading.cut = f"{name} wrote more than the budget of {budget.max_bytes} bytes"
        reading.chunks.append(_chunk(name, body, budget))
    if missing and len(missing) == len(options.containers):
        raise missing[0]
    return reading


def _chunk(name: str, body: bytes, budget: Budget) -> Chunk:
    chunk = Chunk(service=name.rstrip("0123456789").rstrip("-_") or name)  # `shop-1` is one of several of `shop`
    clock = Clock(budget.now)
    for line in unframed(body).decode("utf-8", "replace").splitlines():
        stamp, _, text = line.partition(" ")
        at = clock.value(stamp)
        if at is not None:
            chunk.times.append(at)
            chunk.lines.append(text)
    chunk.newest(budget.max_lines)
    return chunk


def unframed(body: bytes) -> bytes:
    """Return the text of a log stream: of a container without a terminal it comes in frames of eight bytes and text."""
    if len(body) < _FRAME or body[0] not in _STREAMS or body[1:4] != b"\0\0\0":
        return body
    pieces: list[bytes] = []
    at = 0
    while at + _FRAME <= len(body):
        size = int.from_bytes(body[at + 4 : at + _FRAME], "big")
        pieces.append(body[at + _FRAME : at + _FRAME + size])
        at += _FRAME + size
    return b"".join(pieces)
