"""Causes outside every change on trial: what shows them, and what speaks against them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from tocsin.domain.diagnosis.correlation.matching import seen_outside
from tocsin.domain.diagnosis.correlation.mechanisms.outside import OUTSIDE, Outside, Shape
from tocsin.domain.diagnosis.correlation.scene import Scene
from tocsin.domain.diagnosis.correlation.shapes import Shaped, shaped
from tocsin.domain.diagnosis.correlation.verdict import Suspicion

PRIOR: Final = -2.6
_SHOWS: Final = 5.0
_CALM: Final = 0.6
_JUST_BEFORE: Final = timedelta(minutes=5)
_CONTENT: Final = 0.6
_DECISIVE: Final = 0.9


def causes_outside(scene: Scene, first: str, onset: datetime | None) -> list[Suspicion]:
    """Return what may have come from outside; that nothing went out just before speaks for each of them."""
    shapes = shaped(scene, first)
    rollout = _just_before(scene, first, onset)
    calm = _CALM if scene.incident.rollouts_known and not rollout else 0.0
    found = []
    for cause in OUTSIDE:
        match = seen_outside(cause, scene, first, shapes)
        if match.strength:
            supports = (*match.why[:4], *((f"nothing went out to {first} in the minutes before",) if calm else ()))
            found.append(
                Suspicion(
                    key=cause.key,
                    title=cause.title,
                    odds=PRIOR + _SHOWS * match.strength + calm,
                    mechanism=cause.key,
                    remedy=cause.remedy,
                    content=match.strength >= _CONTENT,
                    decisive=match.strength >= _DECISIVE and _shape_is_there(cause, shapes),
                    supports=supports,
                    refutes=(rollout,) if rollout else (),
                )
            )
    return found


def _shape_is_there(cause: Outside, shapes: Mapping[Shape, Shaped]) -> bool:
    return not cause.needed or any(shapes[shape].strength >= _DECISIVE for shape in cause.needed)


def _just_before(scene: Scene, first: str, onset: datetime | None) -> str:
    for change in scene.incident.changes:
        for rollout in change.rollouts:
            if onset and rollout.service == first and timedelta(0) <= onset - rollout.at <= _JUST_BEFORE:
                return f"{change.message[:80] or change.key[:10]} went out to {first} at {rollout.at:%H:%M:%S}"
    return ""
