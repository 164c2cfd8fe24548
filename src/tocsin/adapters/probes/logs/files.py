"""Lines of files: the end of each, and of its rotated predecessors as far as window and budget reach."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

from tocsin.adapters.probes.logs.options import LogsOptions
from tocsin.adapters.probes.logs.reading import Budget, Chunk, Reading
from tocsin.adapters.probes.refusals import ReadError
from tocsin.domain.diagnosis.facts.logs import LogsError
from tocsin.domain.diagnosis.logs.clock import Clock, moment
from tocsin.net.http import Http

_MOST_FILES = 20
_MOST_ROTATED = 12
_UNPACKED = 16  # at most this many times the budget is unpacked to find the end of a gzipped file
_PACKED = 65_536


def read(options: LogsOptions, budget: Budget, http: Http) -> Reading:
    """Return the newest lines of the files that `paths` name.

    Raises:
        ReadError: no file is there, or none can be read.
    """
    del http
    reading = Reading(reproduce=f"tail -n 200 {' '.join(options.paths)}")
    found = list(dict.fromkeys(path for pattern in options.paths for path in _matching(pattern)))[:_MOST_FILES]
    if not found:
        raise ReadError("missing", f"no file matches {', '.join(options.paths)}")
    refused: list[OSError] = []
    for path in found:
        try:
            chunk = _file(path, budget, reading, len(found))
        except OSError as error:
            refused.append(error)
            reading.miss(f"file {path.name}", f"{error.strerror or type(error).__name__}: {path}")
            continue
        if chunk.lines:
            reading.chunks.append(chunk)
    if refused and len(refused) == len(found):
        kind: LogsError = "denied" if isinstance(refused[0], PermissionError) else "other"
        raise ReadError(kind, f"{refused[0].strerror or type(refused[0]).__name__}: {found[0]}")
    return reading


def _matching(pattern: str) -> Iterator[Path]:
    """Return the files of a pattern that are not predecessors of others, in the order of their names."""
    path = Path(pattern)
    if path.is_file():
        yield path
        return
    anchor = Path(path.anchor) if path.is_absolute() else Path()
    relative = str(path.relative_to(path.anchor)) if path.is_absolute() else pattern
    try:
        found = sorted(one for one in anchor.glob(relative) if one.is_file())
    except (OSError, ValueError, NotImplementedError):
        return
    yield from (one for one in found if one.suffix != ".gz" and not one.suffix[1:].isdigit())


def _file(path: Path, budget: Budget, reading: Reading, count: int) -> Chunk:
    """Return the lines of one file within its share of the budget, reaching into its predecessors while there is room."""
    room = max(1, budget.max_bytes // count)
    lines: list[bytes] = []
    for part in (path, *_rotated(path, budget)):
        taken, whole = _end_of(part, room)
        room -= sum(map(len, taken))
        reading.bytes += sum(map(len, taken))
        lines[:0] = taken
        if not whole:
            reading.cut = f"{part.name} is larger than the budget of {budget.max_bytes} bytes"
        if not whole or room <= 0 or _begins_before(lines, budget):
            break
    chunk = Chunk(lines=[line.decode("utf-8", "replace") for line in lines])
    _in_window(chunk, budget)
    dropped = chunk.newest(max(1, budget.max_lines // count))
    if dropped:
        reading.cut = f"{dropped} lines more than the budget of {budget.max_lines}"
    return chunk


def _rotated(path: Path, budget: Budget) -> list[Path]:
    """Return predecessors (`app.log.1`, `app.log.2.gz`, `app.log-20260315`), the newest first, that end in the window."""
    since = budget.since.timestamp()
    beside = [one for one in path.parent.glob(f"{_escaped(path.name)}[.-]*") if one != path and one.is_file()]
    dated = sorted(((one.stat().st_mtime, one) for one in beside), reverse=True)
    return [one for changed, one in dated if changed >= since][:_MOST_ROTATED]


def _escaped(name: str) -> str:
    return "".join(f"[{one}]" if one in "*?[" else one for one in name)


def _end_of(path: Path, room: int) -> tuple[list[bytes], bool]:
    """Return the last whole lines of a file in at most `room` bytes, and whether that is all of it."""
    if path.suffix == ".gz":
        body, whole = _unpacked(path, room)
    else:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - room)
            file.seek(start)
            body, whole = file.read(room), not start
    lines = body.splitlines()
    return (lines, True) if whole else (lines[1:], False)


def _unpacked(path: Path, room: int) -> tuple[bytes, bool]:
    """Return the end of a gzipped file. A file that unpacks to more than a multiple of the room is cut there."""
    kept = b""
    total = 0
    try:
        with gzip.open(path, "rb") as file:
            while total <= room * _UNPACKED and (piece := file.read(_PACKED)):
                total += len(piece)
                kept = (kept + piece)[-room:] if len(kept) > 4 * room else kept + piece
    except (EOFError, zlib.error) as error:
        raise OSError(None, f"not a whole gzip file ({error})") from error
    return kept[-room:], total <= room


def _begins_before(lines: list[bytes], budget: Budget) -> bool:
    clock = Clock(budget.now)
    for line in lines[:50]:
        at = _time_of(line.decode("utf-8", "replace"), clock)
        if at is not None:
            return moment(at) < budget.since
    return False


def _in_window(chunk: Chunk, budget: Budget) -> None:
    """Drop lines older than the window, by halving: a log is in the order of time."""
    clock = Clock(budget.now)
    since = budget.since.timestamp()
    low, high = 0, len(chunk.lines)
    while low < high:
        middle = (low + high) // 2
        number, at = middle, None
        while number < high and at is None:
            at = _time_of(chunk.lines[number], clock)
            number += 1
        if at is None or at >= since:
            high = middle
        else:
            low = number
    del chunk.lines[:low]


def _time_of(line: str, clock: Clock) -> float | None:
    stamp = clock.find(line)
    return clock.exact(line, stamp) if stamp else None
