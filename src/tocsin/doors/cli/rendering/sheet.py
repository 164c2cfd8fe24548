"""Lines of text with styles, aligned where they are columns; whatever came from outside is cleaned of control characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.text import Text

from tocsin.doors.cli.terminal import clean

Part = str | tuple[str, str]  # a text, or a text and its style
GAP = "  "


@dataclass(slots=True)
class Sheet:
    """Grows line by line."""

    lines: list[Text] = field(default_factory=list)

    def add(self, *parts: Part, indent: int = 0) -> None:
        """Add one line; a text with line breaks becomes as many lines, indented alike."""
        whole = Text(" " * indent)
        for part in parts:
            text, style = part if isinstance(part, tuple) else (part, "")
            whole.append(clean(text), style=style)
        first, *rest = whole.split("\n", allow_blank=True) or [Text()]
        self.lines.append(first)
        self.lines += [Text(" " * indent) + line for line in rest]

    def head(self, title: str, *more: Part) -> None:
        """Add a heading after an empty line."""
        if self.lines:
            self.lines.append(Text())
        self.add((title, "bold"), *more)

    def field(self, name: str, *parts: Part) -> None:
        """Add `Name: value`, unless the value is empty."""
        if any((part if isinstance(part, str) else part[0]) for part in parts):
            self.add((f"{name + ':':<12} ", "dim"), *parts)

    def table(self, rows: Sequence[Sequence[Part]], *, indent: int = 0, heads: Sequence[str] = ()) -> None:
        """Add rows whose columns line up; the last column is as long as it is."""
        if not rows:
            return
        whole = [*([[(head, "dim") for head in heads]] if heads else []), *rows]
        widths = [max(cell_len(clean(_text(row[i]))) for row in whole) for i in range(len(whole[0]))]
        for row in whole:
            parts: list[Part] = []
            for i, part in enumerate(row):
                last = i == len(row) - 1
                pad = "" if last else " " * (widths[i] - cell_len(clean(_text(part)))) + GAP
                parts += [part, pad]
            self.add(*parts, indent=indent)


def _text(part: Part) -> str:
    return part if isinstance(part, str) else part[0]
