"""Markdown as HTML that cannot do anything: no raw HTML in, only plain markup out, headings below the page's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

_BEGIN: Final = "<!-- tocsin:begin "
_END: Final = "<!-- tocsin:end "
_STILL_OPEN: Final = "**Still open**"
_PAGE_LEVEL: Final = 2
_LOWEST: Final = 6
TAGS: Final = frozenset(
    {"p", "br", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "a"}
    | {"h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One section of the post-mortem: its text without the open questions, and the whole as HTML."""

    key: str
    title: str
    text: str
    html: Markup
    open_questions: bool


def to_html(text: str) -> Markup:
    """Return Markdown as safe HTML."""
    html = nh3.clean(
        _markdown().render(text),
        tags=set(TAGS),
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
    )
    return Markup(html)  # noqa: S704 (just cleaned)


def parts(document: str) -> list[Part]:
    """Return the fenced sections of a post-mortem in its order."""
    found: list[Part] = []
    title, key, lines = "", "", list[str]()
    for line in document.splitlines():
        if key and line.startswith(f"{_END}{key} "):
            found.append(_part(key, title, "\n".join(lines).strip()))
            key = ""
        elif key:
            lines.append(line)
        elif line.startswith(_BEGIN):
            key, lines = line.removeprefix(_BEGIN).partition(" ")[0], []
        elif line.startswith("## "):
            title = line[3:].strip()
    return found


def _part(key: str, title: str, text: str) -> Part:
    own, asks, _ = text.partition(_STILL_OPEN)
    return Part(key=key, title=title or key, text=own.strip(), html=to_html(text), open_questions=bool(asks))


def _markdown() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").enable("strikethrough")
    reader.core.ruler.push("headings", _headings)
    reader.core.ruler.push("table_heads", _table_heads)
    return reader


def _headings(state: StateCore) -> None:
    """Put headings below the page's own and leave no level out, for who walks a page by its headings."""
    level = _PAGE_LEVEL
    for token in state.tokens:
        if token.type == "heading_open":
            level = min(_PAGE_LEVEL + int(token.tag[1]), level + 1, _LOWEST)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{level}"


def _table_heads(state: StateCore) -> None:
    """Leave out the head of a table that has no words in it."""
    kept: list[Token] = []
    begin = 0
    for token in state.tokens:
        kept.append(token)
        if token.type == "thead_open":
            begin = len(kept) - 1
        elif token.type == "thead_close" and not any(t.content.strip() for t in kept[begin:] if t.type == "inline"):
            del kept[begin:]
    state.tokens = kept
