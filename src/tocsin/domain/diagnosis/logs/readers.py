"""Plain lines that are structured after all: `key=value` logs, access logs, and messages in quotes before their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tocsin.domain.diagnosis.logs.words import STATUS, WILD

Reader = Callable[[str], Mapping[str, object] | None]

_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE"})
_STATUS_DIGITS = 3
_MOST_PAIRS = 64
_MOST_SEGMENTS = 8


def reader_of(line: str, message: int) -> Reader | None:
    """Return how to read lines like this one, whose message begins at `message`; None where words alone will do."""
    if (" msg=" in f" {line}" or " message=" in f" {line}") and pairs(line):
        return pairs
    if request(line):
        return request
    if quoted(line[message:]):
        skipped = len(line[:message].split())
        return lambda text: quoted("".join(text.split(None, skipped)[skipped:]))
    return None


def pairs(line: str) -> Mapping[str, object] | None:
    """Read `key=value key="value with spaces"`; words without `=` are passed over."""
    found: dict[str, object] = {}
    at, size = 0, len(line)
    while at < size and len(found) < _MOST_PAIRS:
        equals = line.find("=", at)
        if equals < 0:
            break
        key = line[at:equals].rpartition(" ")[2]
        if line[equals + 1 : equals + 2] == '"':
            end = _closing(line, equals + 2)
            value = line[equals + 2 : end].replace('\\"', '"')
            at = end + 1
        else:
            end = line.find(" ", equals)
            end = size if end < 0 else end
            value = line[equals + 1 : end]
            at = end
        if key:
            found[key] = _typed(value)
    return found if "msg" in found or "message" in found else None


def request(line: str) -> Mapping[str, object] | None:
    """Read a line of an access log: `"GET /path HTTP/1.1" 200 157`."""
    parts = line.split('"', 3)
    if len(parts) < 3:  # noqa: PLR2004 (before, the request, after)
        return None
    words = parts[1].split()
    status, _, rest = parts[2].strip().partition(" ")
    if not words or words[0] not in _METHODS or len(status) != _STATUS_DIGITS or not status.isdigit():
        return None
    path = place(words[1]) if len(words) > 1 else "/"
    level = "error" if status[0] == "5" else "info"
    found: dict[str, object] = {"message": f"{words[0]} {path} {STATUS}{status}", "level": level, "status": int(status)}
    size = rest.partition(" ")[0]
    if size.isdigit():
        found["bytes"] = int(size)
    last = line.rpartition(" ")[2].strip('"')
    if "." in last and last.replace(".", "", 1).isdigit():
        found["seconds"] = float(last)
    return found


def quoted(text: str) -> Mapping[str, object] | None:
    """Read a message in quotes with its fields after it, as Kubernetes writes: `file.go:12] "Failed" pod="a/b"`."""
    logger, bracket, rest = text.partition("] ")
    if bracket and " " not in logger and not logger.startswith('"'):
        text = rest
    else:
        logger = ""
    if not text.startswith('"'):
        return None
    end = _closing(text, 1)
    message = text[1:end]
    if end >= len(text) or " " not in message:
        return None
    found: dict[str, object] = {"message": message}
    if logger:
        found["logger"] = logger.partition(":")[0]
    return found


def place(path: str) -> str:
    """Return a path without its query, with segments that vary masked."""
    path = path.partition("?")[0]
    segments = path.split("/")[: _MOST_SEGMENTS + 1]
    return "/".join(WILD if any(c.isdigit() for c in one) and not _version(one) else one for one in segments) or "/"


def _version(segment: str) -> bool:
    return len(segment) <= 3 and segment[:1] == "v" and segment[1:].isdigit()  # noqa: PLR2004 (v1, v12)


def _closing(line: str, start: int) -> int:
    end = line.find('"', start)
    while end > 0 and line[end - 1] == "\\":
        end = line.find('"', end + 1)
    return end if end >= 0 else len(line)


def _typed(value: str) -> object:
    if value[:1].isdigit() or value[:1] == "-":
        try:
            return float(value) if len(value) < 24 else value  # noqa: PLR2004 (longer is an id)
        except ValueError:
            return value
    return value
