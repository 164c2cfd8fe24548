"""The one button that mends each line of what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from tocsin.domain import words
from tocsin.domain.incident.missing import Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """A missing thing and its button: `post` sends a form to `verb`, `go` leads to `href`. `late` is '' without a clock."""

    text: str
    late: str
    overdue: bool
    urgency: int
    label: str
    kind: Literal["post", "go"]
    verb: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    href: str = ""
    command: str = ""


# verb of `missing` -> (label, what opens on the page)
_FORMS: Final[Mapping[str, tuple[str, str]]] = {
    "update": ("Write it", "update"),
    "impact": ("State it", "impact"),
    "started": ("State it", "milestone"),
    "severity": ("Confirm it", "severity"),
    "cause": ("Name it", "cause"),
    "plan": ("Plan again", "plan"),
    "resolve": ("Give the all-clear", "resolve"),
    "close": ("Close it", "close"),
}
_PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "approve": ("Look", "#plans"),
    "mitigate": ("Look", "#plans"),
    "gates": ("Look", "#gates"),
    "watch": ("Look", "#gates"),
    "followups": ("Look", "#followups"),
    "step": ("Look", "#runbooks"),
}


def mend(gap: Missing, ref: str) -> Mend:
    """Return the button for one line of what is missing in the incident `ref`."""
    what = gap.key.partition("/")[2]
    label, kind, verb, fields, href = "Look", "go", "", {}, f"/incidents/{ref}"
    match gap.verb:
        case "ack":
            label, kind, verb = "Acknowledge", "post", "acknowledge"
        case "accept":
            label, kind, verb = "It is one", "post", "accept"
        case "role":
            label, kind, verb, fields = "I take it", "post", "role", {"role": gap.key}
        case "task":
            label, kind, verb = "Done", "post", f"task-done/{what}"
        case "runbook":
            label, kind, verb, fields = "Follow it", "post", "runbook", {"runbook": what}
        case "postmortem" | "publish":
            label, href = "Write it", f"/incidents/{ref}/postmortem"
        case name if name in _FORMS:
            label, opened = _FORMS[name]
            href = f"/incidents/{ref}?open={opened}#do-{opened}"
        case name if name in _PLACES:
            label, href = _PLACES[name]
    return Mend(
        text=gap.text,
        late=words.lateness(gap.late, gap.due_in),
        overdue=gap.late is not None,
        urgency=gap.urgency,
        label=label,
        kind="post" if kind == "post" else "go",
        verb=verb,
        fields=fields,
        href=href,
        command=gap.command,
    )
