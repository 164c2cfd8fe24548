"""One pasted text, and what every reader of one needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise, takewhile

import msgspec


@dataclass(frozen=True, kw_only=True)
class Paste:
    """A text with the name of where it came from; `clean` hides the secrets of what is kept of it."""

    name: str
    at: datetime
    text: str
    clean: Callable[[str], str]
    command: str = ""

    @cached_property
    def lines(self) -> list[str]:
        """The lines that are not empty."""
        return [line for line in self.text.splitlines() if line.strip()]

    @cached_property
    def document(self) -> object:
        """The text as JSON; None where it is none."""
        body = self.text.strip()
        if body[:1] not in {"{", "["}:
            return None
        try:
            found: object = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError):
            return None
        return found


def columns(lines: list[str], *needed: str) -> list[dict[str, str]]:
    """Return the rows of the first table whose header has the `needed` titles; its columns stand below its titles.

    Titles are at least two spaces apart, as kubectl and docker print them.
    """
    for number, line in enumerate(lines):
        if all(title in line for title in needed):
            starts = _starts(line)
            titles = tuple(line[a:b].strip() for a, b in starts)
            if not set(needed) <= set(titles):
                continue
            return _rows(lines[number + 1 :], titles, starts)
    return []


def _rows(lines: list[str], titles: tuple[str, ...], starts: list[tuple[int, int | None]]) -> list[dict[str, str]]:
    """Return the rows until the next table begins."""
    below = takewhile(lambda one: one.split()[0] != titles[0], lines)
    return [row for one in below if (row := _row(one, titles, starts)) is not None]


def _starts(header: str) -> list[tuple[int, int | None]]:
    padded = f"  {header}"
    places = [n for n, letter in enumerate(header) if letter != " " and padded[n : n + 2] == "  "]
    return [*pairwise(places), (places[-1], None)] if places else []


def _row(line: str, titles: tuple[str, ...], starts: list[tuple[int, int | None]]) -> dict[str, str] | None:
    cells = line.split()
    if len(cells) < len(titles) // 2:
        return None
    return {title: line[a:b].strip() for title, (a, b) in zip(titles, starts, strict=True)}


def items(value: object) -> list[Mapping[str, object]]:
    """Return the objects in a list, or the one that is given."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, dict)]


def inside(value: object, *path: str) -> object:
    """Return what stands at a path of keys, None where nothing does."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def text_at(value: object, *path: str) -> str:
    """Return the text at a path of keys, empty where there is none."""
    found = inside(value, *path)
    return found if isinstance(found, str) else ""


def number_at(value: object, *path: str) -> int | None:
    """Return the whole number at a path of keys, None where there is none."""
    found = inside(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
