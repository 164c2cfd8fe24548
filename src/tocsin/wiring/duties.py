"""What a worker is handed: who carries out each kind of job and timer. A server needs none of it, and loads none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from tocsin.adapters.deadman import Switch
from tocsin.adapters.monitors.http import HttpMonitor
from tocsin.adapters.monitors.metrics import MetricsMonitor
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
from tocsin.flows.deliver import MESSAGE_KINDS, deliver, senders
from tocsin.flows.engine import Engine
from tocsin.flows.spreading import SPREAD
from tocsin.flows.storage import Job, Timer
from tocsin.flows.write_back import write_back
from tocsin.net.http import Http
from tocsin.settings import Settings
from tocsin.wiring.app import App, now
from tocsin.wiring.probing import probes


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
    jobs["write_back"] = jobs[SPREAD] = partial(write_back, app.engine)
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
