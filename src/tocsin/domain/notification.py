"""How one person wants to be reached, as it is written down: methods in order, with delays, by urgency.

What it means at an instant is `tocsin.domain.oncall.notification`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from tocsin.domain.schedules import Hours

Urgency = Literal["high", "low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """One of a person's contact methods, and how long after the call it is used; the same one may come again later."""

    method: str
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRules:
    """Methods for what cannot wait (`high`) and for what can (`low`); `quiet` hours hold back the latter, never the former.

    Without methods for an urgency, the person's verified contacts are tried one after the other.
    """

    high: tuple[Notify, ...] = ()
    low: tuple[Notify, ...] = ()
    quiet: tuple[Hours, ...] = ()

    def of(self, urgency: Urgency) -> tuple[Notify, ...]:
        """Return the methods for an urgency."""
        return self.high if urgency == "high" else self.low
