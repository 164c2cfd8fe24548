"""What stands before the message of a plain line: time, level, who wrote it. Read once for each shape of line."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.domain.diagnosis.logs.clock import Clock, Stamp
from tocsin.domain.diagnosis.logs.levels import level_of
from tocsin.domain.diagnosis.logs.template import Source

_MOST_PARTS = 8
_BRACKETS = "[](){}<>:,|"
_THREADS = ("thread", "main", "exec", "pool", "worker", "dispatcher", "task", "loop", "nio")
_SEPARATORS = frozenset({"-", "--", "---", "|", ":", "*", "#"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Where the time stands (None: nowhere), who wrote the line, and where its message begins."""

    stamp: Stamp | None
    source: Source
    message: int


class _Parts:
    """What has been read of a header so far."""

    def __init__(self, line: str, at: int, service: str, *, syslog: bool) -> None:
        self.line = line
        self.at = at
        self.service = service
        self.level = ""
        self.logger = ""
        self.host = not syslog

    def next(self) -> str:
        while self.at < len(self.line) and self.line[self.at] in " \t":
            self.at += 1
        end = self.at
        if self.line[self.at : self.at + 1] == "[":
            closing = self.line.find("]", self.at)
            end = closing if 0 < closing < self.at + 60 else end  # a bracket that is not closed soon is text
        while end < len(self.line) and self.line[end] not in " \t":
            end += 1
        return self.line[self.at : end]


def header_of(line: str, clock: Clock) -> Header:
    """Return the header of a line that is not structured."""
    stamp = clock.find(line)
    service, begin = _prefix(line, stamp)
    if stamp is None:
        parts = _Parts(line, begin, service, syslog=False)
        first = parts.next()
        name, colon, rest = first.partition(":")
        if colon and name.isupper() and level_of(name) and ":" in rest:
            logger = rest.partition(":")[0]
            at = line.find(":", line.find(":", begin) + 1) + 1
            return Header(stamp=None, source=Source(service, level_of(name), logger), message=at)
        level = level_of(first.strip(_BRACKETS)) if first.isupper() or first[-1:] in {":", "]"} else ""
        if not level:
            return Header(stamp=None, source=Source(service=service), message=begin)
        parts.level = level
        parts.at += len(first)
    else:
        parts = _Parts(line, _after(line, stamp), service, syslog=stamp.kind == "syslog" and line[:1] != "[")
        if stamp.kind == "klog":
            parts.level = level_of({"i": "info", "w": "warn", "e": "error", "f": "fatal"}.get(line[:1].lower(), ""))
            parts.at = _after_number(line, parts.at)
    for _ in range(_MOST_PARTS):
        if not _take(parts, parts.next()):
            break
    source = Source(service=parts.service, level=parts.level, logger=parts.logger)
    return Header(stamp=stamp, source=source, message=parts.at)


def _take(parts: _Parts, word: str) -> bool:
    """Take one word into the header; False where the message has begun."""
    if not word:
        return False
    body = word.strip(_BRACKETS)
    taken = True
    if not parts.host and not word.endswith(":"):
        parts.host = True
    elif word in _SEPARATORS or not body or (body.isdigit() and not parts.logger):
        pass
    elif not parts.level and level_of(body) and (body.isupper() or word != body):
        parts.level = level_of(body)
    elif word[0] == "[" and word.endswith(("]", "]:")):
        taken = _bracketed(parts, body)
    elif word.endswith(":") and _is_label(body):
        _label(parts, body)
        parts.at += len(word)
        return False
    elif "." in body and parts.level and not parts.logger and _is_dotted(body):
        parts.logger = body
    elif not parts.level and not parts.logger and _level_follows(parts, word):
        parts.logger = body if _is_dotted(body) else ""
    else:
        return False
    if taken:
        parts.at += len(word)
    return taken


def _level_follows(parts: _Parts, word: str) -> bool:
    """Whether a level comes right after `word`, as in `shop.orders - ERROR - text`."""
    after = parts.line[parts.at + len(word) :].split(None, 2)[:2]
    first = after[1] if after[:1] == ["-"] and len(after) > 1 else "".join(after[:1])
    body = first.strip(_BRACKETS)
    return body.isupper() and bool(level_of(body))


def _bracketed(parts: _Parts, body: str) -> bool:
    lower = body.lower()
    if any(letter.isdigit() for letter in body) or " " in body or any(one in lower for one in _THREADS):
        return True
    if not parts.service:
        parts.service = body
    elif not parts.logger:
        parts.logger = body
    else:
        return False
    return True


def _label(parts: _Parts, body: str) -> None:
    name = body.partition("[")[0].partition("(")[0]
    if not parts.service and not parts.level:
        parts.service = name
    elif not parts.logger:
        parts.logger = body.partition(":")[0] if ":" in body else name


def _is_label(body: str) -> bool:
    name = body.partition("[")[0].partition("(")[0].partition(":")[0]
    return (
        bool(name)
        and name[0].isalpha()
        and name.replace("-", "").replace("_", "").replace(".", "").replace("/", "").replace("$", "").isalpha()
    )


def _is_dotted(body: str) -> bool:
    return body[0].isalpha() and body[-1] != "." and body.replace(".", "").replace("_", "").replace("$", "").isalnum()


def _prefix(line: str, stamp: Stamp | None) -> tuple[str, int]:
    """Return the container that a collector wrote before the line (`web-1  | ...`, `[pod/web-0/app] ...`)."""
    if line.startswith("[pod/"):
        inside, _, _ = line[1:].partition("]")
        return inside.rpartition("/")[2], len(inside) + 2
    bar = line.find("|", 0, 48)
    if bar > 0:
        name = line[:bar].strip()
        if name and " " not in name and (stamp is None or bar < stamp.start):
            return name.rstrip("0123456789").rstrip("-_") or name, bar + 1
    return "", 0


def _after_number(line: str, at: int) -> int:
    """Return where the word after a number begins: klog writes the thread's before the place in the code."""
    while at < len(line) and (line[at].isdigit() or line[at] == " "):
        at += 1
    return at


def _after(line: str, stamp: Stamp) -> int:
    at = stamp.after
    while at < len(line) and line[at] in "]) \t|,":
        at += 1
    return at
