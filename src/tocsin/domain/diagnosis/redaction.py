"""Keeping secrets and people's data out of facts. Every pattern here is ours and runs in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, unquote, unquote_plus, urlsplit, urlunsplit

HIDDEN = "***"
EXCERPT = 400

_CREDENTIALS = re.compile(r"(?<=://)[^\s/@:]*:[^\s/]*@(?=[^\s@])")
_ASSIGNED = re.compile(
    r"(?i)\b(password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|authorization)(\"?\s*[=:]\s*)"
    r"(\"[^\"]*\"|'[^']*'|(?:bearer\s+|basic\s+)?[^\s,;&\"']+)"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}")
_KEYWORD = re.compile(r"(?i)\bpassword\s*=\s*('(?:[^'\\]|\\.)*'|\S+)")
_COMMENT = re.compile(r"/\*(.*?)\*/", re.DOTALL)
_TOKEN = re.compile(
    r"""(?P<gone>/\*.*?(?:\*/|\Z) | --[^\n]*)
      | (?P<literal>\b[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)
          | (?:\b[bBxXuU]&?)?'(?:[^']|'')*(?:'|\Z)
          | \$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$|\Z)
          | (?<![\w$.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)
      | (?P<kept>"(?:[^"]|"")*(?:"|\Z))""",
    re.DOTALL | re.VERBOSE,
)
_PAIR = re.compile(r"(\w+)\s*=\s*'([^']*)'")
_SPACE = re.compile(r"\s+")
_SAFE_TAGS = frozenset(
    {
        "route",
        "controller",
        "action",
        "framework",
        "application",
        "app",
        "version",
        "release",
        "service",
        "file",
        "method",
    }
)


def redact(text: str, secrets: Iterable[str] = (), *, limit: int = EXCERPT) -> str:
    """Return at most `limit` characters of `text` without credentials: known `secrets` first, then what looks like one."""
    for secret in sorted({one for one in secrets if one}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _CREDENTIALS.sub(f"{HIDDEN}@", text)
    text = _ASSIGNED.sub(_hide_value, text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _hide_value(found: re.Match[str]) -> str:
    """Hide the value but keep its quotes, so that JSON stays JSON."""
    quote = found[3][0] if found[3][0] in "\"'" else ""
    return f"{found[1]}{found[2]}{quote}{HIDDEN}{quote}"


def redact_url(url: str) -> str:
    """Return a URL without user, password, query and fragment, any of which may be a credential."""
    parts = urlsplit(url)
    return urlunsplit(SplitResult(parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def redact_sql(query: str, *, limit: int = EXCERPT) -> str:
    """Return one line of SQL with comments dropped and every literal replaced by `?`."""
    text = _TOKEN.sub(lambda token: token["kept"] or ("?" if token["literal"] else " "), query)
    text = _SPACE.sub(" ", text).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def sql_tags(query: str) -> Mapping[str, str]:
    """Return the sqlcommenter pairs in a statement that name code, never those that may carry data."""
    pairs = (pair for comment in _COMMENT.findall(query) for pair in _PAIR.findall(comment))
    return {key.lower(): unquote_plus(value)[:200] for key, value in pairs if key.lower() in _SAFE_TAGS}


def secrets_in(options: Mapping[str, object]) -> tuple[str, ...]:
    """Return the passwords hidden in a target's options, as they may appear in an error text."""
    found: list[str] = []
    for key, value in options.items():
        if isinstance(value, Mapping):
            found += [str(one) for one in value.values()] if key == "headers" else list(secrets_in(value))
        elif isinstance(value, str):
            found += _secrets_of(key, value)
    return tuple(one for one in found if one)


def _secrets_of(key: str, value: str) -> list[str]:
    if key in {"password", "token", "secret"}:
        return [value]
    found = [match.strip("'") for match in _KEYWORD.findall(value)]
    try:
        password = urlsplit(value).password if "://" in value else None
    except ValueError:
        password = None
    return found + ([password, unquote(password)] if password else [])
