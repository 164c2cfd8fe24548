"""The classic grammar: splits on commas, then takes almost anything as a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from tocsin.domain.alerts.matchers.matcher import ANY_SPACE, Matcher, MatcherError, Operator, made

_SPACE: Final = "\t\n\f\r "
_FIRST: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:")
_NEXT: Final = _FIRST | frozenset("0123456789-")
_OPERATORS: Final = ("=~", "!~", "!=", "=")
_ESCAPED: Final = {"n": "\n", '"': '"', "\\": "\\"}
_MEND: Final = 'Write it like severity="critical".'


def parse_classic(text: str) -> tuple[Matcher, ...]:
    """Return the matchers in the text; each brace and a last comma may be there or not.

    Raises:
        MatcherError: a part is no matcher.
    """
    start = 1 if text.startswith("{") else 0
    inner = text[start:].removesuffix("}")
    return tuple(_one(part, start + at) for at, part in _parts(inner))


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """Split at commas outside of quotes, with the offset of each part; an empty last one is none.

    As in Alertmanager, a comma leaves a backslash before it in force, and only the last part loses every kind of space.
    """
    begun, quoted, escaped = 0, False, False
    for at, sign in enumerate(text):
        if sign == ",":
            if not quoted:
                yield begun, text[begun:at]
                begun = at + 1
            continue
        if sign == '"' and not escaped:
            quoted = not quoted
        escaped = sign == "\\" and not escaped
    last = text[begun:].lstrip(ANY_SPACE)
    if last:
        yield len(text) - len(last), last.rstrip(ANY_SPACE)


def _one(part: str, offset: int) -> Matcher:
    """Return the matcher in `part`, which begins after `offset` characters of the whole text."""
    at = len(part) - len(part.lstrip(_SPACE))
    end = at
    while end < len(part) and part[end] in (_NEXT if end > at else _FIRST):
        end += 1
    if end == at:
        raise MatcherError("a label's name is expected", position=offset + at + 1, mend=_MEND)
    name, rest = part[at:end], part[end:].lstrip(_SPACE)
    operator = next((sign for sign in _OPERATORS if rest.startswith(sign)), "")
    if not operator:
        where = offset + len(part) - len(rest) + 1
        raise MatcherError(f"=, !=, =~ or !~ is expected after {name}", position=where, mend=_MEND)
    raw = rest[len(operator) :].lstrip(_SPACE)
    value_at = offset + len(part) - len(raw) + 1
    return made(name, cast("Operator", operator), _value(raw.rstrip(_SPACE), value_at), position=value_at)


def _value(raw: str, position: int) -> str:
    """Take off the quotes around a value and the backslashes in it; a backslash before anything else stays one."""
    opened = raw.startswith('"')
    body = raw[1:] if opened else raw
    told: list[str] = []
    at = 0
    while at < len(body):
        sign, follower = body[at], body[at + 1 : at + 2]
        if sign == '"':
            if opened and not follower:
                return "".join(told)
            raise _bare_quote(position + at + opened)
        if sign == "\\" and follower:
            told.append(_ESCAPED.get(follower, sign + follower))
            at += 2
            continue
        told.append(sign)
        at += 1
    if opened:
        raise _bare_quote(position)
    return "".join(told)


def _bare_quote(position: int) -> MatcherError:
    mend = 'Put the whole value in double quotes, and write \\" for a quote inside.'
    return MatcherError("a double quote without its partner stands", position=position, mend=mend)
