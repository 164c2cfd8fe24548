"""What clients say anew of an alert: words, tags, details, notes; and what they ask for that is done here by people."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from tocsin.domain.alerts.amending import Amendment, Note
from tocsin.domain.errors import InvalidError
from tocsin.doors.ingest.request import Request

ALERTS: Final = "v2/alerts"
WORDS: Final = frozenset({"message", "description", "priority"})
LISTS: Final = frozenset({"tags", "details"})
ASKED: Final = {
    "snooze": "snooze it",
    "unacknowledge": "take its acknowledgement back",
    "assign": "give it to somebody",
    "escalate": "escalate it",
    "responders": "call somebody",
    "teams": "call a team",
}
ACTS: Final = {"close": "closed", "acknowledge": "acknowledged"}
ACTIONS: Final = "actions"
LONGEST: Final = 4000
NUL: Final = "\0"
Given = TypeVar("Given")


class _Named(msgspec.Struct, rename="camel"):
    id: str | None = None
    name: str | None = None
    username: str | None = None

    @property
    def shown(self) -> str:
        return self.name or self.username or self.id or ""


class _Said(msgspec.Struct, rename="camel"):
    """The body of any of these requests."""

    user: str | None = None
    note: str | None = None
    source: str | None = None
    message: str | None = None
    description: str | None = None
    priority: str | None = None
    tags: list[str] | None = None
    details: dict[str, object] | None = None
    end_time: str | None = None
    owner: _Named | None = None
    escalation: _Named | None = None
    responder: _Named | None = None
    team: _Named | None = None


def place(rest: str) -> tuple[str, str]:
    """Return the alias and the verb that a path names, '' for none."""
    name = rest.removeprefix(ALERTS).strip("/")
    alias, _, verb = name.rpartition("/")
    before, _, kind = alias.rpartition("/")
    if kind == ACTIONS and before:
        return before, f"{ACTIONS}/{verb}"
    known = verb in WORDS | LISTS | {"notes"} | set(ASKED) | set(ACTS)
    return (alias, verb) if alias and known else (name, "")


def updates(method: str, verb: str) -> bool:
    """Return whether a request says something anew."""
    match method:
        case "POST":
            return verb in LISTS | {"notes"} | set(ASKED) or verb.startswith(f"{ACTIONS}/")
        case "PUT":
            return verb in WORDS
        case "DELETE":
            return verb in LISTS
        case _:
            return False


def amendment_of(request: Request, verb: str) -> Amendment:
    """Return what a request says anew.

    Raises:
        InvalidError: its body cannot be read, or does not say it.
    """
    said = _read(request.body)
    note = _note(said, "")
    match request.method, verb:
        case "DELETE", "tags":
            return Amendment(without_tags=_listed(request, "tags"), note=note)
        case "DELETE", _:
            return Amendment(without_labels=_listed(request, "keys"), note=note)
        case _, "tags":
            return Amendment(tags=tuple(map(_clean, _needed(said.tags, verb))), note=note)
        case _, "details":
            details = {_clean(key): _clean(str(value)) for key, value in _needed(said.details, verb).items() if key}
            return Amendment(labels={key: value for key, value in details.items() if value != str(None)}, note=note)
        case _, "notes":
            return Amendment(note=Note(text=_clean(_needed(said.note, "note")), by=_by(said), source=_from(said)))
        case _, "message":
            return Amendment(summary=_clean(_needed(said.message, verb)), note=note)
        case _, "description":
            return Amendment(description=_clean(_needed(said.description, verb)), note=note)
        case _, "priority":
            return Amendment(severity=_clean(_needed(said.priority, verb)).lower(), note=note)
        case _:
            return Amendment(note=_note(said, _asked(said, verb)))


def note_of(request: Request, verb: str) -> Note | None:
    """Return the note that comes with an end or an acknowledgement, None without one; who acknowledges is told anyway."""
    try:
        said = _read(request.body)
    except InvalidError:
        return None  # which is told of when the request is read
    text = _clean(said.note or "")
    if not text and not said.source and (verb == "acknowledge" or not said.user):
        return None
    return Note(text=": ".join(part for part in (ACTS[verb], text) if part), by=_by(said), source=_from(said))


def _read(body: bytes) -> _Said:
    try:
        return msgspec.json.decode(body, type=_Said) if body.strip() else _Said()
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise InvalidError(f"the request cannot be read: {error}", mend="Send it as Opsgenie's clients do.") from error


def _needed(given: Given | None, name: str) -> Given:
    if not given:
        raise InvalidError(f"`{name}` is missing or empty", field=name, mend=f"Send it in `{name}`.")
    return given


def _listed(request: Request, name: str) -> tuple[str, ...]:
    found = tuple(part.strip() for text in request.every(name) for part in text.split(",") if part.strip())
    return _needed(found, name)


def _note(said: _Said, asked: str) -> Note | None:
    """Return what is said beside the words themselves; None when nothing is."""
    text = _clean(said.note or "")
    return Note(text=text, by=_by(said), source=_from(said), asked=asked) if text or asked else None


def _asked(said: _Said, verb: str) -> str:
    if verb.startswith(f"{ACTIONS}/"):
        return f"do {_clean(verb.partition('/')[2])!r}"
    whom = next((one.shown for one in (said.owner, said.escalation, said.responder, said.team) if one is not None), "")
    until = f" until {_clean(said.end_time)}" if said.end_time else ""
    return f"{ASKED[verb]}{until}{f' ({_clean(whom)})' if whom else ''}"


def _by(said: _Said) -> str:
    return _clean(said.user or "")


def _from(said: _Said) -> str:
    return _clean(said.source or "")


def _clean(text: str) -> str:
    return text.replace(NUL, "")[:LONGEST].strip()
