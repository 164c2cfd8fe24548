"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table; a bar inside a cell is escaped."""
    lines = [list(heads), *(list(row) for row in rows)]
    cells = [" | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in line) for line in lines]
    cells.insert(1, " | ".join("---" for _ in lines[0]))
    return "\n".join(f"| {line} |" for line in cells)
