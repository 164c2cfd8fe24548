"""Waking people: levels, acknowledgement, failed deliveries (R-ONC-2, R-ONC-3, R-DET-2)."""

from __future__ import annotations

from dataclasses import replace

from tocsin.domain.effects import CancelPages, Page, Remind, WriteBack
from tocsin.domain.incident.events import Acknowledged, DeliveryFailed, Event
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident, Paging
from tocsin.domain.incident.step.result import Step, arm, disarm, require_open, stamp
from tocsin.domain.oncall.escalation import rung, usable_contacts


def page_level(incident: Incident, event: Event, policy: Policy, level: int) -> Step:
    """Page everybody of a level and arm the escalation to the next; empty levels fall through at once."""
    found = rung(policy.ladder(incident.team), policy.catalogue, level, event.recorded_at)
    pages = tuple(_page(incident, event, policy, person=person, level=found.level) for person in found.people)
    paged = tuple(dict.fromkeys((*incident.paging.paged, *found.people)))
    paging = replace(incident.paging, level=found.level, paged=paged, exhausted=found.last)
    moved = replace(incident, paging=paging)
    if found.last:
        return disarm(moved, "escalate").also(*(p for p in pages if p))
    return arm(moved, "escalate", event.recorded_at + found.wait, event).also(*(p for p in pages if p))


def _page(
    incident: Incident, event: Event, policy: Policy, *, person: str, level: int, attempt: int = 0
) -> Page | None:
    contacts = usable_contacts(policy.catalogue, person)
    if attempt >= len(contacts):
        return None
    contact = contacts[attempt]
    return Page(
        key=f"{incident.id}/page/{event.seq}/{person}/{contact.key}",
        person=person,
        method=contact.key,
        address=contact.address,
        attempt=attempt,
        level=level,
    )


def acknowledge(incident: Incident, event: Event, body: Acknowledged) -> Step:
    """Stop the escalation and tell the alert's source; a second acknowledgement changes nothing."""
    require_open(incident, "acknowledge")
    if incident.paging.acknowledged_by:
        return Step(incident=incident)
    paging = replace(incident.paging, acknowledged_by=body.person, acknowledged_at=event.occurred_at)
    taken = stamp(replace(incident, paging=paging), "acknowledged", event)
    return disarm(taken, "escalate", "ack_by").also(CancelPages(), *write_back(taken, event, "acknowledge"))


def unacknowledge(incident: Incident, event: Event, policy: Policy) -> Step:
    """Begin paging again from the first level."""
    require_open(incident, "take back an acknowledgement of")
    if not incident.paging.acknowledged_by:
        return Step(incident=incident)
    return page_level(replace(incident, paging=Paging(paged=incident.paging.paged)), event, policy, 0)


def escalate(incident: Incident, event: Event, policy: Policy) -> Step:
    """Page the next level, unless somebody has it."""
    if incident.paging.acknowledged_by or not incident.open:
        return Step(incident=incident)
    return page_level(incident, event, policy, incident.paging.level + 1)


def delivery_failed(incident: Incident, event: Event, body: DeliveryFailed, policy: Policy) -> Step:
    """Try the person's next method at once; when none is left, the next level. Messages are only recorded."""
    if body.kind != "page" or incident.paging.acknowledged_by or not incident.open:
        return Step(incident=incident)
    contacts = [c.key for c in usable_contacts(policy.catalogue, body.to)]
    following = contacts.index(body.via) + 1 if body.via in contacts else len(contacts)
    page = _page(incident, event, policy, person=body.to, level=incident.paging.level, attempt=following)
    if page is not None:
        return Step(incident=incident, effects=(page,))
    if incident.paging.exhausted:
        return Step(incident=incident)
    return page_level(incident, event, policy, incident.paging.level + 1)


def write_back(incident: Incident, event: Event, verb: str) -> tuple[WriteBack, ...]:
    """Tell the sources of firing alerts what happened to them."""
    return tuple(
        WriteBack(
            key=f"{incident.id}/{verb}/{event.seq}/{a.fingerprint}",
            source=a.source,
            fingerprint=a.fingerprint,
            verb=verb,
        )
        for a in incident.alerts
        if a.firing or verb == "resolve"
    )


def remind(
    incident: Incident, event: Event, policy: Policy, *, template: str, about: str, person: str = ""
) -> tuple[Remind, ...]:
    """Nudge whoever leads: the person given, else communications lead, commander, acknowledger, who was paged last."""
    lead = (
        person
        or incident.holder("communications")
        or incident.holder("commander")
        or incident.paging.acknowledged_by
        or (incident.paging.paged[-1] if incident.paging.paged else policy.catalogue.catch_all)
    )
    contacts = usable_contacts(policy.catalogue, lead)
    if not contacts:
        lead, contacts = policy.catalogue.catch_all, usable_contacts(policy.catalogue, policy.catalogue.catch_all)
    return tuple(
        Remind(
            key=f"{incident.id}/remind/{event.seq}/{about}/{lead}",
            person=lead,
            method=c.key,
            address=c.address,
            template=template,
            fields={"about": about},
        )
        for c in contacts[:1]
    )
