"""Promises meet implementations: adapters, the store, the only clock, and where ids come from."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

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
from tocsin.adapters.deadman import Switch
from tocsin.adapters.ical import ICalendar
from tocsin.adapters.monitors.http import HttpMonitor
from tocsin.adapters.monitors.metrics import MetricsMonitor
from tocsin.adapters.passwords import Argon2
from tocsin.adapters.probes import http as http_probe
from tocsin.adapters.probes.deploys import Deploys
from tocsin.adapters.probes.dns import Dns
from tocsin.adapters.probes.docker import Docker
from tocsin.adapters.probes.git import Git
from tocsin.adapters.probes.host import Host
from tocsin.adapters.probes.kubernetes import Kubernetes
from tocsin.adapters.probes.logs import Logs
from tocsin.adapters.probes.pgbouncer import Pgbouncer
from tocsin.adapters.probes.postgres import Postgres
from tocsin.adapters.probes.prometheus import Prometheus
from tocsin.adapters.probes.prometheus_text import Metrics
from tocsin.adapters.probes.redis import Redis
from tocsin.adapters.probes.statuspage import Statuspage
from tocsin.adapters.probes.tls import Tls
from tocsin.adapters.references import References
from tocsin.adapters.rendering.jinja import Jinja
from tocsin.adapters.signing import HmacSigner
from tocsin.domain.incident.state import Incident
from tocsin.flows import (
    aside,
    deadman,
    duty_notices,
    heartbeats,
    housekeeping,
    ingest,
    investigate,
    mitigate,
    monitor,
    verify,
    wake,
)
from tocsin.flows.access import Passwords
from tocsin.flows.calendar_format import CalendarFormat
from tocsin.flows.deliver import MESSAGE_KINDS, deliver, senders
from tocsin.flows.diagnosis import Probe
from tocsin.flows.engine import Engine
from tocsin.flows.handle import refold
from tocsin.flows.ports import Channel
from tocsin.flows.signing import Signing
from tocsin.flows.storage import Job, Store, Timer, Tx
from tocsin.flows.write_back import write_back
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What a worker can do: one runner a kind of job, and one for timers; where what breaks is put; what to begin with.

    `timers` carries out what of several can be done at once and returns the others, which are for `timer`. `together`
    looks once at rows that were leased together and returns what carries them out, by their ids; the others are for `jobs`.
    """

    jobs: dict[str, Callable[[Job], str]]
    timer: Callable[[Timer], None]
    put_aside: Callable[[Job, str], str]
    put_off: Callable[[Timer, str], str]
    begin: Callable[[], None]
    timers: Callable[[Sequence[Timer]], Sequence[Timer]] = tuple
    together: Callable[[Sequence[Job]], Mapping[str, Callable[[], str]]] = lambda _: {}


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


def duties(app: App) -> Duties:
    """Return what a worker over `app` can do."""
    http = Http()
    looks: dict[str, monitor.Look] = {m.kind: m for m in (HttpMonitor(http, now), MetricsMonitor(http, now))}
    lookers = {
        "monitor": partial(monitor.look, app.engine, looks=looks),
        "gates": partial(verify.check, app.engine),
        ingest.LEASES: partial(ingest.lapse, app.engine),
        ingest.HELD: partial(ingest.release, app.engine),
        ingest.MEMBERSHIP: partial(ingest.tell, app.engine),
        heartbeats.STREAM: partial(heartbeats.lapse, app.engine),
        investigate.REDIAGNOSE: partial(investigate.look_again, app.engine),
        deadman.NAME: partial(_knock, app, Switch(http)),
        "oncall": partial(duty_notices.look, app.engine),
        "housekeeping": partial(housekeeping.prune, app.engine, keep=_keep(app.settings)),
    }
    jobs: dict[str, Callable[[Job], str]] = {kind: partial(deliver, app.engine) for kind in MESSAGE_KINDS}
    jobs["run_plan"] = partial(mitigate.run_plan, app.engine)
    jobs["diagnose"] = partial(investigate.run_diagnosis, app.engine, probes=probes(), clock=now)
    jobs["write_back"] = partial(write_back, app.engine)
    return Duties(
        jobs=jobs,
        timer=partial(wake.wake, app.engine, lookers=lookers),
        put_aside=partial(aside.put_aside, app.engine),
        put_off=partial(aside.put_off, app.engine),
        begin=partial(_begin, app),
        timers=partial(wake.wake_together, app.engine, lookers=lookers),
        together=partial(_messages, app.engine),
    )


def _messages(engine: Engine, jobs: Sequence[Job]) -> Mapping[str, Callable[[], str]]:
    return senders(engine, [job for job in jobs if job.kind in MESSAGE_KINDS])


def _begin(app: App) -> None:
    housekeeping.begin(app.engine)
    duty_notices.begin(app.engine)
    deadman.begin(app.engine, wanted=bool(app.settings.deadman_url))


def _knock(app: App, switch: Switch, timer: Timer) -> None:
    deadman.knock(app.engine, timer, url=app.settings.deadman_url, every=app.settings.deadman_every, ask=switch.ask)


def _keep(settings: Settings) -> dict[str, timedelta]:
    return {
        "raw": settings.keep_raw,
        "jobs": settings.keep_jobs,
        "alerts": settings.keep_alerts,
        "silences": settings.keep_alerts,
        "bundles": settings.keep_bundles,
        "samples": settings.keep_samples,
        "changes": settings.keep_changes,
    }


def probes() -> dict[str, Probe]:
    """Return what can look at the world, by kind."""
    found: tuple[Probe, ...] = (
        http_probe.Http(now),
        Postgres(now),
        Pgbouncer(now),
        Redis(now),
        Host(now),
        Deploys(now),
        Metrics(now, Http()),
        Tls(now, Http()),
        Dns(now),
        Logs(now, Http()),
        Docker(now, Http()),
        Kubernetes(now, Http()),
        Prometheus(now, Http()),
        Statuspage(now, Http()),
        Git(now),
    )
    return {probe.kind: probe for probe in found}
