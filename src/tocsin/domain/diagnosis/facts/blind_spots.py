"""What could not be seen, so that it is said next to every conclusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Refusal = Literal["refused", "denied", "timeout", "missing", "other"]
"""Why something gave no answer at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpot:
    """`what` was not seen at `target`, because of `why`; `mend` says how to see it next time."""

    target: str
    what: str
    why: str
    mend: str = ""

    def __str__(self) -> str:
        """Give one line for a person."""
        return f"{self.target}: {self.what} ({self.why})"
