"""What an incident becomes about while others are merged into it: their services come with them and leave with them."""

from __future__ import annotations

from tocsin.domain.incident.events import Absorbed
from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import WORKER
from tocsin.flows.storage import Tx


def absorbing(gone: Incident, kept: Incident) -> Absorbed:
    """Return what the incident that goes on records: which services it is about besides, now that `gone` is part of it."""
    services = tuple(service for service in _brought(gone, kept) if service not in kept.services)
    return Absorbed(other=gone.id, services=services)


def releasing(tx: Tx, gone: Incident, kept: Incident) -> Absorbed:
    """Return what is recorded once `gone` stands alone again: what came with it leaves, but for what others brought too."""
    came: tuple[str, ...] = ()
    for event in tx.events(kept.id):
        body = event.body
        if isinstance(body, Absorbed) and body.other == gone.id and not body.undone:
            came = body.services
    others = (tx.see(WORKER, other) for other in kept.absorbed if other != gone.id)
    staying = {service for other in others if other is not None for service in _brought(other, kept)}
    return Absorbed(other=gone.id, undone=True, services=tuple(one for one in came if one not in staying))


def parts(tx: Tx, incident: Incident) -> tuple[str, ...]:
    """Return the ids of an incident and of all that goes on in it, however often that was merged on before."""
    found = {incident.id: None}
    left = list(incident.absorbed)
    while left:
        other = left.pop()
        if other not in found:
            found[other] = None
            gone = tx.see(WORKER, other)
            left += gone.absorbed if gone is not None else ()
    return tuple(found)


def _brought(gone: Incident, kept: Incident) -> tuple[str, ...]:
    """Return the services that come along: what is private stays among its members, and practice stays practice."""
    return () if gone.private or gone.mode != kept.mode else gone.services
