"""The configuration an incident opened under, read back: to fold its history again, and to name who and what has gone since."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache

import msgspec

from tocsin.domain.catalogue import Catalogue, Person, Service
from tocsin.domain.incident.policy import Policy
from tocsin.domain.oncall.verification import with_confirmed
from tocsin.flows.policies import policy_of
from tocsin.flows.storage import Tx


@lru_cache(maxsize=16)
def _read(raw: str, version: int) -> Catalogue:
    return replace(msgspec.json.decode(raw, type=Catalogue), version=version)


def policy_then(tx: Tx, digest: str, version: int, opened_at: datetime) -> Policy:
    """Return the policy as it was when an incident opened under that pack and that version; the newest if it is unknown.

    Who could be reached then includes who had confirmed a contact method by then: later confirmations change no history.
    """
    found = version_of(tx, version)
    policy = policy_of(tx, digest)
    if found is None:
        return policy
    known = {(v.person, v.method, v.target) for v in tx.verified_contacts() if v.at <= opened_at}
    return replace(policy, catalogue=with_confirmed(found, known))


def remembering(tx: Tx, now: Catalogue, *versions: int) -> Catalogue:
    """Return the newest catalogue for showing what opened under other versions: who and what has gone keeps its name.

    Only the name comes back: nobody who was taken out can be reached, and nothing that was can be looked at or acted on.
    """
    others = sorted(set(versions) - {0, now.version}, reverse=True)
    if not others:
        return now
    people = {person.key: person for person in now.people}
    services = {service.key: service for service in now.services}
    for version in others:
        then = version_of(tx, version)
        for person in then.people if then else ():
            people.setdefault(person.key, Person(key=person.key, name=person.name, zone=person.zone, scopes=()))
        for gone in then.services if then else ():
            services.setdefault(gone.key, Service(key=gone.key, name=gone.name, team=gone.team, drill=gone.drill))
    return replace(now, people=tuple(people.values()), services=tuple(services.values()))


def version_of(tx: Tx, version: int) -> Catalogue | None:
    """Return a version of the configuration as it was applied; None when there is none."""
    known, raw = tx.catalogue(version) if version else (0, "")  # 0 would mean the newest
    return _read(raw, known) if known else None
