"""Reaching one person: a page that wakes, a reminder that does not (R-ONC-3)."""

from __future__ import annotations

from tocsin.domain.effects import Page, Remind
from tocsin.domain.incident.events import Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.oncall.escalation import usable_contacts

# The road of a page's key: the escalation, which an acknowledgement stops, or leadership, which it does not.
ESCALATION = "page"
LEADERSHIP = "wake"


def call_key(incident: Incident, road: str, call: int) -> str:
    """Return how the keys of all pages begin that the event with seq `call` asked for."""
    return f"{incident.id}/{road}/{call}/"


def page(incident: Incident, policy: Policy, *, call: str, person: str, attempt: int = 0) -> tuple[Page, ...]:
    """Return the page to a person by their method number `attempt`, or nothing when they have no such method."""
    contacts = usable_contacts(policy.catalogue, person)
    return tuple(
        Page(
            key=f"{call}{person}/{contact.key}",
            person=person,
            method=contact.key,
            address=contact.address,
            attempt=attempt,
            level=max(0, incident.paging.level),
        )
        for contact in contacts[attempt : attempt + 1]
    )


def remind(incident: Incident, event: Event, policy: Policy, *, about: str, person: str = "") -> tuple[Remind, ...]:
    """Nudge one person by their first method: the one given, else whoever leads, else the catch-all responder.

    History that was filled in later nudges nobody, but for its action items, which are still to be done.
    """
    if incident.mode == "backfill" and not about.startswith("followup/"):
        return ()
    lead = person or _leading(incident, policy)
    contacts = usable_contacts(policy.catalogue, lead)
    if not contacts:
        lead, contacts = policy.catalogue.catch_all, usable_contacts(policy.catalogue, policy.catalogue.catch_all)
    return tuple(
        Remind(
            key=f"{incident.id}/remind/{event.seq}/{about}/{lead}",
            person=lead,
            method=c.key,
            address=c.address,
            template="reminder",
            fields={"about": about},
        )
        for c in contacts[:1]
    )


def _leading(incident: Incident, policy: Policy) -> str:
    paging = incident.paging
    return (
        incident.holder("communications")
        or incident.holder("commander")
        or paging.acknowledged_by
        or (paging.paged[-1] if paging.paged else policy.catalogue.catch_all)
    )
