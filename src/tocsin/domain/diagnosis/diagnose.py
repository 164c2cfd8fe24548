"""The one door of this room: a bundle in, a diagnosis out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import get_args

from tocsin.domain.diagnosis.answer import answer
from tocsin.domain.diagnosis.checks.catalogue import run_checks
from tocsin.domain.diagnosis.diagnosis import Cause, Diagnosis, FamilyAnswer
from tocsin.domain.diagnosis.facts import BlindSpot, Bundle
from tocsin.domain.diagnosis.hypothesis import FAMILIES, FactKind, Family, Kind
from tocsin.domain.diagnosis.limits import Limits
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.naming import named
from tocsin.domain.diagnosis.quick import quick_lines
from tocsin.domain.diagnosis.ranking import rank
from tocsin.domain.diagnosis.unseen import unseen_besides
from tocsin.domain.incident.events import CauseSeen, Diagnosed

MOST_CAUSES = 8


def diagnose(bundle: Bundle, onset: datetime | None = None, limits: Limits | None = None) -> Diagnosis:
    """Return what the facts in `bundle` say about trouble that began at `onset` (aware UTC; None: unknown).

    The same arguments always give the same diagnosis (R-DIA-8).
    """
    look = Look(bundle=bundle, onset=onset, limits=limits or Limits())
    findings = run_checks(look)
    spots = blind_spots(bundle)
    unseen = {kind: tuple(str(spot) for spot in of) for kind, of in spots.items()}
    causes = tuple(named(cause, look) for cause in rank(findings, unseen))
    blind = (*(spot for of in spots.values() for spot in of), *unseen_besides(bundle, get_args(FactKind)))
    return Diagnosis(
        findings=findings,
        causes=causes,
        families=tuple(_answer(family, question, causes) for family, question in FAMILIES),
        blind_spots=blind,
        quick_lines=quick_lines(findings, look),
        answer=answer(causes, len(blind), look),
    )


def blind_spots(bundle: Bundle) -> dict[Kind, tuple[BlindSpot, ...]]:
    """Return per kind of facts what was not seen: no target, a probe without an answer, a missing privilege."""
    spots: dict[Kind, tuple[BlindSpot, ...]] = {kind: _blind(bundle, kind) for kind in get_args(FactKind)}
    if not any(facts.third_party for facts in bundle.http):
        none = BlindSpot(target="third parties", what="nothing was looked at", why="no target is marked third_party")
        spots["third_party"] = (none,)
    return spots


def _blind(bundle: Bundle, kind: FactKind) -> tuple[BlindSpot, ...]:
    facts = getattr(bundle, kind)
    words = {"late": "no answer within the deadline", "no_probe": "no probe of this kind"}
    errors = tuple(
        BlindSpot(target=one.target, what=f"{kind} facts", why=words.get(one.reason) or one.detail)
        for one in bundle.errors
        if one.kind == kind
    )
    if not facts and not errors:
        return (BlindSpot(target=kind, what="nothing was looked at", why="no target configured"),)
    spots = tuple(spot for one in facts for spot in one.blind)
    unread = tuple(
        BlindSpot(target=one.target, what="everything behind the connection", why=one.error_text or one.error)
        for one in facts
        if getattr(one, "error", None)
    )
    return errors + spots + unread


def _answer(family: Family, question: str, causes: Sequence[Cause]) -> FamilyAnswer:
    """Answer with the best cause of the family; causes come best first."""
    of = [cause for cause in causes if cause.family == family]
    best = next((cause for cause in of if cause.supports and cause.state != "refuted"), None)
    if best:
        text = f"{best.state} ({best.score:.0%}): {best.title}"
        return FamilyAnswer(family=family, question=question, state=best.state, answer=text, cause=best.key)
    open_ones = [cause for cause in of if cause.state != "refuted"]
    unseen = tuple(dict.fromkeys(text for cause in open_ones for text in cause.unseen))
    if unseen:
        return FamilyAnswer(
            family=family, question=question, state="unprovable", answer=f"cannot say: {'; '.join(unseen)}"
        )
    if open_ones:
        return FamilyAnswer(family=family, question=question, state="possible", answer="nothing speaks for it")
    against = [cause.refutes[0].text for cause in of if cause.refutes]
    return FamilyAnswer(family=family, question=question, state="refuted", answer=f"no: {'; '.join(against)}")


def diagnosed(diagnosis: Diagnosis, bundle_id: str, took_s: float) -> Diagnosed:
    """Return the event that records a diagnosis in an incident's log; the bundle stays in its own row."""
    shown = [cause for cause in diagnosis.causes if cause.supports][:MOST_CAUSES]
    return Diagnosed(
        bundle=bundle_id,
        causes=tuple(_seen(cause) for cause in shown),
        checks=len(diagnosis.findings),
        failed_checks=tuple(f"{one.check_id} {one.target}" for one in diagnosis.findings if one.bad),
        blind_spots=tuple(str(spot) for spot in diagnosis.blind_spots),
        took_s=took_s,
    )


def _seen(cause: Cause) -> CauseSeen:
    """Return the cause as the log keeps it: mitigations joined by `+`, their parameters named `mitigation:parameter`."""
    return CauseSeen(
        key=cause.key,
        title=cause.title,
        state=cause.state,
        score=cause.score,
        supports=tuple(str(one) for one in cause.supports),
        refutes=tuple(str(one) for one in cause.refutes),
        mitigation="+".join(proposal.key for proposal in cause.proposals),
        mitigation_params={f"{one.key}:{name}": value for one in cause.proposals for name, value in one.params.items()},
    )
