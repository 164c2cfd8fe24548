"""Headers by how lines begin: lines of new shapes mostly begin like lines before them, and then need no reading."""

from __future__ import annotations

from typing import NamedTuple

from tocsin.domain.diagnosis.logs.clock import Clock
from tocsin.domain.diagnosis.logs.headers import Header, header_of
from tocsin.domain.diagnosis.logs.words import Words, masked_line, unquoted, unquoted_single

MOST_HEADS = 20_000
MOST_DEPTHS = 8
LOOKS_AHEAD = 3  # words beyond itself that a header may depend on: a level after the next word, and a dash between


class Head(NamedTuple):
    """A header, how many words of its line it takes, and what stands after it."""

    header: Header
    skipped: int
    words: tuple[str, ...]


class Heads:
    """Reads headers, and remembers them by the masked words that decided them."""

    def __init__(self, clock: Clock, words: Words) -> None:
        self._clock = clock
        self._words = words
        self._known: dict[tuple[object, ...], tuple[Header, int]] = {}
        self._depths: list[int] = []

    def of(self, line: str, key: tuple[str, ...]) -> Head:
        """Return the head of a line whose masked words are `key`."""
        for depth in self._depths:
            known = self._known.get(key[:depth])
            if known is not None and depth - known[1] == LOOKS_AHEAD:
                header, skipped = known
                message = len(line) - len(line.split(None, skipped)[-1])
                whole = Header(stamp=header.stamp, source=header.source, message=message)
                return Head(whole, skipped, key[skipped:])
        header = header_of(line, self._clock)
        before = line[: header.message]
        head = Head(
            header,
            len(unquoted_single(unquoted(before)).split()),
            masked_line(line[header.message :], self._words),
        )
        self._keep(head, before, key)
        return head

    def _keep(self, head: Head, before: str, key: tuple[str, ...]) -> None:
        """Remember a head that ends between two words and whose time stands at the very beginning, if anywhere."""
        header, skipped, words = head
        depth = skipped + LOOKS_AHEAD
        plain = '"' not in before and "'" not in before and key[skipped:] == words and len(key) >= depth
        if not plain or (header.stamp is not None and header.stamp.start):
            return
        if depth not in self._depths:
            if len(self._depths) >= MOST_DEPTHS:
                return
            self._depths.append(depth)
        if len(self._known) >= MOST_HEADS:
            self._known.clear()
        self._known[key[:depth]] = (header, skipped)
