"""A diagnosis as text for a terminal and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import msgspec

from tocsin.domain.diagnosis.diagnosis import Cause, Diagnosis, State
from tocsin.domain.diagnosis.facts import Bundle
from tocsin.domain.diagnosis.findings import Verdict

_SIGN: dict[Verdict, str] = {"ok": "ok  ", "warn": "WARN", "critical": "CRIT", "unknown": "?   "}
_ORDER: tuple[Verdict, ...] = ("critical", "warn", "unknown", "ok")
_SHOWN_STATES: tuple[State, ...] = ("confirmed", "likely", "possible")


def lines(diagnosis: Diagnosis, bundle: Bundle) -> tuple[str, ...]:
    """Return the whole report, one string a line, without colour."""
    return tuple(_report(diagnosis, bundle))


def as_dict(diagnosis: Diagnosis, bundle: Bundle) -> dict[str, object]:
    """Return the diagnosis as values that any JSON encoder takes; the bundle itself is not in it."""
    told = cast("dict[str, object]", msgspec.to_builtins(diagnosis))
    top = diagnosis.top
    head = {
        "started_at": bundle.started_at.isoformat(),
        "took_s": round(bundle.took_s, 3),
        "targets": list(bundle.targets),
        "top_cause": top.title if top else None,
        "top_state": top.state if top else None,
    }
    return head | told


def _report(diagnosis: Diagnosis, bundle: Bundle) -> Iterator[str]:
    yield f"Quick look, {bundle.started_at:%Y-%m-%d %H:%M:%S} UTC ({bundle.took_s:.1f} s, {len(bundle.targets)} targets)"
    for line in diagnosis.quick_lines:
        yield f"  {_SIGN[line.verdict]} {line.label}: {line.text}"
    yield ""
    yield f"Answer: {diagnosis.answer}"
    yield ""
    yield from _causes(diagnosis)
    yield ""
    yield "Asked in order"
    for answer in diagnosis.families:
        yield f"  {answer.question} {answer.answer}"
    yield ""
    yield from _findings(diagnosis)
    if diagnosis.blind_spots:
        yield ""
        yield "Not seen"
        for spot in diagnosis.blind_spots:
            yield f"  {spot}" + (f"; {spot.mend}" if spot.mend else "")


def _causes(diagnosis: Diagnosis) -> Iterator[str]:
    shown = [cause for cause in diagnosis.causes if cause.supports and cause.state in _SHOWN_STATES]
    yield "Causes" if shown else "Causes: nothing that was seen speaks for any"
    for number, cause in enumerate(shown, start=1):
        part = f", part of {cause.part_of}" if cause.part_of else ""
        yield f"  {number}. {cause.state} {cause.score:.0%}{part}: {cause.title}"
        yield from _detail(cause)


def _detail(cause: Cause) -> Iterator[str]:
    for evidence in cause.supports:
        yield f"     for      {evidence}"
    for evidence in cause.refutes:
        yield f"     against  {evidence}"
    if not cause.refutes:
        yield "     against  nothing that was seen"
    for text in cause.unseen:
        yield f"     unseen   {text}"
    if cause.state != "confirmed":
        yield f"     decides  {cause.decided_by}"
    for proposal in cause.proposals:
        params = " ".join(f"{key}={value}" for key, value in proposal.params.items())
        yield f"     do       {proposal.key} {params}" + (f": {proposal.why}" if proposal.why else "")
    if cause.runbook:
        yield f"     runbook  {cause.runbook}"


def _findings(diagnosis: Diagnosis) -> Iterator[str]:
    bad = sum(finding.bad for finding in diagnosis.findings)
    yield f"Checks: {len(diagnosis.findings)}, of which {bad} found something"
    for finding in sorted(diagnosis.findings, key=lambda one: _ORDER.index(one.verdict)):
        yield f"  {_SIGN[finding.verdict]} {finding.check_id} {finding.target}: {finding.observed}"
        if finding.bad:
            yield f"         expected {finding.expected} [{finding.source}]"
            yield from (f"         {text}" for text in finding.evidence)
            if finding.reproduce:
                yield f"         see it: {finding.reproduce}"
