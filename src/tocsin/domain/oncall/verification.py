"""Which contact methods were confirmed, beside those that the configuration calls verified."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace

from tocsin.domain.catalogue import Catalogue, ContactMethod

Confirmed = tuple[str, str, str]  # person, method, target


def target_of(contact: ContactMethod) -> str:
    """Return a digest of where a method leads: another kind or address is another target.

    The channel that carries it may change: the address stays the person's.
    """
    return hashlib.sha256(f"{contact.kind}\n{contact.address}".encode()).hexdigest()


def with_confirmed(catalogue: Catalogue, confirmed: Collection[Confirmed]) -> Catalogue:
    """Return `catalogue` in which every method that was confirmed for its present target is verified."""
    if not confirmed:
        return catalogue
    people = tuple(
        replace(
            person,
            contacts=tuple(
                replace(c, verified=c.verified or (person.key, c.key, target_of(c)) in confirmed)
                for c in person.contacts
            ),
        )
        for person in catalogue.people
    )
    return replace(catalogue, people=people)
