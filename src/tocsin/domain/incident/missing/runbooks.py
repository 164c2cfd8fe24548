"""What a runbook still asks for: to be started for the cause that leads, or its next step (R-RUN)."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.domain import words
from tocsin.domain.incident.missing.gap import Missing, gap
from tocsin.domain.incident.runbooks import Shelf, next_step, suspects, wants_runbook
from tocsin.domain.incident.state import Incident
from tocsin.domain.mitigation.runbook import best_for_cause


def runbook_gaps(incident: Incident, shelf: Shelf) -> Iterator[Missing]:
    """Yield the best runbook for the leading cause while none is followed, and the next step of each that is."""
    best = best_for_cause(shelf.in_force, suspects(incident)) if wants_runbook(incident) else None
    if best is not None:
        runbook, cause = best
        text = f"No runbook is followed; for \u201c{words.brief(cause.title)}\u201d there is: {runbook.title}"
        yield gap(incident, f"runbook/{runbook.key}", text, f"runbook/{runbook.key}", urgency=2)
    for run in incident.runbooks:
        runbook_now = shelf.followed.get(run.digest)
        following = next_step(run, runbook_now) if runbook_now else None
        if runbook_now is not None and following is not None:
            number, step = following
            text = f"Runbook step {number} of {len(runbook_now.steps)} is next ({step.key}): {run.title}"
            yield gap(incident, f"step/{run.runbook}", text, f"step/{run.runbook}/{step.key}", urgency=3)
