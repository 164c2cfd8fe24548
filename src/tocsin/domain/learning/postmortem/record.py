"""Everything a section is written from: the incident, its log as it stands, and what lies outside the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from tocsin.domain import words
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.timeline import Entry, Stamp, effective, entries, milestones
from tocsin.domain.learning.durations import Durations, durations
from tocsin.domain.policy.pack import Pack, Severity

Body = TypeVar("Body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """Another incident that has to do with this one, and why it is thought so (R-PM-4)."""

    ref: str
    title: str = ""
    why: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the log does not hold: names of people and references of incidents, kin, patterns, charts, budgets.

    `names` maps a person's key, `refs` an incident's id; `prevention` are the pack's suggestions; `charts` are
    (title, address); `slo` are (name, percent of the budget spent); `public_url` has no trailing slash.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)
    kin: tuple[Kin, ...] = ()
    patterns: tuple[str, ...] = ()
    prevention: tuple[str, ...] = ()
    charts: tuple[tuple[str, str], ...] = ()
    slo: tuple[tuple[str, float], ...] = ()
    public_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a section says, whether that is known, and what it asks."""

    markdown: str = ""
    known: bool = True
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One incident, read once."""

    incident: Incident
    events: tuple[Event, ...]
    lines: tuple[Entry, ...]
    stamps: Mapping[str, Stamp]
    spans: Durations
    pack: Pack
    level: Severity
    now: datetime
    around: Surroundings = field(default_factory=Surroundings)

    def bodies(self, kind: type[Body]) -> list[Body]:
        """Return the bodies of one kind that stand, in the order they were true."""
        return [e.body for e in self.events if isinstance(e.body, kind)]

    def at(self, name: str) -> datetime | None:
        """Return when a milestone was, or None."""
        stamp = self.stamps.get(name)
        return stamp.at if stamp else None

    def because(self, name: str) -> str:
        """Return why a stamp is taken for a milestone, or nothing."""
        stamp = self.stamps.get(name)
        return stamp.because if stamp else ""

    def name(self, person: str) -> str:
        """Return a person's name where it is known."""
        return words.name(person, self.around.names)

    @property
    def began(self) -> datetime:
        """The start of the impact, or the earliest moment there is a stamp for."""
        known = [stamp.at for stamp in self.stamps.values()]
        return self.at("impact_started") or min(known, default=self.incident.declared_at)


def read(incident: Incident, events: Iterable[Event], pack: Pack, *, now: datetime, around: Surroundings) -> Record:
    """Return the record of an incident."""
    log = tuple(events)
    stamps = milestones(log)
    return Record(
        incident=incident,
        events=tuple(effective(log)),
        lines=tuple(entries(log, names=around.names)),
        stamps=stamps,
        spans=durations(stamps),
        pack=pack,
        level=pack.severity(incident.severity),
        now=now,
        around=around,
    )
