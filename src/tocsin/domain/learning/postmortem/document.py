"""A post-mortem as a document: fenced sections, so that what Tocsin writes can be renewed around what people write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tocsin.domain.learning.postmortem import front_matter
from tocsin.domain.learning.postmortem.front_matter import Value
from tocsin.domain.learning.postmortem.markdown import bullets, inline, paragraphs

_BEGIN: Final = re.compile(r"^<!-- tocsin:begin ([\w.-]+) -->\s*$")
_HEADING: Final = re.compile(r"^## ", re.MULTILINE)
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_NOT_A_KEY: Final = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section. `known` is whether the record (or a person) had something to say; `asks` is what is still open."""

    key: str
    title: str
    markdown: str
    known: bool
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmortem:
    """The draft: front matter, a title, sections in the pack's order."""

    title: str
    front_matter: Mapping[str, Value] = field(default_factory=dict)
    sections: tuple[Section, ...] = ()

    @property
    def asks(self) -> tuple[tuple[str, str], ...]:
        """Every open question with the key of its section."""
        return tuple((s.key, ask) for s in self.sections for ask in s.asks)

    def to_markdown(self) -> str:
        """Return the whole document: CommonMark with YAML front matter."""
        head = front_matter.emit(self.front_matter)
        return f"{head}\n# {inline(self.title)}\n\n" + "\n".join(_whole(s) for s in self.sections)


def merge(existing: str, draft: Postmortem) -> str:
    """Return `existing` with every generated block renewed and every other character kept.

    Sections that the document does not have are added after the section before them; blocks and front-matter keys that
    the draft does not know stay. Text between the markers is Tocsin's: write before or after them, or in Tocsin itself.
    """
    if not existing.strip():
        return draft.to_markdown()
    old, body = front_matter.split(existing)
    head = front_matter.emit(draft.front_matter) if old is None else front_matter.renew(old, draft.front_matter)
    return head + ("\n" if old is None else "") + _renewed(body, draft.sections)


@dataclass(slots=True)
class _Piece:
    """A stretch of the document: a fenced block when it has a key, people's text when not. The two take turns."""

    key: str
    text: str


def _renewed(body: str, sections: Sequence[Section]) -> str:
    pieces = list(_pieces(body))
    wanted = {fence_key(s.key): s for s in sections}
    found: set[str] = set()
    for piece in pieces:
        if piece.key in wanted and piece.key not in found:
            piece.text = _fenced(wanted[piece.key])
            found.add(piece.key)
    previous = ""
    for key, section in wanted.items():
        if key not in found:
            _insert(pieces, previous, _Piece(key=key, text=_whole(section)))
        previous = key
    return "".join(piece.text for piece in pieces)


def _insert(pieces: list[_Piece], after: str, section: _Piece) -> None:
    """Put a whole section behind the block called `after` (else at the end), before the heading of what follows."""
    at = next((n + 1 for n, p in enumerate(pieces) if after and p.key == after), len(pieces) - 1)
    text = pieces[at].text
    heading = _HEADING.search(text) if at < len(pieces) - 1 else None
    kept, rest = (text[: heading.start()], text[heading.start() :]) if heading else (text, "")
    gap = "" if kept.endswith("\n\n") or kept == "\n" else "\n" if kept.endswith("\n") or not kept else "\n\n"
    following = _Piece(key="", text=f"\n{rest}" if rest else "")
    pieces[at : at + 1] = [_Piece(key="", text=kept + gap), section, following]


def _pieces(body: str) -> Iterator[_Piece]:
    """Split a body at its fences; a fence that is never closed is people's text."""
    lines = _LINE.findall(body)
    text: list[str] = []
    number = 0
    while number < len(lines):
        begin = _BEGIN.match(lines[number])
        end = _end(lines, number, begin[1]) if begin else None
        if begin is None or end is None:
            text.append(lines[number])
            number += 1
            continue
        yield _Piece(key="", text="".join(text))
        yield _Piece(key=begin[1], text="".join(lines[number : end + 1]))
        text, number = [], end + 1
    yield _Piece(key="", text="".join(text))


def _end(lines: Sequence[str], begin: int, key: str) -> int | None:
    mark = f"<!-- tocsin:end {key} -->"
    return next((n for n in range(begin + 1, len(lines)) if lines[n].rstrip() == mark), None)


def fence_key(key: str) -> str:
    """Return a section's key as its markers spell it."""
    return _NOT_A_KEY.sub("-", key) or "section"


def _whole(section: Section) -> str:
    return f"## {inline(section.title)}\n\n{_fenced(section)}"


def _fenced(section: Section) -> str:
    key = fence_key(section.key)
    asks = f"**Still open**\n\n{bullets(inline(a) for a in section.asks)}" if section.asks else ""
    body = paragraphs(section.markdown, asks)
    return f"<!-- tocsin:begin {key} -->\n\n{body}\n\n<!-- tocsin:end {key} -->\n"
