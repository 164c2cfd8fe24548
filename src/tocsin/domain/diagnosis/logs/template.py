"""A template: the words that lines have in common, where they come from, and how often they came."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tocsin.domain.diagnosis.logs.series import Series
from tocsin.domain.diagnosis.logs.timeline import blank

Kind = Literal["message", "trace"]
MOST_EXAMPLES = 2
MOST_FIELDS = 24


class Source(NamedTuple):
    """Who wrote a line: service, level as one of `levels.LEVELS` or empty, and logger, module or file."""

    service: str = ""
    level: str = ""
    logger: str = ""
    kind: Kind = "message"


class Template:
    """What one kind of line is and how often it came. It changes while a log is read; `merged_into` ends that."""

    __slots__ = (
        "buckets", "count", "examples", "fields", "first_line", "first_s", "last_s", "merged_into", "open",
        "source", "variety", "words",
    )  # fmt: skip

    def __init__(
        self, source: Source, words: tuple[str, ...], *, line: int, at_s: float, opened: tuple[int, ...] = ()
    ) -> None:
        self.source = source
        self.words = words
        self.open = opened
        self.first_line = line
        self.first_s = at_s
        self.last_s = at_s
        self.count = 0
        self.buckets = blank()
        self.fields: dict[str, Series] = {}
        self.examples: list[str] = []
        self.merged_into: Template | None = None
        self.variety = 1  # how many different words stood in its open places, about

    @property
    def root(self) -> Template:
        """The template that this one has become part of, or itself."""
        found = self
        while found.merged_into is not None:
            found = found.merged_into
        return found

    @property
    def text(self) -> str:
        """The template on one line."""
        return " ".join(self.words)

    def series(self, name: str) -> Series | None:
        """Return the series of a field; None where the template has too many fields already."""
        found = self.fields.get(name)
        if found is None and len(self.fields) < MOST_FIELDS:
            found = self.fields[name] = Series()
        return found

    def add(self, bucket: int, count: int, last_s: float) -> None:
        """Count lines."""
        self.buckets[bucket] += count
        self.count += count
        self.last_s = max(self.last_s, last_s)

    def absorb(self, other: Template) -> None:
        """Take in all of `other`, which is from now on a part of this one."""
        self.first_line = min(self.first_line, other.first_line)
        self.first_s = min(self.first_s, other.first_s)
        self.last_s = max(self.last_s, other.last_s)
        self.count += other.count
        self.variety += other.variety
        self.buckets = [mine + its for mine, its in zip(self.buckets, other.buckets, strict=True)]
        for name, series in other.fields.items():
            mine = self.fields.get(name)
            if mine is not None:
                self.fields[name] = mine.joined(series)
            elif len(self.fields) < MOST_FIELDS:
                self.fields[name] = series
        self.examples = [*self.examples, *other.examples][:MOST_EXAMPLES]
        other.merged_into = self
        other.fields = {}
        other.buckets = []
