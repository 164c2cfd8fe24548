"""What a sender may ask with its key: its own alerts and what holds them back, and silences where it may make them.

A sender is nobody's eyes: it sees its alerts and silences, and of incidents no more than that somebody has one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from tocsin.domain.actor import Actor
from tocsin.domain.alerts.fingerprint import identity
from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.alerts.inhibition import ActiveAlerts
from tocsin.domain.alerts.routing import all_routes
from tocsin.domain.alerts.silences import Silence, SilenceState, Terms, silenced_by, state_of
from tocsin.domain.visibility import NOBODY
from tocsin.flows import silences
from tocsin.flows.access import DeniedError
from tocsin.flows.active import active_alerts, fingerprint_of
from tocsin.flows.alert_storage import AlertGroup, KeptAlert
from tocsin.flows.engine import Engine
from tocsin.flows.ingest import Places, sender_named
from tocsin.flows.policies import catalogue
from tocsin.flows.senders import Credentials, admitted
from tocsin.flows.silences import Said, UnknownSilenceError
from tocsin.flows.storage import Tx


class SilencesForbiddenError(DeniedError):
    """This integration's key may not silence: allow it with `silences: true` in tocsin.yaml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAlert:
    """A sender's firing alert: its group, where it has one, and the silences and alerts that hold it back."""

    state: AlertState
    group: AlertGroup | None = None
    silenced_by: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OneAlert:
    """A sender's alert, firing or over; `acknowledged` when somebody has its incident and that is not private."""

    integration: str
    state: AlertState
    acknowledged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSilence:
    """A silence as a sender sees it."""

    silence: Silence
    state: SilenceState


def firing(engine: Engine, asked: Credentials) -> list[OwnAlert]:
    """Return the firing alerts of the sender that asks.

    Raises:
        DeniedError: no such integration, or not its key.
    """
    with engine.store.reading() as tx:
        source = admitted(engine, tx, asked).key
        known = catalogue(tx)
        kept = tx.firing_of(source)
        groups = tx.groups(sorted({one.group for one in kept if one.group}))
        now = tx.now()
        silenced = tx.silences(ending_after=now)
        active = active_alerts(tx, known, NOBODY)
    places = Places(known=known, sender=sender_named(known, source))
    return [_own(one, groups, _Holders(silenced, active, places.labels_of(one.state), now)) for one in kept]


def one(engine: Engine, asked: Credentials, key: str) -> OneAlert | None:
    """Return an alert of the sender that asks by its key there, None when it never sent that.

    Raises:
        DeniedError: no such integration, or not its key.
    """
    with engine.store.reading() as tx:
        source = admitted(engine, tx, asked).key
        state = tx.alert(source, identity(key))
        return _seen(tx, source, state) if state is not None else None


def open_ones(engine: Engine, asked: Credentials) -> list[OneAlert]:
    """Return the firing alerts of the sender that asks, the last to begin first.

    Raises:
        DeniedError: no such integration, or not its key.
    """
    with engine.store.reading() as tx:
        source = admitted(engine, tx, asked).key
        found = sorted((kept.state for kept in tx.firing_of(source)), key=lambda state: state.starts_at, reverse=True)
        acknowledged = {name: _acknowledged(tx, name) for name in {state.incident for state in found}}
    return [OneAlert(integration=source, state=one, acknowledged=acknowledged[one.incident]) for one in found]


def _seen(tx: Tx, source: str, state: AlertState) -> OneAlert:
    return OneAlert(integration=source, state=state, acknowledged=_acknowledged(tx, state.incident))


def _acknowledged(tx: Tx, incident: str) -> bool:
    found = tx.see(NOBODY, incident) if incident else None
    return found is not None and bool(found.paging.acknowledged_by)


def receivers(engine: Engine, asked: Credentials) -> list[str]:
    """Return the names that groups go by, in the order of the routes.

    Raises:
        DeniedError: no such integration, or not its key.
    """
    with engine.store.reading() as tx:
        admitted(engine, tx, asked)
        routing = catalogue(tx).routing
    return list(dict.fromkeys(taken.receiver for taken in all_routes(routing)))


def list_silences(engine: Engine, asked: Credentials) -> list[OwnSilence]:
    """Return every silence that is kept, the last to end first.

    Raises:
        DeniedError: no such integration, or not its key.
    """
    with engine.store.reading() as tx:
        admitted(engine, tx, asked)
        now = tx.now()
        return [OwnSilence(silence=one, state=state_of(one, now)) for one in tx.silences(limit=silences.MOST_LISTED)]


def show_silence(engine: Engine, asked: Credentials, silence_id: str) -> OwnSilence:
    """Return a silence.

    Raises:
        DeniedError: no such integration, or not its key.
        UnknownSilenceError: there is none of that id.
    """
    with engine.store.reading() as tx:
        admitted(engine, tx, asked)
        found = tx.silence(silence_id)
        if found is None:
            raise UnknownSilenceError(f"there is no silence {silence_id!r}")
        return OwnSilence(silence=found, state=state_of(found, tx.now()))


def put_silence(engine: Engine, asked: Credentials, terms: Terms, *, author: str, replaces: str = "") -> str:
    """Make a silence, or change one, and return its id: another one where it had to be another silence.

    Raises:
        DeniedError: not its key, or a key that may not silence.
        UnknownSilenceError: there is none to replace.
        InvalidError: the terms make no silence.
    """
    by = Said(name=author, via=_silencing(engine, asked))
    return silences.put(engine, replace(terms, rules="alertmanager"), by, replaces=replaces)


def expire_silence(engine: Engine, asked: Credentials, silence_id: str) -> None:
    """End a silence now; one that is over stays as it was.

    Raises:
        DeniedError: not its key, or a key that may not silence.
        UnknownSilenceError: there is none of that id.
    """
    by = Actor(kind="integration", id=_silencing(engine, asked))
    silences.expire(engine, silence_id, by)


def _silencing(engine: Engine, asked: Credentials) -> str:
    with engine.store.reading() as tx:
        integration = admitted(engine, tx, asked)
    if not integration.silences:
        mend = f"allow it with `silences: true` at integrations.{integration.key} in tocsin.yaml"
        raise SilencesForbiddenError(f"this key may not silence: {mend}")
    return integration.key


class _Holders(NamedTuple):
    """What may hold an alert with these labels back at an instant."""

    silences: Sequence[Silence]
    active: ActiveAlerts
    labels: Mapping[str, str]
    at: datetime


def _own(kept: KeptAlert, groups: Mapping[str, AlertGroup], holders: _Holders) -> OwnAlert:
    found = holders.active.inhibited_by(holders.labels)
    return OwnAlert(
        state=kept.state.in_incident(""),
        group=groups.get(kept.group),
        silenced_by=tuple(one.id for one in silenced_by(holders.labels, holders.silences, holders.at)),
        inhibited_by=tuple(dict.fromkeys(fingerprint_of(one.source) for one in found)),
    )
