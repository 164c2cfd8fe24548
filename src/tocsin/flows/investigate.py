"""Ask for a diagnosis, run it for an incident's services, keep its evidence, and look again while no cause is known (R-DIA-1)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.domain.actor import SYSTEM
from tocsin.domain.changes import Change
from tocsin.domain.diagnosis.change_facts import with_changes
from tocsin.domain.diagnosis.compare import changed_causes, changed_sight
from tocsin.domain.diagnosis.diagnose import diagnose, diagnosed
from tocsin.domain.diagnosis.facts import Bundle, ProbeError
from tocsin.domain.diagnosis.history import with_baselines, with_history
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.incident.events import Diagnosed
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import WORKER, Viewer
from tocsin.flows.aside import close
from tocsin.flows.diagnosis import DEADLINE_S, Investigation, Probe, collect
from tocsin.flows.diagnosis_history import normal, recall, remember
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change as Said
from tocsin.flows.handle import UnknownIncidentError, find, load, record
from tocsin.flows.measured import with_measured
from tocsin.flows.policies import policy_of
from tocsin.flows.ports import Clock, PermanentError
from tocsin.flows.queries import see
from tocsin.flows.respond import By
from tocsin.flows.speed import scaled
from tocsin.flows.storage import Job, NewJob, Timer, Tx
from tocsin.flows.transact import transact

REDIAGNOSE = "rediagnose"
# After the first look at once: half a minute, two, five and fifteen minutes into the incident, then every half hour.
WAITS = (timedelta(seconds=30), timedelta(seconds=90), timedelta(minutes=3), timedelta(minutes=10))
LAST_WAIT = timedelta(minutes=30)
CHANGES_SINCE = timedelta(days=2)
MOST_CHANGES = 200


def ask_diagnosis(engine: Engine, ref: str, by: By) -> None:
    """Queue a diagnosis of the affected services; its result joins the timeline."""

    def ask(tx: Tx) -> None:
        incident = find(tx, ref, by.viewer)
        key = f"{incident.id}/diagnose/asked/{engine.new_id()}"
        tx.enqueue((NewJob(key=key, kind="diagnose", incident=incident.id, payload={"asked": True}, due=tx.now()),))

    transact(engine, ask)


def run_diagnosis(engine: Engine, job: Job, *, probes: Mapping[str, Probe], clock: Clock) -> str:
    """Look at the incident's services and record what was concluded: the worker's side. Returns what became of it.

    A repeated look that concludes the same is not worth a line in the timeline.
    """
    try:
        with engine.store.reading() as tx:
            incident = see(tx, WORKER, job.incident)
            policy = policy_of(tx, incident.pack)
    except UnknownIncidentError:
        return "moot" if close(engine, job, None, "the incident is gone") else "lost"
    targets = targets_of(engine, incident, policy)
    began, onset = time.monotonic(), incident.began_at
    seen = collect(targets.found, probes, deadline_s=DEADLINE_S, now=clock)
    asked = tuple(sorted({*seen.targets, *(one.target for one in targets.missing)}))
    bundle = replace(seen, targets=asked, errors=(*seen.errors, *targets.missing))
    bundle = with_changes(bundle, _changes(engine, targets.services, onset - CHANGES_SINCE), bundle.ended_at)
    bundle = _with_the_past(engine, bundle, targets.services, onset)
    bundle = with_measured(engine, bundle, incident, policy, targets.services)
    result = Investigation(bundle=bundle, diagnosis=diagnose(bundle, onset), onset=onset)
    took_s = round(time.monotonic() - began, 3)
    return transact(engine, lambda tx: _conclude(engine, tx, job, result, took_s))


def _with_the_past(engine: Engine, bundle: Bundle, services: Sequence[str], onset: datetime) -> Bundle:
    with engine.store.reading() as tx:
        earlier, baselines = recall(tx, bundle.targets), normal(tx, services, onset)
    return with_baselines(with_history(bundle, earlier), baselines)


def _changes(engine: Engine, services: Sequence[str], since: datetime) -> list[Change]:
    if not services:
        return []
    with engine.store.reading() as tx:
        return [told.change for told in tx.list_changes(services=services, since=since, limit=MOST_CHANGES)]


def look_again(engine: Engine, timer: Timer) -> None:
    """Queue the next repeated diagnosis, unless somebody or something knows the cause, or nobody works on it any more."""

    def queue(tx: Tx) -> None:
        if not tx.finish_timer(timer):
            return
        incident = load(tx, timer.stream)
        if incident is None or _settled(incident):
            return
        number = timer.generation
        key = f"{incident.id}/diagnose/again/{number}/{engine.new_id()}"
        again = {"again": number}
        tx.enqueue((NewJob(key=key, kind="diagnose", incident=incident.id, payload=again, due=tx.now()),))

    transact(engine, queue)


def _conclude(engine: Engine, tx: Tx, job: Job, result: Investigation, took_s: float) -> str:
    if not tx.settle(job, f"{len(result.diagnosis.findings)} checks"):
        return "lost"
    incident = find(tx, job.incident, WORKER)
    remember(tx, result.bundle)
    number = job.payload.get("again", 0)
    bundle = f"{incident.id}/{engine.new_id()}"
    body = diagnosed(result.diagnosis, bundle, took_s)
    same = bool(number) and _conclusion(body) == _last(incident)
    if not same:
        tx.put_bundle(bundle, incident.id, result.run.to_json())
        body = replace(body, changed=_changed(incident, body))
        incident = record(engine, tx, incident, [Said(body=body, actor=SYSTEM)])
    if "asked" not in job.payload and not _settled(incident) and isinstance(number, int):
        wait = WAITS[number] if number < len(WAITS) else LAST_WAIT
        tx.set_timer(incident.id, REDIAGNOSE, number + 1, tx.now() + scaled(tx, incident, wait))
    return "unchanged" if same else "diagnosed"


def _settled(incident: Incident) -> bool:
    known = incident.root_cause_confirmed or any(c.state == "confirmed" for c in incident.causes)
    return known or not incident.open or incident.mode == "backfill"


def _conclusion(body: Diagnosed) -> tuple[object, ...]:
    return tuple((c.key, c.title, c.state) for c in body.causes), set(body.blind_spots)


def _last(incident: Incident) -> tuple[object, ...]:
    return tuple((c.key, c.title, c.state) for c in incident.causes), set(incident.blind_spots)


def _changed(incident: Incident, body: Diagnosed) -> tuple[str, ...]:
    """Return what this look sees differently from the one before it, if there was one."""
    if incident.diagnosed_at is None:
        return ()
    causes = changed_causes(incident.causes, body.causes)
    return tuple(str(one) for one in (*causes, *changed_sight(incident.blind_spots, body.blind_spots)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What may be looked at, and what cannot even be asked (a secret that is not there)."""

    found: tuple[Target, ...]
    missing: tuple[ProbeError, ...] = ()
    services: tuple[str, ...] = ()


