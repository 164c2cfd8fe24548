"""`query=` as far as it is understood: conditions that must all hold, on the open alerts, or on the one with an alias."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Final

from tocsin.domain.alerts.amending import tags_of
from tocsin.domain.errors import InvalidError
from tocsin.doors.ingest.opsgenie.answers import priority
from tocsin.doors.ingest.request import Request
from tocsin.flows import own_alerts
from tocsin.flows.engine import Engine
from tocsin.flows.own_alerts import OneAlert
from tocsin.flows.senders import Credentials

LONGEST: Final = 1000
MOST: Final = 100
USUAL: Final = 20
_Holds = Callable[[OneAlert, str], bool]
_FIELDS: Final[Mapping[str, _Holds]] = {
    "status": lambda found, value: value == ("closed" if found.state.status == "resolved" else "open"),
    "alias": lambda found, value: value == found.state.fingerprint.lower(),
    "id": lambda found, value: value == found.state.fingerprint.lower(),
    "acknowledged": lambda found, value: value == str(found.acknowledged).lower(),
    "priority": lambda found, value: value == priority(found).lower(),
    "message": lambda found, value: value in (found.state.summary or found.state.name).lower(),
    "entity": lambda found, value: value == found.state.labels.get("entity", "").lower(),
    "source": lambda found, value: value == str(found.state.extra.get("source", "")).lower(),
    "tag": lambda found, value: value in {tag.lower() for tag in tags_of(found.state.extra)},
}
MEND: Final = f"Write it as status:open AND priority:P1, of these: {', '.join(_FIELDS)}."


def searched(engine: Engine, request: Request, asked: Credentials) -> list[OneAlert]:
    """Return the alerts that a query means. Closed ones are found by their alias alone: there is no list of them.

    Raises:
        DeniedError: no such integration, or not its key.
        InvalidError: the query is not understood.
    """
    conditions = _conditions(request.one("query"))
    named = [value for field, value in conditions if field in {"alias", "id"}]
    if named:
        one = own_alerts.one(engine, asked, named[0])
        found = [one] if one is not None else []
    else:
        found = own_alerts.open_ones(engine, asked)
        if ("status", "closed") in conditions:
            mend = "Ask for one by its alias: status:closed AND alias:db1-disk."
            raise InvalidError("closed alerts are not listed", field="query", mend=mend)
    return [one for one in found if all(_FIELDS[field](one, value.lower()) for field, value in conditions)]


def page(request: Request) -> tuple[int, int]:
    """Return which part of what was found is shown: from where, and how many.

    Raises:
        InvalidError: one of them is no number.
    """
    return _number(request, "offset", 0), min(_number(request, "limit", USUAL), MOST)


def _number(request: Request, name: str, usual: int) -> int:
    said = request.one(name)
    if said and not (said.isascii() and said.isdigit() and len(said) < len(str(LONGEST**3))):
        raise InvalidError(f"{name} {said[:20]!r} is no number", field=name, mend=f"Write it as {name}=20.")
    return int(said) if said else usual


def _conditions(query: str) -> list[tuple[str, str]]:
    try:
        words = shlex.split(query[:LONGEST])
    except ValueError as error:
        raise InvalidError(f"the query has an open quote: {error}", field="query", mend=MEND) from error
    found: list[tuple[str, str]] = []
    for word in words:
        field, colon, value = word.partition(":")
        if not colon and word.lower() == "and":
            continue
        if not colon or field.lower() not in _FIELDS:
            raise InvalidError(f"{word[:60]!r} is not understood in a query", field="query", mend=MEND)
        found.append((field.lower(), value))
    return found
