"""What somebody types into the note field: a note, or a verb after a slash, so that nobody has to look for a form."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Final

from tocsin.domain.errors import InvalidError

Fields = dict[str, str]
ALIKE: Final = 0.8


def _whole(name: str, **more: str) -> Callable[[str], Fields]:
    return lambda rest: {name: rest, **more}


def _first(name: str, then: str) -> Callable[[str], Fields]:
    def split(rest: str) -> Fields:
        word, _, others = rest.partition(" ")
        return {name: word, then: others.strip()}

    return split


def _task(rest: str) -> Fields:
    word, _, others = rest.partition(" ")
    return {"owner": word[1:], "title": others.strip()} if word.startswith("@") else {"title": rest}


# word -> (verb of the incident page, its fields, how to write it)
SLASH: Final[Mapping[str, tuple[str, Callable[[str], Fields], str]]] = {
    "update": ("update", _whole("text"), "/update what stakeholders read"),
    "task": ("task", _task, "/task @person what to do"),
    "rename": ("rename", _whole("title"), "/rename what it is called"),
    "sev": ("severity", _first("severity", "reason"), "/sev LEVEL why"),
    "status": ("status", _first("status", "note"), "/status identified"),
    "role": ("role", _first("role", "person"), "/role scribe person"),
    "ack": ("acknowledge", _whole("person"), "/ack"),
    "cause": ("cause", _whole("text"), "/cause what it is"),
    "finding": ("note", _whole("text", kind="finding"), "/finding what you saw"),
    "decision": ("note", _whole("text", kind="decision"), "/decision what was decided"),
    "action": ("note", _whole("text", kind="action"), "/action what you did"),
    "runbook": ("runbook", _whole("runbook"), "/runbook lock-chain"),
    "resolve": ("resolve", _whole("resolution"), "/resolve what fixed it"),
}


def read_line(text: str) -> tuple[str, Fields]:
    """Return the verb and its fields; what begins with no known verb is a note (`/ready fails` is one).

    Raises:
        InvalidError: it looks like a misspelled verb.
    """
    line = text.strip()
    if not line.startswith("/"):
        return "note", {"text": line}
    word, _, rest = line[1:].partition(" ")
    found = SLASH.get(word.casefold())
    if found is not None:
        verb, split, _ = found
        return verb, {name: value for name, value in split(rest.strip()).items() if value}
    near = difflib.get_close_matches(word.casefold(), SLASH, n=1, cutoff=ALIKE)
    if near:
        mend = f"Write {SLASH[near[0]][2]}, or begin with another character than / to note it."
        raise InvalidError(f"there is no /{word}; did you mean /{near[0]}?", field="text", mend=mend)
    return "note", {"text": line}
