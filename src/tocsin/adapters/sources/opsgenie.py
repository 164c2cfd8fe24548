"""Opsgenie's alert and heartbeat API, for senders that cannot be taught another: create, close, acknowledge, ping.

The paths are Opsgenie's, behind the integration's own: `/v1/in/KEY/v2/alerts`. The alias is the alert's identity, and
the identifier as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.sources.beats import BeatOptions, beat, require_durations
from tocsin.adapters.sources.post import (
    SERVICE_LABELS,
    decode,
    first,
    kept,
    options_of,
    shaped,
    unknown_fields,
)
from tocsin.domain.alerts.fingerprint import identity
from tocsin.flows.ports import InboundAcknowledgement, InboundAlert, InboundPost, Parsed, RejectedError

SENDER = "an alert of Opsgenie's API"
KNOWN = (
    "POST v2/alerts, POST v2/alerts/ALIAS/close, POST v2/alerts/ALIAS/acknowledge, DELETE v2/alerts/ALIAS, "
    "v2/heartbeats/NAME/ping"
)
PINGING = frozenset({"GET", "POST", "PUT", "PATCH"})
DEFAULT_PRIORITY = "P3"
MOST_TAGS = 50


class OpsgenieOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`heartbeats` by the name under which they are pinged."""

    heartbeats: dict[str, BeatOptions] = {}


class _Create(msgspec.Struct, rename="camel"):
    message: str
    alias: str | int = ""
    description: str = ""
    details: dict[str, object] = {}
    entity: str = ""
    source: str = ""
    user: str = ""
    note: str = ""
    priority: str = ""
    tags: list[str] = []


class _Act(msgspec.Struct):
    user: str = ""
    note: str = ""
    source: str = ""


def validate_options(raw: Mapping[str, object]) -> OpsgenieOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown, has the wrong type or is no duration.
    """
    options = read_options("opsgenie", raw, OpsgenieOptions)
    for one in options.heartbeats.values():
        require_durations(one, field="heartbeats")
    return options


class Opsgenie:
    """Reads what clients of Opsgenie's API send."""

    kind = "opsgenie"

    def parse(self, post: InboundPost) -> Parsed:
        """Return the one request of a post.

        Raises:
            RejectedError: no such request, or its body is not Opsgenie's.
        """
        asked = post.envelope.path.strip("/")
        subject, _, rest = asked.removeprefix("v2/").partition("/")
        if subject == "heartbeats":
            return _ping(post, rest)
        if subject not in {"alerts", ""}:
            raise RejectedError(f"{asked!r} is nothing that is read here. Known: {KNOWN}.")
        alias, _, verb = rest.rpartition("/")
        match post.envelope.method:
            case "POST" if not rest:
                return _created(post)
            case "POST" if alias and verb in {"close", "acknowledge"}:
                return _acted(post, alias, verb)
            case "DELETE" if rest:
                return _acted(post, rest, "close")
            case other:
                raise RejectedError(f"{other} {asked!r} is nothing that is read here. Known: {KNOWN}.")


def _created(post: InboundPost) -> Parsed:
    raw = decode(post.body, SENDER)
    given = shaped(raw, _Create, SENDER)
    alias = str(given.alias) or _new_alias(post)
    details = {name: str(value) for name, value in given.details.items() if value is not None}
    told = {"tags": given.tags[:MOST_TAGS], "source": given.source, "user": given.user, "note": given.note}
    alert = InboundAlert(
        fingerprint=identity(alias),
        name=given.message[:130] or "unnamed alert",
        status="firing",
        occurrence=True,
        labels={**details, **({"entity": given.entity} if given.entity else {})},
        annotations={"description": given.description} if given.description else {},
        summary=given.message,
        severity=(given.priority or DEFAULT_PRIORITY).lower(),
        service=first(details, SERVICE_LABELS) or given.entity,
        extra={**unknown_fields(raw, _Create), **kept({name: fact for name, fact in told.items() if fact})},
    )
    return Parsed(alerts=(alert,), reply=_reply(alias))


def _new_alias(post: InboundPost) -> str:
    return hashlib.sha256(f"{post.received_at.isoformat()} {post.number} ".encode() + post.body).hexdigest()[:32]


def _acted(post: InboundPost, alias: str, verb: str) -> Parsed:
    """Return an end or an acknowledgement; its note is the incident's (see `flows.amending`), not the alert's."""
    act = shaped(decode(post.body, SENDER), _Act, f"a request to {verb} an alert of Opsgenie") if post.body else _Act()
    key = identity(alias)
    if verb == "acknowledge":
        return Parsed(acknowledgements=(InboundAcknowledgement(fingerprint=key, by=act.user),), reply=_reply(alias))
    over = InboundAlert(fingerprint=key, name="", status="resolved", labels={})
    return Parsed(alerts=(over,), reply=_reply(alias))


def _ping(post: InboundPost, rest: str) -> Parsed:
    name, _, verb = rest.rpartition("/")
    options = options_of(post, validate_options)
    known = options.heartbeats.get(name)
    if post.envelope.method not in PINGING:
        raise RejectedError(f"{post.envelope.method} is no ping. Send a POST.")
    if verb != "ping" or known is None:
        named = ", ".join(sorted(options.heartbeats)) or "none"
        raise RejectedError(f"no heartbeat is called {name or rest!r}. Known in `options.heartbeats`: {named}.")
    reply = {"result": "PONG - Heartbeat received", "took": 0.0, "requestId": identity(name)}
    return Parsed(beats=(beat(name, known),), reply=reply)


def _reply(alias: str) -> dict[str, object]:
    return {"result": "Request will be processed", "took": 0.0, "requestId": identity(alias)}
