"""One condition on one label; a label that is missing has the empty value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, Protocol

import re2

from tocsin.domain.errors import InvalidError

Operator = Literal["=", "!=", "=~", "!~"]

ANY_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What Go holds to be space; Python's own idea of it has four signs more."""
_SURROGATES: Final = frozenset(map(chr, range(0xD800, 0xE000)))
_QUIET: Final = re2.Options()
_QUIET.log_errors = False
_PLAIN_FIRST: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:")
_PLAIN: Final = _PLAIN_FIRST | frozenset("0123456789")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


class MatcherError(InvalidError):
    """A text is no matcher. `position` counts its characters from 1; 0 is the text as a whole."""

    def __init__(self, message: str, *, position: int = 0, mend: str = "") -> None:
        place = f" at character {position}" if position else ""
        super().__init__(f"{message}{place}", field="matchers", mend=mend)
        self.position = position


class _Pattern(Protocol):
    def search(self, text: str) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """A label's name, how its value is compared, and with what."""

    name: str
    operator: Operator
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether the labels meet the condition."""
        value = labels.get(self.name, "")
        match self.operator:
            case "=":
                return value == self.value
            case "!=":
                return value != self.value
            case "=~":
                return _found(self.value, value)
            case _:
                return not _found(self.value, value)

    def __str__(self) -> str:
        """Return the matcher as both grammars read it; a name only the UTF-8 one knows is quoted."""
        plain = self.name[:1] in _PLAIN_FIRST and set(self.name) <= _PLAIN
        return f"{self.name if plain else _quoted(self.name)}{self.operator}{_quoted(self.value)}"


def made(name: str, operator: Operator, value: str, *, position: int) -> Matcher:
    """Return the matcher; `position` is where its value stands in the text it came from.

    Raises:
        MatcherError: the name is empty, a text cannot be written as UTF-8, or the value is no regular expression.
    """
    if not name:
        raise MatcherError("a label's name is empty", position=position, mend="Name the label before the operator.")
    for text in (name, value):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise MatcherError(
                "half a character (a lone surrogate) stands in the matcher", position=position
            ) from error
    if operator in {"=~", "!~"}:
        try:
            compiled(value)
        except re2.error as error:
            reason = error.args[0].decode(errors="replace") if error.args else "unreadable"
            raise MatcherError(
                f"{value!r} is no regular expression: {reason}",
                position=position,
                mend="Mend it, by the syntax of RE2.",
            ) from error
    return Matcher(name=name, operator=operator, value=value)


def all_match(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Return whether the labels meet every condition; without any they do."""
    return all(matcher.matches(labels) for matcher in matchers)


def show_matchers(matchers: Iterable[Matcher]) -> str:
    """Return `{severity="critical", team="db"}`, which both grammars read back."""
    return "{" + ", ".join(str(matcher) for matcher in matchers) + "}"


@lru_cache(maxsize=4096)
def compiled(expression: str) -> _Pattern:
    """Return the expression, anchored at both ends as Alertmanager does it: `a)|(b` climbs out there too."""
    if _asks_for_bytes(expression):
        raise re2.error(b"\\C, a single byte, is not supported")
    pattern: _Pattern = re2.compile(f"^(?:{expression})$", _QUIET)
    return pattern


def _found(expression: str, value: str) -> bool:
    """Return whether the expression matches; half a character in a value is the sign for what cannot be read, as in Go."""
    pattern = compiled(expression)
    try:
        return pattern.search(value) is not None
    except UnicodeEncodeError:
        return pattern.search("".join("\ufffd" if sign in _SURROGATES else sign for sign in value)) is not None


def _asks_for_bytes(expression: str) -> bool:
    r"""Return whether `\C` stands in an expression, which RE2 takes and Go does not; in `\Q…\E` it is text."""
    at = expression.find("\\")
    while at >= 0:
        follower = expression[at + 1 : at + 2]
        if follower == "C":
            return True
        after = at + 2
        if follower == "Q":
            end = expression.find("\\E", after)
            after = end + 2 if end >= 0 else len(expression)
        at = expression.find("\\", after)
    return False


def _quoted(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'
