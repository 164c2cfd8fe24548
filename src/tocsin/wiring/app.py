"""Promises meet implementations: adapters, the store, the only clock, and where ids come from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import uuid_utils

from tocsin.adapters.actions.command import RollBack
from tocsin.adapters.actions.postgres import TerminateIdleInTransaction
from tocsin.adapters.channels.apprise import Apprise
from tocsin.adapters.channels.console import Console
from tocsin.adapters.channels.email import Email
from tocsin.adapters.channels.ntfy import Ntfy
from tocsin.adapters.channels.sms import SMS
from tocsin.adapters.channels.voice import Voice
from tocsin.adapters.channels.webhook import Webhook
from tocsin.adapters.ical import ICalendar
from tocsin.adapters.passwords import Argon2
from tocsin.adapters.references import References
from tocsin.adapters.rendering.jinja import Jinja
from tocsin.adapters.signing import HmacSigner
from tocsin.config.catalogue import Complaint
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.incident.state import Incident
from tocsin.flows.access import Passwords
from tocsin.flows.calendar_format import CalendarFormat
from tocsin.flows.engine import Engine
from tocsin.flows.handle import refold
from tocsin.flows.ports import Channel
from tocsin.flows.signing import Signing
from tocsin.flows.storage import Store, Tx
from tocsin.net.http import Http
from tocsin.net.redaction import redact_body
from tocsin.settings import Settings
from tocsin.store.opening import open_store
from tocsin.wiring.sources import sources, ways_back


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What a door gets, and nothing else."""

    settings: Settings
    engine: Engine
    passwords: Passwords
    references: References
    signing: Signing
    calendars: CalendarFormat = field(default_factory=ICalendar)


def now() -> datetime:
    """Return the time; the only place that asks the machine's clock for anything that is kept."""
    return datetime.now(tz=UTC)


def new_id() -> str:
    """Return a UUIDv7: unique, and in the order of time."""
    return str(uuid_utils.uuid7())


def build(settings: Settings) -> App:
    """Return the application over the settings' database, which must have been migrated."""
    return assemble(settings, open_store(settings.database, refold=_refold))


def _refold(tx: Tx, incident: str) -> Incident:
    return refold(tx, incident)


def assemble(settings: Settings, store: Store) -> App:
    """Return the application over a store."""
    references = References(os.environ)
    http = Http()
    signing = Signing(signer=HmacSigner(), secrets=settings.secrets)
    engine = Engine(
        store=store,
        renderer=Jinja(),
        new_id=new_id,
        public_url=settings.public_url,
        channels={c.kind: c for c in channels(http)},
        sources=sources(http),
        ways_back=ways_back(http, now),
        actions={a.kind: a for a in (TerminateIdleInTransaction(), RollBack())},
        resolve=references.resolve,
        redact=redact_body,
        signing=signing,
    )
    return App(settings=settings, engine=engine, passwords=Argon2(), references=references, signing=signing)


def channels(http: Http) -> tuple[Channel, ...]:
    """Return what carries messages."""
    return (
        Console(sys.stderr.write),
        Email(now),
        Webhook(http, now),
        Ntfy(http),
        SMS(http),
        Voice(http),
        Apprise(),
    )


def judge_options(catalogue: Catalogue) -> Iterator[Complaint]:
    """Say what is wrong with adapters' options. Every adapter is loaded for that, so it is done when first asked for."""
    from tocsin.wiring import options  # noqa: PLC0415 (see above)

    return options.judge_options(catalogue)
