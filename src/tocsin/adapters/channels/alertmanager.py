"""Back to an Alertmanager: an acknowledged alert is silenced there for a while, and a resolved one no longer.

A silence that stands already, by its author and comment, is not made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import urlencode

import msgspec

from tocsin.adapters.channels.way_back import ACKNOWLEDGE, WayBackOptions, bearer, called, validate_options
from tocsin.adapters.options import usable_options
from tocsin.flows.ports import Clock, Message, PermanentError
from tocsin.net.http import Http
from tocsin.net.redaction import origin_of

AUTHOR: Final = "tocsin"
SILENCED: Final = timedelta(hours=4)
"""Long enough to work on it, and short enough that a forgotten one ends."""
ENDED: Final = "expired"
_Shape = TypeVar("_Shape")


class _Status(msgspec.Struct):
    state: str = ""


class _Silence(msgspec.Struct, rename="camel"):
    id: str
    status: _Status
    created_by: str = ""
    comment: str = ""


class _Made(msgspec.Struct):
    silence_id: str = msgspec.field(default="", name="silenceID")


class Silences:
    """The silences of an Alertmanager; `kind` is that of the integrations it serves."""

    kind = "alertmanager"

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        """Silence the alert `message.to`, or end that, and return the silences' ids. `facts` holds its `labels`.

        Raises:
            TransientError: it did not answer, or said to try again.
            PermanentError: it refused, or the alert has no labels to know it by.
        """
        given = usable_options(validate_options, options)
        labels = _labels(message)
        standing = self._standing(message, labels, given, deadline_s)
        if message.kind != ACKNOWLEDGE:
            for silence_id in standing:
                self._end(silence_id, given, deadline_s)
            return f"ended {', '.join(standing)}" if standing else "there was no silence to end"
        if standing:
            return f"silence {standing[0]} stands"
        return f"silence {self._make(message, labels, given, deadline_s)}"

    def _standing(
        self, message: Message, labels: Mapping[str, str], given: WayBackOptions, deadline_s: float
    ) -> list[str]:
        query = urlencode([("filter", f"{name}={_quoted(value)}") for name, value in labels.items()])
        url = given.at(f"api/v2/silences?{query}")
        answer = called(
            "a look at the silences",
            given,
            lambda: self._http.get(url, limit_s=deadline_s, trusted=True, headers=bearer(given.key)),
        )
        found = _decoded(answer.body, list[_Silence], given)
        ours = [one for one in found if (one.created_by, one.comment) == (AUTHOR, _comment(message))]
        return [one.id for one in ours if one.status.state != ENDED]

    def _make(self, message: Message, labels: Mapping[str, str], given: WayBackOptions, deadline_s: float) -> str:
        now = self._clock()
        silence = {
            "matchers": [
                {"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in labels.items()
            ],
            "startsAt": _stamp(now),
            "endsAt": _stamp(now + SILENCED),
            "createdBy": AUTHOR,
            "comment": _comment(message),
        }
        body, url = msgspec.json.encode(silence), given.at("api/v2/silences")
        headers = {"Content-Type": "application/json", **bearer(given.key)}
        answer = called(
            f"the silence of {message.to}",
            given,
            lambda: self._http.post(url, body, limit_s=deadline_s, trusted=True, headers=headers),
        )
        return _decoded(answer.body, _Made, given).silence_id

    def _end(self, silence_id: str, given: WayBackOptions, deadline_s: float) -> None:
        url = given.at(f"api/v2/silence/{silence_id}")
        called(
            f"the end of silence {silence_id}",
            given,
            lambda: self._http.delete(url, limit_s=deadline_s, trusted=True, headers=bearer(given.key)),
        )


def _labels(message: Message) -> dict[str, str]:
    given = message.facts.get("labels")
    labels = {str(name): str(value) for name, value in given.items() if value} if isinstance(given, Mapping) else {}
    if not labels:
        raise PermanentError(f"the alert {message.to} has no labels, so that its silence would hold for every alert")
    return labels


def _comment(message: Message) -> str:
    return f"acknowledged in Tocsin: {message.to}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _decoded(body: bytes, shape: type[_Shape], given: WayBackOptions) -> _Shape:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise PermanentError(f"{origin_of(given.url)} does not answer as an Alertmanager does: {error}") from error
