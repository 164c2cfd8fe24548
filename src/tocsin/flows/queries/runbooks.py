"""Questions about runbooks: which there are, which fit an incident and why, and how far those it follows have come."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.findings import Finding
from tocsin.domain.diagnosis.run import Run
from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.runbooks import StepState, next_step, progress, trouble
from tocsin.domain.incident.state import Incident, RunbookRun, StepMark
from tocsin.domain.mitigation.runbook import Runbook, Step, matching
from tocsin.domain.visibility import Viewer
from tocsin.flows.engine import Engine
from tocsin.flows.policies import catalogue, policy_of
from tocsin.flows.queries.incidents import see
from tocsin.flows.queries.runbook_views import (
    FollowedView,
    IncidentRunbooks,
    RunbookLine,
    RunbookView,
    StepView,
)
from tocsin.flows.shelf import digest_of, runbooks_in_force, snapshot
from tocsin.flows.storage import Tx

Fields = Mapping[str, object]
# What a runbook is shown with where there is no incident: words in capitals are for the reader to fill in.
NOBODY: Fields = {
    "service": {"key": "SERVICE", "name": "the service", "team": "TEAM", "owner": "OWNER", "endpoints": ()},
    "incident": {"ref": "REF", "severity": "SEVERITY", "url": "URL"},
    "links": {},
}


def runbooks(engine: Engine) -> tuple[RunbookLine, ...]:
    """Return the runbooks in force."""
    with engine.store.reading() as tx:
        return tuple(_line(runbook) for runbook in runbooks_in_force(tx))


def runbook(engine: Engine, key: str, *, service: str = "") -> RunbookView:
    """Return a runbook in force, filled in for a service where one is named.

    Raises:
        InvalidError: there is no such runbook or service.
    """
    with engine.store.reading() as tx:
        found = snapshot(tx, digest_of(tx, key))
        fields = {**NOBODY, **_service_fields(tx, service)}
    if found is None:
        raise InvalidError(f"the snapshot of runbook {key!r} is gone", field="runbook", mend="Apply the configuration.")
    steps = tuple(step_view(engine, StepState(number=n, step=s, mark=StepMark()), fields) for n, s in _numbered(found))
    return RunbookView(
        key=found.key,
        title=found.title,
        summary=found.summary,
        severity=found.severity,
        source=found.source,
        owner=found.owner,
        causes=found.when.causes,
        alerts=found.when.alerts,
        labels=found.when.labels,
        symptoms=found.when.symptoms,
        steps=steps,
    )


def incident_runbooks(engine: Engine, viewer: Viewer, ref: str) -> IncidentRunbooks:
    """Return what an incident follows, and which other runbooks fit it, with the reasons.

    Raises:
        UnknownIncidentError: absent, or hidden from `viewer`.
    """
    with engine.store.reading() as tx:
        incident = see(tx, viewer, ref)
        policy = policy_of(tx, incident.pack)
        books = runbooks_in_force(tx)
        kept = [(run, snapshot(tx, run.digest)) for run in incident.runbooks]
        found = matching(books, trouble(incident, tx.events(incident.id)))
        findings = _findings(tx, incident) if kept else ()
    fields = incident_fields(engine, incident, policy)
    followed = tuple(_followed(engine, (run, book, incident, policy), fields, findings) for run, book in kept if book)
    keys = {run.runbook for run in incident.runbooks}
    fitting = [_line(m.runbook, score=m.score, reasons=m.reasons, followed=m.runbook.key in keys) for m in found]
    rest = [_line(book, followed=book.key in keys) for book in books if book.key not in {line.key for line in fitting}]
    return IncidentRunbooks(
        ref=incident.ref,
        followed=followed,
        others=tuple(line for line in (*fitting, *rest) if not line.followed),
    )


def incident_fields(engine: Engine, incident: Incident, policy: Policy) -> Fields:
    """Return what a runbook's texts may name of an incident: its first service as configured, and its reference."""
    service = next((s for key in incident.services if (s := policy.catalogue.service(key))), None)
    known: dict[str, object] = dict(NOBODY)
    if service is not None:
        known |= {"service": _plain(service), "links": dict(service.links)}
    url = f"{engine.public_url}/incidents/{incident.ref}"
    return {**known, "incident": {"ref": incident.ref, "severity": incident.severity, "url": url}}


