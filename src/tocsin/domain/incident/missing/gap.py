"""One thing that is missing now, in the words every surface uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from tocsin.domain import words
from tocsin.domain.incident.state import Incident

Urgency = Literal[1, 2, 3]

# What mends a gap: the web's action and the line to type. One table, so that doors and messages cannot drift.
COMMANDS: Final = {
    "ack": "tocsin ack {ref}",
    "accept": "tocsin status {ref} investigating",
    "role": "tocsin role {ref} {what} PERSON",
    "update": "tocsin update {ref} 'TEXT'",
    "impact": "tocsin update {ref} --users N",
    "started": "tocsin note {ref} --milestone impact_started --at TIME",
    "severity": "tocsin sev {ref} LEVEL --reason 'WHY'",
    "cause": "tocsin status {ref} identified --cause 'TEXT'",
    "approve": "tocsin approve {ref} {what}",
    "mitigate": "tocsin mitigate {ref} {what}",
    "plan": "tocsin plan {ref}",
    "runbook": "tocsin runbook start {ref} {what}",
    "step": "tocsin runbook step {ref} {what}",
    "gates": "tocsin show {ref}",
    "watch": "tocsin resolve {ref} --anyway 'WHY'",
    "resolve": "tocsin resolve {ref} 'WHAT FIXED IT'",
    "task": "tocsin task {ref} --done {what}",
    "postmortem": "tocsin postmortem {ref}",
    "publish": "tocsin postmortem {ref} --publish",
    "followups": "tocsin followups {ref}",
    "close": "tocsin close {ref}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One gap. `late` is by how much its time has passed, `due_in` how long there still is; neither: no deadline.

    `urgency` 1 comes first. `verb` is the web's action, `command` the line to type; words in capitals are for the reader
    to fill in.
    """

    key: str
    text: str
    verb: str
    command: str
    urgency: Urgency
    late: timedelta | None = None
    due_in: timedelta | None = None

    @property
    def line(self) -> str:
        """The whole line: what is missing and how late it is."""
        when = words.lateness(self.late, self.due_in)
        return f"{self.text} ({when})" if when else self.text


def gap(
    incident: Incident, key: str, text: str, mend: str, *, urgency: Urgency, past: timedelta | None = None
) -> Missing:
    """Return a gap of `incident` whose deadline is `past` ago (negative: still to come; None: it has none).

    `mend` is a verb of `COMMANDS`, with `/what` for the plan, role or task it is about.
    """
    verb, _, what = mend.partition("/")
    over = past is not None and past > timedelta(0)
    return Missing(
        key=key,
        text=text,
        verb=verb,
        command=COMMANDS[verb].format(ref=incident.ref, what=what),
        urgency=urgency,
        late=past if over else None,
        due_in=None if past is None or over else -past,
    )


def since(due: datetime | None, now: datetime) -> timedelta | None:
    """Return how long ago `due` was; negative before it."""
    return None if due is None else now - due
