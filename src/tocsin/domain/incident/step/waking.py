"""Reaching one person: a page that wakes, a reminder that does not (R-ONC-3).

The ladder asks for a person with one `Page`; what becomes of it by that person's rules is in `calling`.
"""

from __future__ import annotations

from tocsin.domain.effects import Page, Remind
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.notification import Urgency
from tocsin.domain.oncall.escalation import usable_contacts
from tocsin.domain.oncall.notification import Way, quiet_until, ways

# The road of a page's key: the escalation, which an acknowledgement stops; leadership, which it does not; or a request
# for somebody beside both, which stops those that were asked before it.
ESCALATION = "page"
LEADERSHIP = "wake"
REQUEST = "request"
ROADS = frozenset({ESCALATION, LEADERSHIP, REQUEST})
# What a person is reminded of once an incident is over can wait until they are up.
CAN_WAIT = ("followup/", "review/")


def call_key(incident: Incident, road: str, call: int) -> str:
    """Return how the keys of all pages begin that the event with seq `call` asked for."""
    return f"{incident.id}/{road}/{call}/"


def page(incident: Incident, policy: Policy, *, call: str, person: str) -> tuple[Page, ...]:
    """Return the page to a person by their first way, or nothing when they have none."""
    found = ways(policy.catalogue, person, policy.urgency(incident.severity))
    return tuple(page_by(incident, way, call=call, person=person, place=0) for way in found[:1])


def page_by(incident: Incident, way: Way, *, call: str, person: str, place: int) -> Page:
    """Return the page to a person by one of their ways; `place` is its number in their order."""
    return Page(
        key=f"{call}{person}/{way.name}",
        person=person,
        method=way.contact.key,
        address=way.contact.address,
        attempt=place,
        level=max(0, incident.paging.level),
    )


def remind(incident: Incident, event: Event, policy: Policy, *, about: str, person: str = "") -> tuple[Remind, ...]:
    """Nudge one person by their first way: the one given, else whoever leads, else the catch-all responder.

    History that was filled in later nudges nobody, but for its action items, which are still to be done. What can wait
    does so until the person's quiet hours are over.
    """
    if incident.mode == "backfill" and not about.startswith("followup/"):
        return ()
    lead = person or _leading(incident, policy)
    if not usable_contacts(policy.catalogue, lead):
        lead = policy.catalogue.catch_all
    urgency: Urgency = "low" if about.startswith(CAN_WAIT) else policy.urgency(incident.severity)
    known = policy.catalogue.person(lead)
    return tuple(
        Remind(
            key=f"{incident.id}/remind/{event.seq}/{about}/{lead}",
            person=lead,
            method=way.contact.key,
            address=way.contact.address,
            template="reminder",
            fields={"about": about},
            not_before=quiet_until(known, event.recorded_at) if urgency == "low" else None,
        )
        for way in ways(policy.catalogue, lead, urgency)[:1]
    )


def _leading(incident: Incident, policy: Policy) -> str:
    paging = incident.paging
    return (
        incident.holder("communications")
        or incident.holder("commander")
        or paging.acknowledged_by
        or (paging.paged[-1] if paging.paged else policy.catalogue.catch_all)
    )
