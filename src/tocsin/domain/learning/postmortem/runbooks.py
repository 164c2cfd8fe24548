"""The runbooks that were followed, step by step, as a post-mortem lists them (R-RUN)."""

from __future__ import annotations

from tocsin.domain.incident.events import RunbookStepped
from tocsin.domain.learning.postmortem.markdown import bullets, inline, paragraphs
from tocsin.domain.learning.postmortem.record import Record


def runbook_steps(record: Record) -> list[str]:
    """Return, for each runbook that was followed, its title and every step in its last state, in the order they were taken."""
    shown: list[str] = []
    for run in record.incident.runbooks:
        texts = {b.step: b.text for b in record.bodies(RunbookStepped) if b.runbook == run.runbook}
        taken = [(key, mark) for key, mark in run.marks.items() if mark.result != "open"]
        lines = [
            f"{mark.result} ({inline(record.name(mark.by))}): {inline(texts.get(key, key))}"
            + (f" {inline(mark.note)}" if mark.note else "")
            for key, mark in taken
        ]
        shown.append(paragraphs(f"Runbook **{inline(run.title)}**", bullets(lines)))
    return shown
