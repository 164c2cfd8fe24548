"""Lines of the journal, through `journalctl -o json`: one fixed program, no shell, nothing but reading."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping

import msgspec

from tocsin.adapters.probes.logs.options import LogsOptions
from tocsin.adapters.probes.logs.reading import Budget, Chunk, Reading
from tocsin.adapters.probes.refusals import ReadError
from tocsin.net.http import Http

_PROGRAM = "journalctl"
_DENIED = ("permission", "not seeing messages", "access denied")
_FIELDS = "MESSAGE,PRIORITY,_SYSTEMD_UNIT,SYSLOG_IDENTIFIER,__REALTIME_TIMESTAMP"


def read(options: LogsOptions, budget: Budget, http: Http) -> Reading:
    """Return the newest lines of the journal.

    Raises:
        ReadError: there is no journal here, it may not be read, or it did not answer in time.
    """
    del http
    program = shutil.which(_PROGRAM)
    if program is None:
        raise ReadError("missing", f"{_PROGRAM} is not installed on the machine that Tocsin runs on")
    argv = [_PROGRAM, *arguments(options, budget)]
    try:
        done = subprocess.run(  # noqa: S603 (a fixed program, arguments of a fixed form, no shell)
            [program, *argv[1:]], capture_output=True, timeout=budget.left_s, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise ReadError("timeout", f"{_PROGRAM} did not answer in time") from error
    except OSError as error:
        raise ReadError("other", f"{_PROGRAM}: {error.strerror}") from error
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode:
        denied = any(word in said.lower() for word in _DENIED)
        raise ReadError("denied" if denied else "other", f"{_PROGRAM} ended with {done.returncode}: {said}")
    reading = Reading(reproduce=" ".join(argv), bytes=len(done.stdout))
    _take(done.stdout[-budget.max_bytes :], reading)
    if len(done.stdout) > budget.max_bytes or sum(len(one.lines) for one in reading.chunks) >= budget.max_lines:
        reading.cut = f"more than the budget of {budget.max_bytes} bytes and {budget.max_lines} lines"
    if said:
        reading.miss("other users' entries", said, "add the user that Tocsin runs as to the group systemd-journal")
    return reading


def arguments(options: LogsOptions, budget: Budget) -> list[str]:
    """Return the arguments, all of them of a form that only reads."""
    units = [part for unit in options.units for part in ("--unit", unit)]
    since = f"--since=@{int(budget.since.timestamp())}"
    return [
        "--output=json",
        f"--output-fields={_FIELDS}",
        "--no-pager",
        "--quiet",
        since,
        f"--lines={budget.max_lines}",
        *units,
    ]


def _take(body: bytes, reading: Reading) -> None:
    """Put entries into chunks, one for each run of entries of one unit, so that the order of time is kept."""
    decoder = msgspec.json.Decoder(dict[str, object])
    for line in body.splitlines():
        try:
            entry = decoder.decode(line)
        except msgspec.MsgspecError:
            continue
        stamp = entry.get("__REALTIME_TIMESTAMP")
        if not isinstance(stamp, str) or not stamp.isdigit():
            continue
        service = str(entry.get("_SYSTEMD_UNIT") or entry.get("SYSLOG_IDENTIFIER") or "").removesuffix(".service")
        if not reading.chunks or reading.chunks[-1].service != service:
            reading.chunks.append(Chunk(service=service))
        reading.chunks[-1].lines.append(_line(entry))
        reading.chunks[-1].times.append(int(stamp) / 1e6)


def _line(entry: Mapping[str, object]) -> str:
    """Return an entry's message; its priority goes along where the message does not say its own level."""
    message = entry.get("MESSAGE")
    if isinstance(message, list):  # bytes that are no text
        message = bytes(one for one in message if isinstance(one, int) and 0 <= one < 256).decode("utf-8", "replace")  # noqa: PLR2004 (a byte)
    text = str(message or "")
    priority = entry.get("PRIORITY")
    if text.startswith("{") or not isinstance(priority, str) or not priority.isdigit():
        return text
    return msgspec.json.encode({"level": int(priority), "message": text}).decode()
