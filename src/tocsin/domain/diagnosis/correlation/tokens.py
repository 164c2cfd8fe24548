"""Words of code and of log lines, cut alike so that they can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import re2

_IDENTIFIER = re2.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PART = re2.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_JOINT = re2.compile(r"([a-z0-9])([A-Z])")
_VARYING = re2.compile(r"0x[0-9a-fA-F]+|[0-9a-fA-F]{12,}|[0-9]+(?:\.[0-9]+)?")
_SHORTEST = 3
_PHRASE = 9
# Words of programs and of logs that tell one change from another no better than "the" does.
_COMMON: Final = frozenset(
    [
        "and",
        "any",
        "are",
        "bool",
        "but",
        "call",
        "case",
        "class",
        "code",
        "const",
        "context",
        "count",
        "ctx",
        "def",
        "default",
        "desc",
        "else",
        "end",
        "err",
        "error",
        "errors",
        "exception",
        "export",
        "fail",
        "failed",
        "failure",
        "false",
        "final",
        "for",
        "from",
        "fmt",
        "func",
        "function",
        "get",
        "has",
        "html",
        "http",
        "https",
        "id",
        "import",
        "int",
        "interface",
        "into",
        "json",
        "let",
        "list",
        "log",
        "logger",
        "make",
        "map",
        "message",
        "method",
        "msg",
        "new",
        "nil",
        "none",
        "not",
        "null",
        "number",
        "object",
        "off",
        "one",
        "out",
        "per",
        "post",
        "print",
        "printf",
        "private",
        "public",
        "put",
        "ref",
        "request",
        "req",
        "res",
        "resp",
        "response",
        "result",
        "return",
        "self",
        "set",
        "status",
        "str",
        "string",
        "struct",
        "sum",
        "test",
        "text",
        "that",
        "the",
        "this",
        "throw",
        "time",
        "true",
        "try",
        "type",
        "use",
        "user",
        "val",
        "value",
        "values",
        "var",
        "void",
        "was",
        "when",
        "while",
        "with",
        "internal",
        "service",
        "services",
        "src",
        "pkg",
        "svc",
        "lib",
        "app",
        "api",
        "main",
    ]
)


def words(text: str) -> frozenset[str]:
    """Return the parts of every identifier in `text`, lower case, without a plural's ending and common words."""
    parts = {part.lower() for part in _PART.findall(text)} - _COMMON
    return frozenset(_singular(part) for part in parts if len(part) >= _SHORTEST and not part.isdigit()) - _COMMON


def spaced(text: str) -> str:
    """Return `text` as it is and once more with the words of its names apart: `sessionTTL` also says `session TTL`."""
    apart = str(_JOINT.sub(r"\1 \2", text)).replace("_", " ")
    return text if apart == text else f"{text}\n{apart}"


def identifiers(text: str) -> frozenset[str]:
    """Return whole identifiers that are made of several words, lower case without separators, so that spellings meet."""
    found = (name for name in _IDENTIFIER.findall(text) if "_" in name.strip("_") or _camel(name))
    return frozenset(name.replace("_", "").lower() for name in found if len(name) > _SHORTEST)


def phrases(text: str) -> frozenset[str]:
    """Return whole identifiers of several words as people write them: `paid_currency` as "paid currency"."""
    found = (name for name in _IDENTIFIER.findall(text) if "_" in name.strip("_") or _camel(name))
    parted = (" ".join(_PART.findall(name)).lower() for name in found)
    return frozenset(one for one in parted if len(one) >= _PHRASE and " " in one)


def masked(text: str) -> str:
    """Return `text` with what varies from line to line taken out."""
    return str(_VARYING.sub("#", text)).strip()


def spoken(names: Iterable[str]) -> frozenset[str]:
    """Return the words of names such as services and files."""
    return frozenset(word for name in names for word in words(name))


def _camel(name: str) -> bool:
    return any(one.islower() and other.isupper() for one, other in pairwise(name))


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > _SHORTEST else word
