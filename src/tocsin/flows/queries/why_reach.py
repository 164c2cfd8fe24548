"""What was decided between asking for a page and its end: the person's rules, quiet hours, bundling, providers left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tocsin.domain import words
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.incident.events import Delivered, Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.oncall.notification import Way
from tocsin.domain.oncall.reached import Reached, how_reached, rulings
from tocsin.domain.visibility import Viewer
from tocsin.flows.bundles import AT_ONCE
from tocsin.flows.queries.why_views import WhyDecision
from tocsin.flows.storage import JobSummary, Tx

LOOKED_THROUGH: Final = 500
# What needs no word of its own: contacts that go in turn are told with the method.
_PLAIN: Final = frozenset({"in_turn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One person called for an incident: when, and by the rules in force then."""

    person: str
    at: datetime
    incident: Incident
    rules: Policy

    @property
    def known(self) -> Catalogue:
        """The configuration then."""
        return self.rules.catalogue

    @property
    def found(self) -> Reached:
        """How their rules had them reached."""
        return how_reached(self.known, self.person, self.rules.urgency(self.incident.severity), self.at)


def by_rules(call: Call) -> list[WhyDecision]:
    """Return what the person's rules decided."""
    return [
        WhyDecision(reason=r.reason, sentence=r.sentence, refers_to=r.refers_to, holds_back=r.holds_back)
        for r in rulings(call.found, call.known.names)
        if r.reason not in _PLAIN
    ]


def gathering(call: Call, job: JobSummary, name: str) -> list[WhyDecision]:
    """Return that a page waited to go with others, and how long; nothing for one that went at once, or was tried again."""
    way = next((w for w in call.found.ways if w.name == name), None)
    expected = _expected(call, way)
    window = call.known.bundle
    if expected is None or job.attempt > 1 or not expected < job.due <= expected + window:
        return []
    waited = words.span(job.due - expected)
    sentence = (
        f"More than {AT_ONCE} pages went there within {words.span(window)} (`bundle`):"
        f" it waited {waited} to go with the next."
    )
    return [WhyDecision(reason="gathered", sentence=sentence, refers_to=("bundle",))]


def _expected(call: Call, way: Way | None) -> datetime | None:
    if way is None or way.after is None:
        return None
    return max(call.at + way.after, call.found.begins_at)


def together(tx: Tx, viewer: Viewer, job: JobSummary, events: Sequence[Event]) -> list[WhyDecision]:
    """Return with which other pages it went in one message, among those that the viewer may see."""
    receipts = [e.body.receipt for e in events if isinstance(e.body, Delivered) and e.body.key == job.key]
    if not receipts or not receipts[-1]:
        return []
    near = tx.jobs(viewer, states=("done",), limit=LOOKED_THROUGH).items
    others = [j for j in near if _same_message(j, job, receipts[-1])]
    if not others:
        return []
    refs = [one.ref for key in dict.fromkeys(j.incident for j in others) if (one := tx.see(viewer, key))]
    sentence = f"It went in one message with {len(others)} more ({', '.join(refs)})."
    return [WhyDecision(reason="together", sentence=sentence, refers_to=tuple(j.key for j in others))]


def _same_message(other: JobSummary, job: JobSummary, receipt: str) -> bool:
    near = other.settled_at and job.settled_at and abs(other.settled_at - job.settled_at) < timedelta(minutes=1)
    return other.key != job.key and (other.to, other.result) == (job.to, receipt) and bool(near)
