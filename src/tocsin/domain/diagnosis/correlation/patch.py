"""What a diff takes away, brings, and turns from one value into another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

import re2

from tocsin.domain.diagnosis.correlation.quantities import Quantity, quantities

_HUNK = re2.compile(r"^@@\s*(?:-[0-9,]+ \+[0-9,]+\s*@@)?\s*([\w./@-]+\.\w+)?")
_HEADER = re2.compile(r"^(?:diff --git|index [0-9a-f]|--- |\+\+\+ |similarity|rename |new file|deleted file)")
_COMMENT = re2.compile(r"^\s*(?://|#|--\s|\*|/\*|<!--|;)")
_TRAILING = re2.compile(r"\s(?://|#)\s.*$")
_CALL = re2.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*(?:\[[A-Za-z_][\w.]*\])?\(")
_LITERAL = re2.compile(r"""("[^"]*"|'[^']*'|`[^`]*`|\b[0-9]+(?:\.[0-9]+)?)""")
_NAME = re2.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBERED = re2.compile(r"\bv?[0-9][\w.]*")
_KEYWORDS = frozenset(
    {"if", "for", "while", "switch", "func", "function", "return", "catch", "def", "and", "or", "not"}
)
_ALIKE = 0.5
_BESIDE = 3
# Settings that stand as a list of names and values: the line with the value says nothing of what it is.
_BARE_VALUE = re2.compile(r"^\s*(?:-\s*)?[\"']?(?:value|default_?value|default|values?|parameter_?value)[\"']?\s*[:=]")
_NAMED_ABOVE = re2.compile(
    r"^\s*(?:-\s*)?[\"']?(?:name|key|parameter_?name|parameter|variable|metric)[\"']?\s*[:=]\s*[\"']?([\w./-]+)"
)
_WITHIN = re2.compile(r"[\"']?([A-Za-z][\w.-]{3,})[\"']?\s*[:=]\s*[\"']?([\w.%-]*\d[\w.%-]*)[\"']?")
_ALONE = 0.25  # the one line that came where one went stands in its place, unlike as it may be

