"""Store a checked configuration as a new immutable version, with its packs (architecture: YAML is the input)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec

from tocsin.domain.catalogue import Catalogue, scale_catalogue
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.phases import OPEN_PHASES
from tocsin.domain.mitigation.runbook import to_json as runbook_to_json
from tocsin.domain.oncall.escalation import usable_contacts
from tocsin.domain.oncall.verification import with_confirmed
from tocsin.domain.policy.codec import pack_to_json
from tocsin.domain.policy.pack import Pack
from tocsin.domain.visibility import WORKER
from tocsin.flows.engine import Engine
from tocsin.flows.policies import NotConfiguredError, confirmed
from tocsin.flows.routing_whole import require_readable, wanted_by_routing
from tocsin.flows.speed import keep_drill_speed
from tocsin.flows.storage import IncidentFilter, Tx
from tocsin.flows.transact import transact

PREFIX = "drill-"
OPEN_DRILLS = IncidentFilter(phases=tuple(sorted(OPEN_PHASES)), modes=("drill",))
PARTS = ("people", "teams", "services", "schedules", "policies", "monitors", "channels")


def apply_drill(engine: Engine, practice: Catalogue, actor: str, *, allowed: bool) -> int:
    """Lay a drill's part over the configuration in force, replacing an earlier drill's, and return the version.

    The drill's packs are scaled under names of their own, so that nobody else's clocks run faster.

    Raises:
        RefusedError: this instance does not allow drills, or a key of the drill is not marked as one.
    """
    if not allowed:
        raise RefusedError("this instance allows no drills", mend="Start it with --with-drills, on loopback.")
    strangers = [one.key for part in PARTS for one in getattr(practice, part) if not one.key.startswith(PREFIX)]
    if strangers or practice.integrations:
        raise RefusedError(f"{strangers[:1]} is not a drill's", mend=f"Begin every key with {PREFIX}.")
    fast = scale_catalogue(practice, practice.speed)
    packs = tuple(replace(pack, key=PREFIX + pack.key) for pack in fast.packs)
    teams = tuple(replace(team, pack=PREFIX + team.pack) for team in fast.teams)
    fast = replace(fast, teams=teams)

    def lay_over(tx: Tx) -> int:
        version, raw = tx.catalogue()
        base = msgspec.json.decode(raw, type=Catalogue) if version else _bare(replace(practice, speed=1.0))
        parts = {
            part: tuple(one for one in getattr(base, part) if not one.key.startswith(PREFIX)) + getattr(fast, part)
            for part in PARTS
        }
        keep_drill_speed(tx, practice.speed)
        return _store(tx, replace(base, **parts), packs, actor)

    return transact(engine, lay_over)


def retire_drill(engine: Engine, actor: str) -> int:
    """Take the drill's monitors out again, so that a shop that was put away alarms nobody, and return the version.

    Its people and services stay: the record of the drill names them.
    """

    def take_out(tx: Tx) -> int:
        version, raw = tx.catalogue()
        if not version:
            raise NotConfiguredError(NotConfiguredError.__doc__)
        base = msgspec.json.decode(raw, type=Catalogue)
        kept = tuple(one for one in base.monitors if not one.key.startswith(PREFIX))
        return _store(tx, replace(base, monitors=kept), (), actor)

    return transact(engine, take_out)


def apply(engine: Engine, catalogue: Catalogue, actor: str, *, practising: bool = False) -> int:
    """Store `catalogue` with its packs and runbooks and return the version in force; the same configuration twice is one version.

    What a drill laid over the former one stays while an incident of it is open. Only an instance for `practising` may
    divide its durations, which happens here, as they are loaded; no clock is ever scaled.

    Raises:
        InvalidError: something in it refers to what it does not hold.
        RefusedError: it has a `speed` where nobody practises.
    """
    if catalogue.speed != 1 and not practising:
        mend = "Take `speed` out of the file, or start with --with-drills, on loopback."
        raise RefusedError(f"speed {catalogue.speed:g} would shorten every wait of a real configuration", mend=mend)
    scaled = catalogue if catalogue.speed == 1 else scale_catalogue(catalogue, catalogue.speed)

    def put(tx: Tx) -> int:
        _require_whole(with_confirmed(catalogue, confirmed(tx)))
        return _store(tx, _with_drill(tx, _bare(scaled)), scaled.packs, actor)

    return transact(engine, put)


def _with_drill(tx: Tx, fresh: Catalogue) -> Catalogue:
    """Return `fresh` with the drill's part of the former configuration, as long as an incident of it is open."""
    version, raw = tx.catalogue()
    if not version or not tx.list_incidents(WORKER, OPEN_DRILLS, limit=1).items:
        return fresh
    former = msgspec.json.decode(raw, type=Catalogue)
    parts: dict[str, Any] = {}
    for part in PARTS:
        own = getattr(fresh, part)
        keys = {one.key for one in own}
        laid = (one for one in getattr(former, part) if one.key.startswith(PREFIX) and one.key not in keys)
        parts[part] = (*own, *laid)
    digests = {key: digest for key, digest in former.pack_digests.items() if key.startswith(PREFIX)}
    return replace(fresh, **parts, pack_digests=digests)