def targets_of(engine: Engine, incident: Incident, policy: Policy) -> Targets:
    """Return what may be looked at: the affected services' probes and those of what they depend on, secrets resolved."""
    wanted = list(incident.services)
    for key in wanted:
        service = policy.catalogue.service(key)
        wanted.extend(d for d in (service.depends_on if service else ()) if d not in wanted)
    found: list[Target] = []
    missing: list[ProbeError] = []
    for key in wanted:
        service = policy.catalogue.service(key)
        for probe in service.probes if service else ():
            name = f"{key}/{probe.key}"
            try:
                options = engine.resolve(probe.options)
            except PermanentError as error:
                missing.append(ProbeError(target=name, kind=probe.kind, reason="failed", detail=str(error)))
            else:
                found.append(Target(name=name, kind=probe.kind, service=key, options=options, onset=incident.began_at))
    return Targets(found=tuple(found), missing=tuple(missing), services=tuple(wanted))


def bundle_of(engine: Engine, viewer: Viewer, ref: str, key: str) -> bytes:
    """Return one of the incident's diagnoses, facts and verdict, as JSON; `key` is a bundle's whole name or its last part.

    Raises:
        UnknownIncidentError: absent or hidden incident, or not a bundle of it.
    """
    with engine.store.reading() as tx:
        incident = see(tx, viewer, ref)
        own = f"{incident.id}/"
        body = tx.bundle(own + key.removeprefix(own))
    if not body:
        raise UnknownIncidentError(f"{ref} bundle {key}")
    return body
