"""The UTF-8 grammar: any label name, quoted where it holds spaces or signs of the grammar; values with Go's escapes."""

from __future__ import annotations

from typing import Final, cast

from tocsin.domain.alerts.matchers.matcher import ANY_SPACE, Matcher, MatcherError, Operator, made

_SPACE: Final = frozenset(ANY_SPACE)
_RESERVED: Final = _SPACE | frozenset("{}!=~,\\\"'`")
_OPERATORS: Final = ("=~", "!~", "!=", "=")
_SIMPLE: Final = {
    "a": b"\a", "b": b"\b", "f": b"\f", "n": b"\n", "r": b"\r", "t": b"\t", "v": b"\v", "\\": b"\\", '"': b'"',
}  # fmt: skip
_DIGITS: Final = {"x": 2, "u": 4, "U": 8}
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_OCTAL: Final = frozenset("01234567")
_OCTAL_LENGTH: Final = 3
_MEND: Final = 'Write it like severity="critical".'


def parse_utf8(text: str) -> tuple[Matcher, ...]:
    """Return the matchers in the text; braces stand on both sides or on neither, and a last comma may stand.

    Raises:
        MatcherError: the text is not of this grammar.
    """
    return _Reader(text).matchers()


class _Reader:
    """Reads the text from left to right; `at` is where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def matchers(self) -> tuple[Matcher, ...]:
        braced = self._takes("{")
        found: list[Matcher] = []
        while not self._ends(braced=braced):
            found.append(self._matcher())
            if not self._takes(","):
                break
        if braced and not self._takes("}"):
            raise self._unexpected("a comma or the closing brace is expected")
        self._skip()
        if self.at < len(self.text):
            raise self._unexpected("the end is expected" if braced else "a comma or the end is expected")
        return tuple(found)

    def _matcher(self) -> Matcher:
        name = self._word("a label's name is expected")
        self._skip()
        operator = next((sign for sign in _OPERATORS if self.text.startswith(sign, self.at)), "")
        if not operator:
            raise self._unexpected("=, !=, =~ or !~ is expected")
        self.at += len(operator)
        self._skip()
        position = self.at + 1
        return made(name, cast("Operator", operator), self._word("a value is expected"), position=position)

    def _word(self, expected: str) -> str:
        self._skip()
        if self.text.startswith('"', self.at):
            return self._quoted()
        begun = self.at
        while self.at < len(self.text) and self.text[self.at] not in _RESERVED:
            self.at += 1
        if self.at == begun:
            raise self._unexpected(expected)
        return self.text[begun : self.at]

    def _quoted(self) -> str:
        opened = self.at
        self.at += 1
        told = bytearray()
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign == '"':
                self.at += 1
                return self._decoded(bytes(told), opened)
            if sign == "\n":
                raise MatcherError(
                    "the line ends inside quotes", position=self.at + 1, mend="Write \\n for a new line."
                )
            told += self._escape() if sign == "\\" else self._plain(sign)
        raise MatcherError("the quotes are never closed", position=opened + 1, mend='Add a closing ".')

    def _plain(self, sign: str) -> bytes:
        self.at += 1
        return sign.encode(errors="surrogatepass")

    def _escape(self) -> bytes:
        kind = self.text[self.at + 1 : self.at + 2]
        if kind in _SIMPLE:
            self.at += 2
            return _SIMPLE[kind]
        octal = kind in _OCTAL and kind != ""
        begun = self.at + (1 if octal else 2)
        digits = self.text[begun : begun + (_OCTAL_LENGTH if octal else _DIGITS.get(kind, 0))]
        enough = len(digits) == (_OCTAL_LENGTH if octal else _DIGITS.get(kind, -1))
        if not enough or not set(digits) <= (_OCTAL if octal else _HEX):
            raise MatcherError(f"\\{kind} is no escape", position=self.at + 1, mend="Write \\\\ for a backslash.")
        code = int(digits, 8 if octal else 16)
        try:
            told = bytes([code]) if octal or kind == "x" else chr(code).encode()
        except (ValueError, OverflowError) as error:  # above the last character, above a byte, half a pair
            raise MatcherError(f"\\{kind}{digits} is no character", position=self.at + 1) from error
        self.at = begun + len(digits)
        return told

    def _decoded(self, told: bytes, opened: int) -> str:
        try:
            return told.decode()
        except UnicodeDecodeError as error:
            raise MatcherError("the quoted text is not UTF-8", position=opened + 1) from error

    def _ends(self, *, braced: bool) -> bool:
        self._skip()
        return self.at >= len(self.text) or (braced and self.text[self.at] == "}")

    def _takes(self, sign: str) -> bool:
        self._skip()
        found = self.text.startswith(sign, self.at)
        self.at += len(sign) if found else 0
        return found

    def _skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _SPACE:
            self.at += 1

    def _unexpected(self, expected: str) -> MatcherError:
        found = repr(self.text[self.at]) if self.at < len(self.text) else "the end"
        return MatcherError(f"{expected}, and {found} stands", position=self.at + 1, mend=_MEND)
