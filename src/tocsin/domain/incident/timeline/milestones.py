"""When the turning points of an incident were, by what they are known, and which of them cannot be right together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from tocsin.domain import words
from tocsin.domain.incident import events as e
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.phases import Status
from tocsin.domain.incident.timeline.correction import effective

MILESTONES: Final = (
    "impact_started",
    "detected",
    "notified",
    "acknowledged",
    "declared",
    "identified",
    "mitigated",
    "impact_ended",
    "resolved",
    "closed",
)
# What a reopening takes back: the incident was not over.
ENDINGS: Final = frozenset({"mitigated", "impact_ended", "resolved", "closed"})

# (earlier, later): pairs that people expect in this order; the other way round is worth a second look, no more.
EXPECTED_ORDER: Final = (
    ("detected", "notified"),
    ("notified", "acknowledged"),
    ("detected", "acknowledged"),
    ("detected", "mitigated"),
    ("declared", "resolved"),
    ("acknowledged", "resolved"),
    ("mitigated", "impact_ended"),
    ("mitigated", "resolved"),
    ("impact_ended", "resolved"),
    ("resolved", "closed"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One milestone: when it was (`at`), when that was learned, from which event, and why that event is taken for it."""

    at: datetime
    recorded_at: datetime
    event_id: str
    source: Literal["auto", "stated"]
    because: str


def milestones(events: Iterable[Event], *, as_known_at: datetime | None = None) -> dict[str, Stamp]:
    """Return the stamps that are known, in the order of `MILESTONES` (further stated names after them).

    A stated stamp (the newest statement of its name) counts before what follows from other events. A reopening takes
    back the endings before it; a gate that fails again during the watch takes back the mitigation. A missing stamp is
    missing: nothing is guessed, but that an incident resolved without an earlier mitigation was mitigated by then.
    """
    facts = effective(events, as_known_at=as_known_at)
    found = _Found()
    for event in facts:
        found.take(event)
    stamps = {**found.auto, **{n: s for n, s in found.stated.items() if n not in ENDINGS or _counts(s, found)}}
    if "resolved" in stamps and "mitigated" not in stamps:
        stamps["mitigated"] = _implied(stamps["resolved"])
    order = {name: number for number, name in enumerate(MILESTONES)}
    return dict(sorted(stamps.items(), key=lambda item: (order.get(item[0], len(order)), item[1].at, item[0])))


def errors(stamps: Mapping[str, Stamp]) -> tuple[str, ...]:
    """Return what cannot be: the impact began before everything else there is a stamp for."""
    began = stamps.get("impact_started")
    if began is None:
        return ()
    return tuple(
        f"{_said(name, stamp)} is before the start of the impact ({words.clock(began.at)})"
        for name, stamp in stamps.items()
        if stamp.at < began.at
    )


def warnings(stamps: Mapping[str, Stamp]) -> tuple[str, ...]:
    """Return what looks wrong but may be right, such as an acknowledgement before the page arrived."""
    return tuple(
        f"{_said(later, stamps[later])} is before {_said(earlier, stamps[earlier])}"
        for earlier, later in EXPECTED_ORDER
        if earlier in stamps and later in stamps and stamps[later].at < stamps[earlier].at
    )


def _said(name: str, stamp: Stamp) -> str:
    return f"{name.replace('_', ' ')} ({words.clock(stamp.at)})"


def _counts(stamp: Stamp, found: _Found) -> bool:
    return found.reopened_at is None or stamp.at > found.reopened_at


def _implied(resolved: Stamp) -> Stamp:
    return Stamp(
        at=resolved.at,
        recorded_at=resolved.recorded_at,
        event_id=resolved.event_id,
        source="auto",
        because="resolved; no earlier mitigation is on record",
    )


class _Found:
    """What a walk through the facts, in the order they were true, has found so far."""

    def __init__(self) -> None:
        self.auto: dict[str, Stamp] = {}
        self.stated: dict[str, Stamp] = {}
        self.reopened_at: datetime | None = None
        self._stated_seq: dict[str, int] = {}
        self._watching = False

    def take(self, event: Event) -> None:
        if isinstance(event.body, e.MilestoneReached):
            self._state(event, event.body.name)
            return
        if isinstance(event.body, e.Reopened):
            self.reopened_at = event.occurred_at
            self._watching = False
            self.auto = {n: s for n, s in self.auto.items() if n not in ENDINGS}
            return
        if isinstance(event.body, e.GatesChecked):
            self._look(event, event.body)
            return
        if isinstance(event.body, e.CauseNamed) and "resolved" in self.auto:
            return  # in the review: it says nothing about when the responders knew
        for name, because in _meaning(event.body):
            self.auto.setdefault(name, _stamp(event, "auto", because))

    def _state(self, event: Event, name: str) -> None:
        if event.seq > self._stated_seq.get(name, 0):
            self._stated_seq[name] = event.seq
            self.stated[name] = _stamp(event, "stated", "stated")

    def _look(self, event: Event, body: e.GatesChecked) -> None:
        verdicts = {g.verdict for g in body.gates}
        if verdicts == {"pass"} and not self._watching and "resolved" not in self.auto:
            self._watching = True
            self.auto.setdefault("mitigated", _stamp(event, "auto", "all gates pass"))
        elif "fail" in verdicts and self._watching:
            self._watching = False
            if "resolved" not in self.auto:
                self.auto.pop("mitigated", None)


def _stamp(event: Event, source: Literal["auto", "stated"], because: str) -> Stamp:
    return Stamp(at=event.occurred_at, recorded_at=event.recorded_at, event_id=event.id, source=source, because=because)


def _meaning(body: e.EventBody) -> list[tuple[str, str]]:
    """Return the milestones an event stands for, with the reason in words."""
    match body:
        case e.Declared():
            return [("declared", "declared"), ("detected", "reported")]
        case e.AlertFired():
            return [("detected", "an alert fired")]
        case e.Delivered(kind="page"):
            return [("notified", "a page was delivered")]
        case e.Acknowledged():
            return [("acknowledged", "acknowledged")]
        case e.CauseNamed():
            return [("identified", "a cause was named")]
        case e.StatusChanged(status=Status.IDENTIFIED | Status.MONITORING as status):
            return [("identified" if status is Status.IDENTIFIED else "mitigated", f"status set to {status}")]
        case e.Resolved():
            return [("resolved", "resolved")]
        case e.Closed():
            return [("closed", "closed")]
        case _:
            return []
