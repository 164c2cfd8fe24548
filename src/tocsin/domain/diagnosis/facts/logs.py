"""What logs said over a while, as templates with their counts; never the lines themselves, but for redacted examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot

LogsError = Literal["refused", "denied", "timeout", "missing", "other"]
TROUBLE_LEVELS = ("error", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTemplate:
    """One kind of line: its constant words, who wrote it, and how many came in each bucket of time.

    `kind` is `trace` for a stack trace; `logger` is then the first frame of the application's own.
    """

    text: str
    service: str = ""
    level: str = ""
    logger: str = ""
    kind: Literal["message", "trace"] = "message"
    count: int
    first_at: datetime
    last_at: datetime
    counts: tuple[int, ...]
    examples: tuple[str, ...] = ()

    @property
    def trouble(self) -> bool:
        """Whether its writer called it an error."""
        return self.level in TROUBLE_LEVELS

    @property
    def called(self) -> str:
        """What to call it in a sentence."""
        where = f"{self.service}: " if self.service else ""
        frame = f" at {self.logger}" if self.kind == "trace" and self.logger else ""
        return f"{where}{self.text}{frame}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDrift:
    """A number in a template whose usual value moved: medians of the first and the last fifth of its samples.

    `score` is the distance between them in units of the first fifth's spread (scaled median absolute deviation).
    """

    field: str
    template: str
    service: str = ""
    first: float
    last: float
    score: float
    samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowRequest:
    """One request that took long, as an access log or a structured line tells; `status` is 0 where it does not."""

    at: datetime
    took_s: float
    what: str
    status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFacts:
    """The templates of one source of logs. `error` is set when it could not be read at all.

    `slow` are the slowest requests, the slowest first, and `statuses` how many answers had each status.
    Bucket n of every template's `counts` begins at `start_at` + n times `bucket_s`.
    """

    target: str
    at: datetime
    service: str = ""
    source: str = ""
    error: LogsError | None = None
    error_text: str = ""
    lines: int = 0
    bytes: int = 0
    start_at: datetime | None = None
    end_at: datetime | None = None
    bucket_s: int = 1
    templates: tuple[LogTemplate, ...] = ()
    drifts: tuple[FieldDrift, ...] = ()
    slow: tuple[SlowRequest, ...] = ()
    statuses: Mapping[int, int] = field(default_factory=dict)
    reproduce: str = ""
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()

    def bucket(self, at: datetime) -> int:
        """Return the number of the bucket that begins at or next after `at`; it may lie outside."""
        if self.start_at is None:
            return 0
        behind = (at - self.start_at) / timedelta(seconds=self.bucket_s)
        return -int(-behind // 1) if behind != int(behind) else int(behind)