def _bare(catalogue: Catalogue) -> Catalogue:
    """Leave out digests that came from outside: only what is stored here is named."""
    return replace(catalogue, pack_digests={}, runbook_digests={})


def _require_whole(catalogue: Catalogue) -> None:
    """Let a configuration pass whose parts find each other: an instance must never be left without its rules.

    `tocsin config check` says more, with lines; this holds for what comes without having been checked.
    """
    for field, key, known in _wanted(catalogue):
        if key not in known:
            mend = f"Known: {', '.join(sorted(k for k in known if k)) or 'none'}. `tocsin config check` says the line."
            raise InvalidError(f"{field}: there is nothing called {key!r}", field=field, mend=mend)
    require_readable(catalogue)
    if not usable_contacts(catalogue, catalogue.catch_all):
        mend = "Confirm one by `tocsin page --test` first, or set `verified: true` on one that is known to work."
        raise InvalidError(f"{catalogue.catch_all} has no verified contact", field="catch_all", mend=mend)


def _wanted(catalogue: Catalogue) -> Iterator[tuple[str, str, set[str]]]:
    """Yield (field, key it names, keys there are) for everything that nothing works without."""
    packs = {pack.key for pack in catalogue.packs}
    teams = {team.key for team in catalogue.teams}
    policies = {"", *(policy.key for policy in catalogue.policies)}
    services = {service.key for service in catalogue.services}
    yield "catch_all", catalogue.catch_all, {person.key for person in catalogue.people}
    yield "default_pack", catalogue.default_pack, packs
    yield "default_policy", catalogue.default_policy, policies
    for team in catalogue.teams:
        yield f"teams.{team.key}.pack", team.pack, packs
        yield f"teams.{team.key}.policy", team.policy, policies
    for service in catalogue.services:
        yield f"services.{service.key}.team", service.team, teams
    for sender in catalogue.integrations:
        yield f"integrations.{sender.key}.service", sender.service, {"", *services}
        yield f"integrations.{sender.key}.team", sender.team, {"", *teams}
    for monitor in catalogue.monitors:
        yield f"monitors.{monitor.key}.service", monitor.service, services
    yield from wanted_by_routing(catalogue)


def _store(tx: Tx, catalogue: Catalogue, packs: Sequence[Pack], actor: str) -> int:
    digests = _kept(tx, {pack.key: pack_to_json(pack).decode() for pack in packs})
    books = _kept(tx, {book.key: runbook_to_json(book).decode() for book in catalogue.runbooks})
    stored = replace(
        catalogue,
        version=0,
        packs=(),
        pack_digests={**catalogue.pack_digests, **digests},
        runbooks=(),
        runbook_digests={**catalogue.runbook_digests, **books},
    )
    raw = msgspec.json.encode(stored, order="deterministic").decode()
    version = tx.put_catalogue(raw, actor)
    now = tx.now()
    for number, monitor in enumerate(stored.monitors):
        # Spread the first looks, so that a hundred monitors do not start in the same instant.
        tx.set_timer(f"monitor/{monitor.key}", "look", version, now + timedelta(milliseconds=50 * number))
    return version


def _kept(tx: Tx, bodies: Mapping[str, str]) -> dict[str, str]:
    """Keep each snapshot by its digest and return the digests by key."""
    digests = {key: hashlib.sha256(body.encode()).hexdigest() for key, body in bodies.items()}
    for key, digest in digests.items():
        tx.put_pack(digest, bodies[key])
    return digests