def filled(engine: Engine, source: str, fields: Fields) -> str:
    """Return a text with the fields filled in; what is not known prints as 'unknown'."""
    return engine.renderer.render(source, fields).strip() if "{" in source else source.strip()


def step_view(engine: Engine, state: StepState, fields: Fields, seen: Sequence[str] = ()) -> StepView:
    """Return a step as people follow it. In a command every value is quoted for the shell it is copied into."""
    step, mark = state.step, state.mark
    return StepView(
        number=state.number,
        key=step.key,
        kind=step.kind,
        text=filled(engine, step.text, fields),
        command=filled(engine, step.command, {name: _quoted(value) for name, value in fields.items()}),
        expect=filled(engine, step.expect, fields),
        otherwise=filled(engine, step.otherwise, fields),
        checks=step.checks,
        action=step.action,
        gates=step.gates,
        runs=runs(step),
        result=mark.result,
        note=mark.note,
        by=mark.by,
        at=mark.at,
        plan=mark.plan,
        seen=(*state.seen, *seen),
    )


def runs(step: Step) -> bool:
    """Return whether Tocsin can carry a step out: look with its checks, plan its action, judge its gates."""
    return bool((step.kind == "look" and step.checks) or step.action or step.gates)


def _followed(
    engine: Engine,
    what: tuple[RunbookRun, Runbook, Incident, Policy],
    fields: Fields,
    findings: Sequence[Finding],
) -> FollowedView:
    run, book, incident, policy = what
    states = progress(run, book, incident)
    following = next_step(run, book)
    steps = (
        step_view(engine, s, fields, (*_checked(s.step, findings), *_gated(s.step, incident, policy))) for s in states
    )
    return FollowedView(
        key=run.runbook,
        title=run.title,
        summary=book.summary,
        severity=book.severity,
        started_by=run.started_by,
        started_at=run.started_at,
        ended=sum(s.mark.result in {"done", "failed", "skipped"} for s in states),
        next=following[1].key if following else "",
        steps=tuple(steps),
    )


def _findings(tx: Tx, incident: Incident) -> tuple[Finding, ...]:
    """Return what the last diagnosis found, judged again from the facts it kept: the same facts, the same findings."""
    body = tx.bundle(incident.bundle) if incident.bundle else b""
    if not body:
        return ()
    stamps = incident.milestones
    onset = stamps.get("impact_started") or stamps.get("detected") or incident.declared_at
    return diagnose(Run.from_json(body).facts, onset).findings


def _checked(step: Step, findings: Sequence[Finding]) -> list[str]:
    return [f"{f.verdict}: {f.check_id} {f.target}: {f.observed}" for f in findings if f.check_id in step.checks]


def _gated(step: Step, incident: Incident, policy: Policy) -> list[str]:
    measured = {gate.key: gate.metric for gate in policy.pack.verification.gates}
    return [
        f"{seen.verdict}: {seen.gate} {seen.observed}, expected {seen.expected}"
        for seen in incident.verification.gates
        if measured.get(seen.gate) in step.gates
    ]


def _line(book: Runbook, *, score: float = 0.0, reasons: tuple[str, ...] = (), followed: bool = False) -> RunbookLine:
    return RunbookLine(
        key=book.key,
        title=book.title,
        summary=book.summary,
        severity=book.severity,
        causes=book.when.causes,
        steps=len(book.steps),
        score=score,
        reasons=reasons,
        followed=followed,
    )


def _numbered(book: Runbook) -> list[tuple[int, Step]]:
    return list(enumerate(book.steps, start=1))


def _service_fields(tx: Tx, key: str) -> Fields:
    if not key:
        return {}
    service = catalogue(tx).service(key)
    if service is None:
        known = ", ".join(s.key for s in catalogue(tx).services) or "none"
        raise InvalidError(f"no service is called {key!r}", field="service", mend=f"Known: {known}.")
    return {"service": _plain(service), "links": dict(service.links)}


def _plain(service: object) -> Fields:
    return {name: getattr(service, name) for name in ("key", "name", "team", "owner", "endpoints")}


def _quoted(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _quoted(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_quoted(part) for part in value]
    return shlex.quote(str(value)) if value else value
