"""Ask for a diagnosis, run it for an incident's services, keep its evidence (R-DIA-1)."""

from __future__ import annotations

import time
from collections.abc import Mapping

from tocsin.domain.actor import SYSTEM
from tocsin.domain.diagnosis.diagnose import diagnosed
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.visibility import WORKER, Viewer
from tocsin.flows.diagnosis import Probe, investigate
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, UnknownIncidentError, find, record
from tocsin.flows.policies import policy_of
from tocsin.flows.ports import Clock
from tocsin.flows.queries import see
from tocsin.flows.respond import By
from tocsin.flows.storage import Job, NewJob


def ask_diagnosis(engine: Engine, ref: str, by: By) -> None:
    """Queue a diagnosis of the affected services; its result joins the timeline."""
    with engine.store.transaction() as tx:
        incident = find(tx, ref, by.viewer)
        key = f"{incident.id}/diagnose/asked/{engine.new_id()}"
        job = NewJob(key=key, kind="diagnose", incident=incident.id, payload={}, due=tx.now())
        tx.enqueue((job,))
    engine.store.wake()


def run_diagnosis(engine: Engine, job: Job, *, probes: Mapping[str, Probe], clock: Clock) -> str:
    """Look at the incident's services and record what was concluded: the worker's side. Returns what became of it."""
    with engine.store.reading() as tx:
        incident = see(tx, WORKER, job.incident)
        targets = targets_of(engine, incident, policy_of(tx, incident.pack))
    began = time.monotonic()
    stamps = incident.milestones
    onset = stamps.get("impact_started") or stamps.get("detected") or incident.declared_at
    result = investigate(targets, probes, now=clock, onset=onset)
    took_s = round(time.monotonic() - began, 3)
    with engine.store.transaction() as tx:
        if not tx.settle(job, f"{len(result.diagnosis.findings)} checks"):
            return "lost"
        bundle = f"{incident.id}/{engine.new_id()}"
        tx.put_bundle(bundle, incident.id, result.bundle.to_json())
        body = diagnosed(result.diagnosis, bundle, took_s)
        record(engine, tx, find(tx, job.incident, WORKER), [Change(body=body, actor=SYSTEM)])
    engine.store.wake()
    return "diagnosed"


def targets_of(engine: Engine, incident: Incident, policy: Policy) -> list[Target]:
    """Return what may be looked at: the affected services' probes and those of what they depend on, secrets resolved."""
    wanted = list(incident.services)
    for key in wanted:
        service = policy.catalogue.service(key)
        wanted.extend(d for d in (service.depends_on if service else ()) if d not in wanted)
    return [
        Target(
            name=f"{service.key}/{probe.key}",
            kind=probe.kind,
            service=service.key,
            options=engine.resolve(probe.options),
        )
        for key in wanted
        if (service := policy.catalogue.service(key))
        for probe in service.probes
    ]


def bundle_of(engine: Engine, viewer: Viewer, ref: str, key: str) -> bytes:
    """Return the raw facts of one of the incident's diagnoses, as JSON.

    Raises:
        UnknownIncidentError: absent or hidden incident, or not a bundle of it.
    """
    with engine.store.reading() as tx:
        incident = see(tx, viewer, ref)
        body = tx.bundle(f"{incident.id}/{key}")
    if not body:
        raise UnknownIncidentError(f"{ref} bundle {key}")
    return body
