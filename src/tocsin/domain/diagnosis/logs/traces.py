"""Stack traces: which lines belong to one, and what it comes down to: the error's type and the first frame of our own."""

from __future__ import annotations

from typing import NamedTuple

MOST_KEPT = 60
_STARTS = ("Traceback (most recent call last)", "Caused by:", "goroutine ", "panic: ", "Exception in thread ", "... ")
_LINKS = ("During handling of the above exception", "The above exception was the direct cause")
_FOREIGN = (
    *("site-packages", "dist-packages", "/lib/python", "<frozen", "node_modules", "node:", "/usr/local/go/", "/gems/"),
    *(
        "java.",
        "javax.",
        "jdk.",
        "sun.",
        "jakarta.",
        "org.springframework.",
        "org.apache.",
        "org.hibernate.",
        "io.netty.",
    ),
    *("com.zaxxer.", "reactor.", "kotlin.", "scala.", "System.", "Microsoft.", "internal/", "runtime."),
)


class Trace(NamedTuple):
    """What a stack trace comes down to."""

    error: str
    frame: str
    message: str = ""


def begins(line: str) -> bool:
    """Whether a line without indentation belongs to a stack trace by how it begins."""
    return line.startswith(_STARTS) or line.startswith(_LINKS)


def ends(line: str) -> bool:
    """Whether a line names the error that a Python traceback ends with."""
    name = line.partition(":")[0].strip()
    return bool(name) and " " not in name and name.replace(".", "").replace("_", "").isalnum() and not name[0].isdigit()


def fold(lines: list[str]) -> Trace | None:
    """Return what the lines after a record come down to, None where they are no stack trace."""
    cause = max((n for n, line in enumerate(lines) if line.startswith("Caused by:")), default=0)
    frames = [one for one in map(_frame, lines) if one]
    error, message = _error(lines)
    if not frames and not error:
        return None
    python = any(line.startswith("Traceback") for line in lines)
    own = _own([one for one in map(_frame, lines[cause:]) if one]) or _own(frames) or frames
    frame = "" if not own else own[-1] if python else own[0]
    return Trace(error=error or "stack trace", frame=frame, message=message)


def _own(frames: list[str]) -> list[str]:
    return [one for one in frames if not any(part in one for part in _FOREIGN)]


def _frame(line: str) -> str:
    """Return where one line of a trace was, without line number: `file:function` or what names it there."""
    text = line.strip()
    if text.startswith('File "'):
        path, _, rest = text[6:].partition('"')
        function = rest.rpartition(" in ")[2] if " in " in rest else ""
        return f"{path}:{function}".rstrip(":")
    if text.startswith("at "):
        where = text[3:]
        name, opened, place = where.partition("(")
        return _unnumbered(place.rstrip(")")) + f":{name.strip()}" if opened and "/" in place else name.strip() or where
    if text.startswith("from ") and ":in " in text:
        path, _, function = text[5:].partition(":in ")
        return f"{_unnumbered(path)}:{function.strip('`' + chr(39))}"
    if line[:1] == "\t" and text.startswith("/") and ".go:" in text:
        return _unnumbered(text.partition(" ")[0])
    return ""


def _unnumbered(place: str) -> str:
    """Return a place without its line and column."""
    while True:
        head, colon, tail = place.rpartition(":")
        if not colon or not tail.isdigit():
            return place
        place = head


def _error(lines: list[str]) -> tuple[str, str]:
    """Return the type and the message of the error: the last that is named, which is the root cause or the last raised."""
    found = ("", "")
    for line in lines:
        text = line.strip()
        if line[:1] in {" ", "\t"} and not text.startswith("Caused by:"):
            continue
        for start in ("Caused by: ", "panic: "):
            text = text.removeprefix(start)
        if text.startswith("Exception in thread "):
            text = text.rpartition('" ')[2]
        name, _, message = text.partition(":")
        if line.startswith("panic: "):
            name, message = "panic", text
        if ends(name):
            found = (name.strip(), message.strip())
    return found
