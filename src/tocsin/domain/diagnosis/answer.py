"""A diagnosis in one sentence; that nothing is wrong, or that nothing can be proven from here, are answers too."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.domain.diagnosis.diagnosis import Cause
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.symptoms import suffering


def answer(causes: Sequence[Cause], blind: int, look: Look) -> str:
    """Return what `causes` (best first) come to; `blind` counts what was not seen."""
    best = next((cause for cause in causes if cause.supports and cause.state != "refuted"), None)
    if best and best.state in {"confirmed", "likely"}:
        return f"{best.state} ({best.score:.0%}): {best.title}"
    felt = suffering(look)
    unseen = f"; {blind} things were not seen" if blind else ""
    if not felt:
        return f"Nothing is wrong that can be seen from here{unseen}."
    said = f"{felt[0]}, and nothing that was seen proves why{unseen}."
    return f"{said} What would tell: {best.decided_by}." if best else said
