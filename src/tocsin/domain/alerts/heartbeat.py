"""A dead man's switch: an alert that fires when nothing is heard, and ends with the next sign of life.

It is a lease the other way round: a firing alert with a lease ends in silence, this one begins in it. It is armed by the
first beat, never before: what never beat may not have been set up yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.domain.durations import say_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A sign of life; silence begins when the next one is not here within `every` and then `grace`.

    `severity`, `service` and `summary` describe the alert that silence raises.
    """

    name: str
    every: timedelta
    grace: timedelta = timedelta(0)
    severity: str = ""
    service: str = ""
    summary: str = ""

    @property
    def fingerprint(self) -> str:
        """The identity of the alert that silence raises."""
        return fingerprint_of(self.name)

    @property
    def words(self) -> str:
        """What to say of the silence."""
        return self.summary or f"no sign of life from {self.name} for {say_duration(self.every + self.grace)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What is known of one who beats. `generation` counts the beats, so that a timer set before the last one is stale."""

    beat: Beat
    last_at: datetime
    generation: int = 1

    @property
    def due(self) -> datetime:
        """When silence begins, unless a beat comes before."""
        return self.last_at + self.beat.every + self.beat.grace


def fingerprint_of(name: str) -> str:
    """Return the identity of the alert that the silence of `name` raises."""
    return f"heartbeat/{name}"


def beaten(known: Heartbeat | None, beat: Beat, at: datetime) -> Heartbeat:
    """Return the heartbeat after a beat `at`; one that was delivered late never moves the last one back."""
    if known is None:
        return Heartbeat(beat=beat, last_at=at)
    return Heartbeat(beat=beat, last_at=max(at, known.last_at), generation=known.generation + 1)


def silent(known: Heartbeat, at: datetime) -> bool:
    """Return whether the beat that was due has not come by `at`."""
    return at >= known.due
