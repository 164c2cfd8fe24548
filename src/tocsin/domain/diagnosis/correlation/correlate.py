"""The one door of this room: a frozen incident in, a verdict out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from tocsin.domain.diagnosis.correlation.echo import echoes
from tocsin.domain.diagnosis.correlation.failing import began, blast_radius, first_failing
from tocsin.domain.diagnosis.correlation.incident import FrozenIncident
from tocsin.domain.diagnosis.correlation.layers import layer_of_trouble
from tocsin.domain.diagnosis.correlation.matching import Content, Match, seen
from tocsin.domain.diagnosis.correlation.mechanisms.catalogue import MECHANISMS
from tocsin.domain.diagnosis.correlation.outside import causes_outside
from tocsin.domain.diagnosis.correlation.scene import Scene, look_at
from tocsin.domain.diagnosis.correlation.suspicion import PRIOR, suspicion_of
from tocsin.domain.diagnosis.correlation.timing import timing_of
from tocsin.domain.diagnosis.correlation.verdict import Confidence, Suspicion, Verdict

CORRELATION_CAP = 0.5
# What is only likely is never told as if it were certain, and nothing is certain.
_MOST: Final[Mapping[Confidence, float]] = {
    "confirmed": 0.99, "likely": 0.89, "possible": CORRELATION_CAP, "unknown": CORRELATION_CAP,
}  # fmt: skip
LIKELY = 0.6
CONFIRMED = 0.9
_NOBODY = -1.0
_SHOWN = 12
_CLEAR = 0.3
_FAINT = -3.0
_AHEAD = 0.5
_BY_ITSELF = 2.0  # seven to one against its not having been the cause
_EXPLAINED = 0.7  # what shows a cause outside by itself leaves less for changes to explain
_FLOODS = frozenset(one.key for one in MECHANISMS if one.floods)


def correlate(incident: FrozenIncident) -> Verdict:
    """Return what is to blame for an incident: a change, something outside every change, or nothing that can be told."""
    scene = look_at(incident)
    first = first_failing(scene)
    onset = began(scene, first)
    suspicions = weigh(scene, first, onset)
    top = suspicions[0] if suspicions else None
    first = (_service_of(top, scene, first) if top else "") or first
    confidence = confidence_of(suspicions)
    known = top is not None and confidence != "unknown"
    return Verdict(
        root_cause=(top.change or "none") if top and known else None,
        first_failing=first,
        blast_radius=blast_radius(scene, first),
        remediation=top.remedy if top and known else None,
        confidence=confidence,
        score=_told(top, confidence) if top else 0.0,
        suspicions=suspicions[:_SHOWN],
        blind=incident.blind,
    )


def weigh(scene: Scene, first: str, onset: datetime | None) -> tuple[Suspicion, ...]:
    """Return every suspicion, the strongest first, each with its share of all there is to suspect."""
    shown: dict[str, Mapping[str, Match]] = {}
    layer = layer_of_trouble(scene, first)
    contents = [Content(change=change) for change in scene.incident.changes]
    found = []
    for content, echo in zip(contents, echoes(contents, scene, onset, first), strict=True):
        timing = timing_of(content.change, scene, first, onset)
        place = timing.rollout.service if timing.rollout and not timing.late else first
        if place not in shown:
            shown[place] = {one.key: seen(one, scene, first, place) for one in MECHANISMS}
        found.append(suspicion_of(content, echo, timing, shown[place], scene, layer=layer))
    outside = causes_outside(scene, first, onset)
    if any(one.decisive for one in outside):
        found = [one if one.decisive else replace(one, odds=one.odds - _EXPLAINED) for one in found]
    found += outside
    whole = math.exp(_NOBODY) + sum(math.exp(one.odds) for one in found)
    shared = [replace(one, score=round(math.exp(one.odds) / whole, 4)) for one in found]
    return tuple(sorted(shared, key=lambda one: (-one.odds, one.key)))


def confidence_of(suspicions: Sequence[Suspicion]) -> Confidence:
    """Return how sure the first of them is; without content, closeness in time and place is never more than possible."""
    if not suspicions or not _stands_out(suspicions):
        return "unknown"
    top = suspicions[0]
    if not top.content or top.score < LIKELY or top.odds < _BY_ITSELF:
        return "possible"
    return "confirmed" if top.decisive and top.score >= CONFIRMED else "likely"


def _stands_out(suspicions: Sequence[Suspicion]) -> bool:
    """Whether the first is worth naming: likelier than nothing at all, or far ahead of every other."""
    top = suspicions[0]
    if top.odds > _NOBODY and top.score >= _CLEAR:
        return True
    second = suspicions[1].odds if len(suspicions) > 1 else PRIOR
    return top.odds > _FAINT and top.odds - second >= _AHEAD


def _told(top: Suspicion, confidence: Confidence) -> float:
    return min(top.score, _MOST[confidence])


def _service_of(top: Suspicion, scene: Scene, first: str) -> str:
    """Return where the blamed change runs, if that service is ill and calls pass between it and `first`.

    A caller that asks for far more than it did brings others down: it counts if the alert is its own.
    """
    change = next((one for one in scene.incident.changes if one.key == top.change), None)
    services = {rollout.service for rollout in change.rollouts} if change else set()
    called = {service for service in services if first in scene.callers.get(service, frozenset())}
    if (
        top.mechanism in _FLOODS
        and top.content
        and scene.incident.alarm.service in scene.callers.get(first, frozenset())
    ):
        called |= services & {scene.incident.alarm.service}
    ill = {one.service for one in scene.shifts if one.hurts} | {one.service for one in scene.symptoms if one.loud}
    ran = sorted((services if first not in ill else called) & ill)
    return ran[0] if len(ran) == 1 else ""
