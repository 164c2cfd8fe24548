"""What happened, by the time it was true: corrections applied, turning points stamped, one sentence an event (R-PM-2)."""

from tocsin.domain.incident.timeline.correction import effective
from tocsin.domain.incident.timeline.entries import Entry, Former, entries
from tocsin.domain.incident.timeline.milestones import MILESTONES, Stamp, errors, milestones, warnings
from tocsin.domain.incident.timeline.sentences import Kind, Said, say

__all__ = [
    "MILESTONES", "Entry", "Former", "Kind", "Said", "Stamp", "effective", "entries", "errors", "milestones", "say",
    "warnings",
]  # fmt: skip
