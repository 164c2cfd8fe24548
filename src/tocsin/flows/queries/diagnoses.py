"""What was seen and concluded each time somebody or something looked for the cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.domain.diagnosis.compare import Changed, compare
from tocsin.domain.diagnosis.run import Run
from tocsin.domain.incident.events import Diagnosed
from tocsin.domain.visibility import Viewer
from tocsin.flows.engine import Engine
from tocsin.flows.handle import UnknownIncidentError
from tocsin.flows.queries.incidents import see
from tocsin.flows.storage import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One diagnosis in a list; `id` names its bundle within the incident, `event` its line in the log.

    `cause` is the best one it found.
    """

    id: str
    event: str
    at: datetime
    cause: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisView:
    """One diagnosis in full; `run` is None once retention took its facts. `changed` is against the look before it."""

    look: Look
    run: Run | None
    before: Look | None
    changed: tuple[Changed, ...]
    looks: tuple[Look, ...]


def diagnosis(engine: Engine, viewer: Viewer, ref: str, key: str = "") -> DiagnosisView | None:
    """Return the incident's diagnosis named by its bundle's last part or its event, or the newest; None when nobody has looked yet.

    Raises:
        UnknownIncidentError: absent or hidden incident, or none of its diagnoses.
    """
    with engine.store.reading() as tx:
        found = see(tx, viewer, ref)
        looks = _looks(tx, found.id)
        if not looks and not key:
            return None
        at = next((n for n, one in enumerate(looks) if not key or key in {one.id, one.event}), None)
        if at is None:
            raise UnknownIncidentError(f"{ref} diagnosis {key}")
        before = looks[at + 1] if at + 1 < len(looks) else None
        run, was = _run(tx, found.id, looks[at]), _run(tx, found.id, before) if before else None
    changed = compare(was.verdict, run.verdict) if run and was else ()
    return DiagnosisView(look=looks[at], run=run, before=before, changed=changed, looks=tuple(looks))


def _looks(tx: Tx, incident: str) -> list[Look]:
    """Return every diagnosis of the incident, the newest first."""
    found = []
    for event in tx.events(incident):
        if isinstance(event.body, Diagnosed):
            best = event.body.causes[0] if event.body.causes else None
            title, state = (best.title, best.state) if best else ("", "")
            id_ = event.body.bundle.rpartition("/")[2]
            found.append(Look(id=id_, event=event.id, at=event.occurred_at, cause=title, state=state))
    return found[::-1]


def _run(tx: Tx, incident: str, look: Look) -> Run | None:
    body = tx.bundle(f"{incident}/{look.id}")
    return Run.from_json(body) if body else None
