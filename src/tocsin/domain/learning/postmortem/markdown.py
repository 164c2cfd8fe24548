"""Markdown that people's words cannot break: what they wrote in one field stays in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

# Our own constant patterns over text: none nests a repetition, so all are linear.
_ENTITY: Final = re.compile(r"&(?=#?\w+;)")
_EDGE_UNDERSCORE: Final = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_CLOSING_TILDE: Final = re.compile(r"(?<=\S)~")
_LINE_START: Final = re.compile(r"^(?:[-+=#>]|\d{1,9}[.)](?=\s|$))")
_MARKER: Final = re.compile(r"<!--(?=\s*tocsin:)", re.IGNORECASE)
_HTML_START: Final = re.compile(r"^ {0,3}<(?:script|pre|style|textarea|[!?])", re.IGNORECASE)
_CODE_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPECIAL: Final = str.maketrans({c: f"\\{c}" for c in "\\`*[]|"} | {"<": "&lt;"})


def inline(text: str) -> str:
    """Return `text` as one line that reads as it was written, whatever characters are in it."""
    line = _ENTITY.sub("&amp;", " ".join(_CONTROL.sub(" ", text).split()))
    line = _CLOSING_TILDE.sub(r"\~", _EDGE_UNDERSCORE.sub(r"\_", line.translate(_SPECIAL)))
    return _LINE_START.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", line)


def block(text: str) -> str:
    """Return Markdown a person wrote, so that it ends where it ends: no open code, no open HTML, no marker of ours."""
    lines: list[str] = []
    open_fence = ""
    for raw in _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n").split("\n"):
        line = _MARKER.sub("&lt;!--", raw)
        fence = _CODE_FENCE.match(line)
        if open_fence:
            closes = fence and fence[1].startswith(open_fence) and not fence[2].strip()
            open_fence = "" if closes else open_fence
        elif fence and not (fence[1][0] == "`" and "`" in fence[2]):
            open_fence = fence[1]
        elif _HTML_START.match(line) and not ("<!--" in line and line.rstrip().endswith("-->")):
            line = line.replace("<", "&lt;", 1)
        lines.append(line)
    return "\n".join([*lines, open_fence] if open_fence else lines)


def code(text: str) -> str:
    """Return `text` as a code block with a fence longer than any in it."""
    clean = _MARKER.sub("<! --", _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")))
    longest = max((len(run) for run in re.findall(r"`+", clean)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{clean}\n{fence}"


def link(text: str, url: str) -> str:
    """Return a link to a web address or a path of ours; anything else is shown, not linked."""
    if not url.startswith(("https://", "http://", "/")):
        return f"{inline(text)}: {inline(url)}" if url else inline(text)
    target = "".join(f"%{ord(c):02X}" if c in "<>()\\|`" or c <= " " else c for c in url)
    return f"[{inline(text)}]({target})"


def bullets(items: Iterable[str]) -> str:
    """Return a list of lines that are already safe."""
    return "\n".join(f"- {item}" for item in items)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are already safe."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell or " " for cell in line) + " |" for line in lines)


def paragraphs(*parts: str) -> str:
    """Return the parts that say something, with a blank line between."""
    return "\n\n".join(part for part in parts if part)
