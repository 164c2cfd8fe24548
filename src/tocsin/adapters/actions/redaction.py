"""What actions show of the outside world, without the secrets and the personal data in it."""

from __future__ import annotations

from collections.abc import Iterable

import re2

HIDDEN = "[hidden]"
SHORTEST_SECRET = 4

_URL_PASSWORD = re2.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@]*:)[^\s/]+(@)")
_ASSIGNED = re2.compile(
    r"""(?i)((?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&"']+)"""
)
_BEARER = re2.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_ANSI = re2.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-_]")
# The first alternative that fits wins, so that a quote inside a comment or the other way round is read as SQL does.
_SQL = re2.compile(
    r"(?is)"
    r"--[^\n]*|/\*.*?(?:\*/|$)"  # comments
    r"|\"(?:[^\"]|\"\")*(?:\"|$)"  # quoted names, kept
    r"|\b[eE]'(?:[^'\\]|\\.|'')*(?:'|$)"
    r"|(?:\b[bnxu]&?)?'(?:[^']|'')*(?:'|$)"
    r"|\$[a-z_]*\$.*"  # dollar quotes: nothing after one is shown
    r"|\$[0-9]+|[a-z_][a-z0-9_$]*"  # parameters and names, kept
    r"|[0-9][0-9a-z_.]*"
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with `secrets`, passwords in URLs, assigned secrets and authorization values hidden."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    text = _URL_PASSWORD.sub(rf"\1{HIDDEN}\2", text)
    text = _ASSIGNED.sub(rf"\1{HIDDEN}", text)
    return str(_BEARER.sub(rf"\1 {HIDDEN}", text))


def redact_sql(query: str, *, limit: int = 160) -> str:
    """Return the shape of a query on one line: names stay, literals become `?`, comments go, cut at `limit`."""
    parts: list[str] = []
    at = 0
    for found in _SQL.finditer(query):
        parts.append(query[at : found.start()])
        parts.append(_sql_token(found.group()))
        at = found.end()
    parts.append(query[at:])
    shape = " ".join("".join(parts).split())
    return shape if len(shape) <= limit else shape[: limit - 1] + "…"


def printable(text: str) -> str:
    """Return `text` without colour codes and control characters (line ends stay)."""
    bare = str(_ANSI.sub("", text)).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in bare if char in "\n\t" or char.isprintable())


def _sql_token(token: str) -> str:
    if token.startswith(("--", "/*")):
        return " "
    if token[0] == '"' or (token[0] == "$" and token[1:].isdecimal()):
        return token
    if "'" in token or token[0].isdigit() or token[0] == "$":
        return "?"
    return token
