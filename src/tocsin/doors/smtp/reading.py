"""The text of a mail that a person wrote: its plain part, else its HTML as it reads on a screen, without what it quotes."""

from __future__ import annotations

from email.message import Message
from html.parser import HTMLParser
from typing import Final

import nh3

MOST_PARTS: Final = 50
MOST_HTML: Final = 32_768
"""So many characters of HTML are read; what somebody says first stands well before."""
MOST_TEXT: Final = 4096
_UNSEEN: Final = {"style", "script", "title", "template"}
_ALONE: Final = {"br", "hr"}
_LINES: Final = frozenset(
    {"p", "div", "li", "ul", "ol", "tr", "table", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "body"}
)
_QUOTED: Final = "blockquote"


def text_of(mail: Message) -> str:
    """Return what somebody wrote; '' when the mail holds no text."""
    parts = [part for _, part in zip(range(MOST_PARTS), mail.walk(), strict=False)]
    texts = [part for part in parts if part.get_content_disposition() != "attachment"]
    plain = next((_decoded(part) for part in texts if part.get_content_type() == "text/plain"), "")
    if plain.strip():
        return plain
    return next((_read(_decoded(part)) for part in texts if part.get_content_type() == "text/html"), "")


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:  # a character set that nobody knows
        return payload.decode("utf-8", "replace")


def _read(html: str) -> str:
    """Return the words; the HTML is put in order first, since a parser of the standard library gives up on some."""
    reader = _Reader()
    kept = {*_LINES, *_ALONE, _QUOTED}
    reader.feed(nh3.clean(html[:MOST_HTML], tags=kept, clean_content_tags=_UNSEEN, attributes={}))
    reader.close()
    return "".join(reader.said)


class _Reader(HTMLParser):
    """Collects text up to the first quotation, each block on a line of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._left = MOST_TEXT

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line; what follows a quotation's beginning is somebody else's."""
        del attrs
        if tag == _QUOTED:
            self._left = 0
        else:
            self._add("\n")

    def handle_endtag(self, tag: str) -> None:
        """End a line."""
        del tag
        self._add("\n")

    def handle_data(self, data: str) -> None:
        """Take text; white space within a line says nothing."""
        self._add(" ".join(data.split()) + " " if data.strip() else " ")

    def _add(self, text: str) -> None:
        self.said.append(text[: self._left])
        self._left -= len(self.said[-1])
