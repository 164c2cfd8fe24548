"""Which lines are of one kind, where their words alone cannot tell: a place is open when many words have stood there.

Lines of one source and one length that differ in a single place are either several messages ("worker started", "worker
stopped") or one message with a word that varies ("loaded orders", "loaded carts", ...). Many different words in a place
speak for the second, and so does a place between the same neighbours that proved open in other messages.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.domain.diagnosis.logs.template import Source, Template
from tocsin.domain.diagnosis.logs.words import WILD

OPEN_AT = 5
TELLING_OPEN_AT = 8
MOST_TEMPLATES = 20_000
MOST_CONTEXTS = 200_000
TIDY_AT = 3_000
LONGEST = 64
_FEWEST_CLOSED = 2  # one word has to stay, or nothing says what the lines have in common
_FEWEST_WORDS = 2  # one word in a place says nothing
_EDGE = ""
# Words that a reader must not lose to a placeholder while only few others stand in their place.
_TELLING = frozenset(
    {
        *("abort", "aborted", "broken", "corrupt", "crash", "crashed", "critical", "deadlock"),
        *("denied", "disconnected", "down", "error", "exceeded", "exception", "exhausted", "expired"),
        *("fail", "failed", "failing", "failure", "fatal", "forbidden", "full", "invalid"),
        *("kill", "killed", "leak", "lost", "missing", "oom", "overflow", "panic"),
        *("refused", "reject", "rejected", "reset", "terminated", "timeout", "unauthorized", "unavailable"),
        *("unhealthy", "unreachable", "violation"),
    }
)

Key = tuple[Source, tuple[str, ...]]
Slot = tuple[str, str]


class Grouping:
    """Finds the template of words, learning which places are open as words come."""

    def __init__(self) -> None:
        self._known: dict[Key, Template] = {}
        self._contexts: dict[Key, list[Template]] = {}
        self._masks: dict[tuple[Source, int], list[tuple[int, ...]]] = {}
        self._proven: set[Slot] = set()
        self._beside: set[Slot] = set()  # the same, once all open places are open; two of these prove a pair
        self._tidy_at = TIDY_AT

    def find(self, source: Source, words: tuple[str, ...], *, line: int, at_s: float) -> Template:
        """Return the template of `words`, a new one if they are like nothing before."""
        words = words[:LONGEST]
        known = self._known.get((source, words)) or self._by_open_places(source, words)
        if known is not None:
            return known.root
        if len(self._known) >= self._tidy_at:
            self._tidy()
        if len(self._known) >= MOST_TEMPLATES:
            return self._overflow(source, words, line=line, at_s=at_s)
        new = Template(source, words, line=line, at_s=at_s)
        self._known[source, words] = new
        self._compare(new)
        return new.root

    def templates(self) -> list[Template]:
        """Return every template that is not part of another, in the order of their first lines."""
        roots = {id(one.root): one.root for one in self._known.values()}
        return sorted(roots.values(), key=lambda one: one.first_line)

    def settle(self) -> None:
        """Decide what streaming left open: rare words in a place that proved open elsewhere, or that never repeat."""
        for (source, words), met in list(self._contexts.items()):
            live = _live(met)
            whole = self._known.get((source, words))
            if not live or len(live) + (whole is not None) < _FEWEST_WORDS:
                continue
            place = next(n for n, word in enumerate(words) if word == WILD and live[0].words[n] != WILD)
            if whole is not None and whole.root.variety >= TELLING_OPEN_AT:
                self._merge((source, words), place, live)
                continue
            proven = _slot(words, place) in self._proven
            once = len(live) >= 3 and sum(one.count for one in live) <= len(live) + 1  # noqa: PLR2004 (three that never repeat)
            if (proven or once) and not any(_tells(one.words[place]) for one in live):
                self._merge((source, words), place, live)
        self._tidy()

    def _tidy(self) -> None:
        """Take in what came before its places were known to be open, and forget comparisons with what is gone."""
        groups: dict[Key, list[Template]] = {}
        for (source, words), one in list(self._known.items()):
            if one.merged_into is not None or source.kind == "trace":
                continue
            for places in self._masks.get((source, len(words)), ()):
                whole = self._known.get((source, _with_wild(words, places)))
                if whole is not None and whole.root is not one and self._may_hold(whole.root, words, places):
                    self._absorb(whole.root, one)
                    break
            else:
                places = self._proven_places(words)
                if places and not any(_tells(words[place]) for place in places):
                    groups.setdefault((source, _with_wild(words, places)), []).append(one)
        for (source, words), parts in groups.items():
            live = _live(parts)
            if len(live) + ((source, words) in self._known) >= _FEWEST_WORDS:
                self._join((source, words), live)
        self._contexts = {key: live for key, met in self._contexts.items() if (live := _live(met))}
        self._tidy_at = max(TIDY_AT, min(MOST_TEMPLATES - 1, 2 * len(self._known)))

    def _may_hold(self, whole: Template, words: tuple[str, ...], places: tuple[int, ...]) -> bool:
        return whole.variety >= TELLING_OPEN_AT or not any(_tells(words[place]) for place in places)

    def _proven_places(self, words: tuple[str, ...]) -> tuple[int, ...]:
        """Return the closed places that proved open in other messages; two beside each other may prove each other."""
        closed = tuple(_closed(words))
        found = {place for place in closed if _slot(words, place) in self._proven}
        for place in closed:
            before, after = _slot(words, place)[0], _slot(words, place + 1)[1] if place + 1 in closed else None
            if after is not None and WILD not in {before, after} and {(before, WILD), (WILD, after)} <= self._beside:
                found |= {place, place + 1}
        return tuple(sorted(found)) if len(closed) - len(found) >= _FEWEST_CLOSED else ()

    def _by_open_places(self, source: Source, words: tuple[str, ...]) -> Template | None:
        for places in self._masks.get((source, len(words)), ()):
            found = self._known.get((source, _with_wild(words, places)))
            if found is None:
                continue
            if found.root.variety < TELLING_OPEN_AT and any(_tells(words[place]) for place in places):
                return None
            found.root.variety += 1
            return found
        return None

    def _compare(self, new: Template) -> None:
        """Hold a template against those that differ from it in one place."""
        if len(self._contexts) >= MOST_CONTEXTS:
            self._contexts.clear()
        closed = tuple(_closed(new.words))
        if new.source.kind == "trace" or len(closed) < _FEWEST_CLOSED:
            return
        for place in closed:
            key = (new.source, _with_wild(new.words, (place,)))
            met = self._contexts.setdefault(key, [])
            met.append(new)
            if len(met) < OPEN_AT:
                continue
            live = _live(met)
            self._contexts[key] = live
            word = new.words[place]
            telling = _tells(word) or any(_tells(one.words[place]) for one in live)
            if len(live) >= (TELLING_OPEN_AT if telling else OPEN_AT):
                self._merge(key, place, live)
                return

    def _merge(self, key: Key, place: int, parts: list[Template]) -> None:
        """Open a place: its templates become one, and what stands beside the place is remembered."""
        self._prove(_slot(key[1], place))
        self._contexts.pop(key, None)
        fresh = key not in self._known
        whole = self._join(key, parts)
        if fresh and whole.merged_into is None:
            self._compare(whole)

    def _join(self, key: Key, parts: list[Template]) -> Template:
        """Make one template of several that are equal but for open places."""
        source, words = key
        known = self._known.get(key)
        opened = {n for n, word in enumerate(words) if word == WILD and parts[0].words[n] != WILD}
        places = tuple(sorted(opened | set(parts[0].open)))
        if known is None:
            known = Template(source, words, line=parts[0].first_line, at_s=parts[0].first_s, opened=places)
            self._known[key] = known
        masks = self._masks.setdefault((source, len(words)), [])
        if places not in masks:
            masks.append(places)
        for place in places:
            if len(self._beside) < MOST_CONTEXTS:
                self._beside.add(_slot(words, place))
        whole = known.root
        for part in parts:
            if part is not whole:
                self._absorb(whole, part)
        return whole

    def _prove(self, slot: Slot) -> None:
        if len(self._proven) < MOST_CONTEXTS:
            self._proven.add(slot)

    def _absorb(self, whole: Template, part: Template) -> None:
        whole.absorb(part)
        self._known.pop((part.source, part.words), None)

    def _overflow(self, source: Source, words: tuple[str, ...], *, line: int, at_s: float) -> Template:
        """Return the template for what there is no room to tell apart: by source and first word."""
        key = (source, (*words[:1], WILD))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Template(source, key[1], line=line, at_s=at_s)
        return found.root


def _closed(words: tuple[str, ...]) -> Iterator[int]:
    return (place for place, word in enumerate(words) if WILD not in word)


def _with_wild(words: tuple[str, ...], places: tuple[int, ...]) -> tuple[str, ...]:
    changed = list(words)
    for place in places:
        changed[place] = WILD
    return tuple(changed)


def _slot(words: tuple[str, ...], place: int) -> Slot:
    before = words[place - 1] if place else _EDGE
    after = words[place + 1] if place + 1 < len(words) else _EDGE
    return before, after


def _live(met: list[Template]) -> list[Template]:
    return [one for one in met if one.merged_into is None]


def _tells(word: str) -> bool:
    return word.strip("()[]{}<>,.;:!?'\"").lower() in _TELLING
