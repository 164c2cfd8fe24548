"""Small rules that both stores follow: how references are kept, what a search reads, how events are numbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tocsin.domain.incident.events import Event
from tocsin.domain.incident.state import Incident


def alias_of(ref: str) -> str:
    """Return a reference as aliases keep it."""
    return ref.strip().lower()


def search_text(incident: Incident) -> str:
    """Return what a text search looks through, case folded here because the engines fold differently."""
    return f"{incident.ref} {incident.title}".casefold().replace("\0", "")


def check_seqs(incident: Incident, new: Sequence[Event]) -> None:
    """Let events pass that number on without a gap and end at the incident's `seq`.

    Raises:
        ValueError: they do not.
    """
    expected = list(range(incident.seq - len(new) + 1, incident.seq + 1))
    if [event.seq for event in new] != expected or any(event.incident != incident.id for event in new):
        raise ValueError(f"{incident.ref}: events must be numbered {expected}, not {[event.seq for event in new]}")


def addressee(payload: Mapping[str, object]) -> str:
    """Return whom or what a payload addresses, as listings show it: its `to`, person or channel; '' for none."""
    found = (payload.get(field) for field in ("to", "person", "channel"))
    return next((value for value in found if isinstance(value, str) and value), "")
