"""Keeping people's data and a target's own secrets out of facts. Every pattern here is ours and runs in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote, unquote_plus, urlsplit

HIDDEN = "***"
EXCERPT = 400

_KEYWORD = re.compile(r"(?i)\bpassword\s*=\s*('(?:[^'\\]|\\.)*'|\S+)")
_COMMENT = re.compile(r"/\*(.*?)\*/", re.DOTALL)
_TOKEN = re.compile(
    r"""(?P<gone>/\*.*?(?:\*/|\Z) | --[^\n]*)
      | (?P<literal>\b[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)
          | (?:\b[bBxXuU]&?)?'(?:[^']|'')*(?:'|\Z)
          | \$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$|\Z)
          | (?<![\w$.])\d[\w.]*(?:(?<=[eE])[+-]\d+)?)
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


def without(text: str, secrets: Iterable[str]) -> str:
    """Return `text` with every one of the known `secrets` hidden, the longest first."""
    for secret in sorted({one for one in secrets if one}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def excerpt(text: str, limit: int = EXCERPT) -> str:
    """Return at most `limit` characters of `text`."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def redact_sql(query: str, *, limit: int = EXCERPT) -> str:
    """Return one line of SQL with comments dropped and every literal replaced by `?`."""
    text = _TOKEN.sub(lambda token: token["kept"] or ("?" if token["literal"] else " "), query)
    text = _SPACE.sub(" ", text).strip()
    return excerpt(text, limit)


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