Side = Literal["removed", "added", "kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A line that stands in the place of another one. `before` and `after` are whole lines."""

    file: str
    before: str
    after: str

    @property
    def amounts(self) -> tuple[tuple[Quantity, Quantity], ...]:
        """Return the numbers that changed, in order, where both lines hold as many."""
        old, new = quantities(self.before), quantities(self.after)
        return tuple(
            (one, other)
            for one, other in zip(old, new, strict=False)
            if len(old) == len(new) and one.value != other.value
        )

    @property
    def changed(self) -> tuple[str, str]:
        """Return both lines up to where they are alike to their ends: a name stands before what changes, not behind."""
        backwards = zip(reversed(self.before), reversed(self.after), strict=False)
        end = -sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], backwards)) or None
        return self.before[:end], self.after[:end]

    @property
    def swapped(self) -> tuple[str, str]:
        """Return the names and literals that only the former line has, and those that only the latter has."""
        old, new = Counter(_atoms(self.before)), Counter(_atoms(self.after))
        return " ".join((old - new).elements()), " ".join((new - old).elements())


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A diff, comments aside. Lines are (file, text).

    `restated` are settings that stand with another value elsewhere, in lines that are not each other's.
    """

    removed: tuple[tuple[str, str], ...] = ()
    added: tuple[tuple[str, str], ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    turned: tuple[Turned, ...] = ()
    restated: tuple[Turned, ...] = ()
    order: tuple[tuple[Side, str], ...] = ()
    places: tuple[str, ...] = ()

    @property
    def gone(self) -> str:
        """Return the removed lines as one text."""
        return "\n".join(line for _, line in self.removed)

    @property
    def come(self) -> str:
        """Return the added lines as one text."""
        return "\n".join(line for _, line in self.added)


def read_patch(diff: str) -> Patch:
    """Return what a diff in any of the usual notations says; text that is no diff gives an empty patch."""
    rows = list(_rows(diff))
    sides = {
        side: tuple((file, line) for file, at, line in rows if at == side) for side in ("removed", "added", "kept")
    }
    turned = tuple(_with_name(one, rows) for one in _turned(sides["removed"], sides["added"]))
    places = tuple(line.strip() for line in diff.splitlines() if line.startswith("@@"))
    return Patch(
        removed=sides["removed"],
        added=sides["added"],
        kept=sides["kept"],
        turned=turned,
        restated=_restated(sides["removed"], sides["added"], turned),
        order=tuple((side, line) for _, side, line in rows),
        places=places,
    )


def calls(text: str) -> Counter[str]:
    """Return the functions that lines of code call, by their last name."""
    return Counter(name for name in _CALL.findall(text) if name not in _KEYWORDS)


def literals(text: str) -> Counter[str]:
    """Return the texts and numbers that lines of code write out."""
    return Counter(found.strip("\"'`") for found in _LITERAL.findall(text))


def _rows(diff: str) -> Iterator[tuple[str, Side, str]]:
    file = ""
    for raw in diff.splitlines():
        if raw.startswith("@@"):
            named = _HUNK.match(raw)
            file = (named.group(1) if named else "") or file
        elif _HEADER.match(raw):
            file = raw[6:].split("\t")[0].strip() if raw.startswith("+++ b/") else file
        elif raw[:1] in {"-", "+", " ", "\t"} and not _COMMENT.match(raw[1:]) and raw[1:].strip():
            side: Side = "removed" if raw[0] == "-" else "added" if raw[0] == "+" else "kept"
            yield file, side, str(_TRAILING.sub("", raw[1:]))


def _turned(removed: tuple[tuple[str, str], ...], added: tuple[tuple[str, str], ...]) -> tuple[Turned, ...]:
    """Pair each removed line with the most alike added line of its file; a line that merely moved is no turn."""
    left = list(added)
    found = []
    for file, line in removed:
        if (file, line) in left:
            left.remove((file, line))
            continue
        rated = [(_alike(line, other), -at) for at, (where, other) in enumerate(left) if where == file]
        best, at = max(rated, default=(0.0, 0))
        if best >= (_ALONE if _lone(file, removed) and len(rated) == 1 else _ALIKE):
            found.append(Turned(file=file, before=line, after=left.pop(-at)[1]))
    return tuple(found)


def _with_name(turned: Turned, rows: list[tuple[str, Side, str]]) -> Turned:
    """Put the name before a bare `value = 3`, taken from the `name = "…"` that stands beside it."""
    if not _BARE_VALUE.match(turned.before):
        return turned
    at = next((n for n, (_, side, line) in enumerate(rows) if side == "removed" and line == turned.before), 0)
    near = sorted(range(max(0, at - _BESIDE), min(len(rows), at + _BESIDE + 1)), key=lambda n: (n > at, abs(n - at)))
    name = next((found.group(1) for n in near if (found := _NAMED_ABOVE.match(rows[n][2]))), "")
    before, after = (f"{name} {line.strip()}" if name else line for line in (turned.before, turned.after))
    return Turned(file=turned.file, before=before, after=after)


def _restated(
    removed: tuple[tuple[str, str], ...], added: tuple[tuple[str, str], ...], turned: tuple[Turned, ...]
) -> tuple[Turned, ...]:
    """Return settings that both sides give once, with another amount each, though their lines are not alike."""
    paired = {(one.before, one.after) for one in turned}
    old, new = _given(removed), _given(added)
    return tuple(
        Turned(file=file, before=f"{key} = {before}", after=f"{key} = {after}")
        for key, (file, before, line) in old.items()
        for _, after, other in ([new[key]] if key in new else [])
        if before != after and (line, other) not in paired
    )


def _given(lines: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, str, str]]:
    found = [(key, (file, value, line)) for file, line in lines for key, value in _WITHIN.findall(line)]
    often = Counter(key for key, _ in found)
    return {key: given for key, given in found if often[key] == 1}


def _lone(file: str, lines: tuple[tuple[str, str], ...]) -> bool:
    return sum(where == file for where, _ in lines) == 1


def _alike(one: str, other: str) -> float:
    """Return how many names two lines share, 0 to 1; a shared key before `:` or `=` makes them one setting."""
    if _key(one) and _key(one) == _key(other):
        return 1.0
    names, others = (set(_NAME.findall(_NUMBERED.sub(" ", line))) for line in (one, other))
    return len(names & others) / len(names | others) if names | others else 0.0


def _key(line: str) -> str:
    head = line.split("=", 1)[0].split(":", 1)[0].strip(" \t-\"'+")
    return head if head != line.strip() and " " not in head else ""


def _atoms(line: str) -> list[str]:
    names = _NAME.findall(str(_LITERAL.sub(" ", line)))
    return [*names, *(found.strip("\"'`") for found in _LITERAL.findall(line))]
