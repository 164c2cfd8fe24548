"""PagerDuty's Events API v2: alert events (trigger, acknowledge, resolve) and change events.

A trigger without a `dedup_key` is a new alert each time, as at PagerDuty; the key made for it is in the reply.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

import msgspec

from tocsin.adapters.sources.post import (
    SERVICE_LABELS,
    decode,
    first,
    identity,
    kept,
    moment,
    shaped,
    unknown_fields,
    web_links,
)
from tocsin.domain.changes import Change
from tocsin.flows.ports import InboundAcknowledgement, InboundAlert, InboundPost, Parsed, RejectedError

SENDER = "an event of PagerDuty's Events API v2"
CHANGES = "change/enqueue"
ACCEPTED = {"status": "success", "message": "Event processed"}


class _Link(msgspec.Struct):
    href: str = ""
    text: str = ""


class _Payload(msgspec.Struct):
    summary: str
    source: str = ""
    severity: str = ""
    timestamp: str | None = None
    component: str | None = None
    group: str | None = None
    class_: str | None = msgspec.field(default=None, name="class")
    custom_details: object = None


class _Event(msgspec.Struct):
    event_action: Literal["trigger", "acknowledge", "resolve"]
    routing_key: str = ""
    dedup_key: str | None = None
    payload: _Payload | None = None
    links: list[_Link] | None = None
    client: str | None = None
    client_url: str | None = None


class _Changed(msgspec.Struct):
    payload: _Payload
    routing_key: str = ""
    links: list[_Link] | None = None


class PagerDuty:
    """Reads what clients of PagerDuty's Events API v2 send."""

    kind = "pagerduty"
    overloaded = 429  # its clients try again for ever after this one, and only a few times after others

    def parse(self, post: InboundPost) -> Parsed:
        """Return the one event of a post.

        Raises:
            RejectedError: the body is no such event, or names no alert.
        """
        raw = decode(post.body, SENDER)
        without_action = isinstance(raw, dict) and "event_action" not in raw and "payload" in raw
        if post.envelope.path.strip("/").endswith(CHANGES) or without_action:
            return _changed(shaped(raw, _Changed, "a change event of PagerDuty's Events API v2"), post)
        event = shaped(raw, _Event, SENDER)
        given = event.dedup_key or ""
        if event.event_action == "trigger":
            given = given or _new_key(post)
            alert = _triggered(event, identity(given), unknown_fields(raw, _Event))
            return Parsed(alerts=(alert,), reply={**ACCEPTED, "dedup_key": given})
        if not given:
            raise RejectedError(
                f"{event.event_action} names no alert - at `$.dedup_key`. Send the trigger's dedup_key."
            )
        reply = {**ACCEPTED, "dedup_key": given}
        if event.event_action == "acknowledge":
            by = event.client or ""
            return Parsed(acknowledgements=(InboundAcknowledgement(fingerprint=identity(given), by=by),), reply=reply)
        return Parsed(alerts=(_resolved(event, identity(given)),), reply=reply)


def _new_key(post: InboundPost) -> str:
    return hashlib.sha256(f"{post.received_at.isoformat()} {post.number} ".encode() + post.body).hexdigest()[:32]


def _triggered(event: _Event, key: str, unknown: Mapping[str, object]) -> InboundAlert:
    payload = event.payload
    if payload is None:
        raise RejectedError("a trigger needs a payload - at `$.payload`. Send summary, source and severity in it.")
    labels = _labels(payload)
    details = _texts(payload.custom_details)
    return InboundAlert(
        fingerprint=key,
        name=payload.class_ or payload.summary[:120] or "unnamed event",
        status="firing",
        occurrence=True,
        labels=labels,
        annotations=details,
        summary=payload.summary,
        severity=payload.severity,
        service=first(details, SERVICE_LABELS) or payload.component or "",
        starts_at=moment(payload.timestamp, "$.payload.timestamp"),
        links=_links(event.links, {"client": event.client_url or ""}),
        extra={**unknown, **kept({"custom_details": payload.custom_details} if payload.custom_details else {})},
    )


def _resolved(event: _Event, key: str) -> InboundAlert:
    payload = event.payload
    return InboundAlert(
        fingerprint=key,
        name=(payload.class_ or payload.summary[:120] if payload else "") or "unnamed event",
        status="resolved",
        labels=_labels(payload) if payload else {},
        links=_links(event.links, {"client": event.client_url or ""}),
    )


def _changed(event: _Changed, post: InboundPost) -> Parsed:
    payload = event.payload
    details = _texts(payload.custom_details)
    at = moment(payload.timestamp, "$.payload.timestamp")
    stamp = b"" if at else post.received_at.isoformat().encode()
    change = Change(
        key=hashlib.sha256(stamp + post.body).hexdigest()[:32],
        service=first(details, SERVICE_LABELS) or payload.component or payload.source,
        at=at or post.received_at,
        version=first(details, ("version", "release", "tag")),
        commit=first(details, ("commit", "sha", "revision")),
        by=first(details, ("by", "user", "author", "deployer")),
        summary=payload.summary,
        links=_links(event.links, {}),
    )
    return Parsed(changes=(change,), reply={"status": "success", "message": "Change event processed"})


def _labels(payload: _Payload) -> dict[str, str]:
    given = {
        "source": payload.source,
        "component": payload.component,
        "group": payload.group,
        "class": payload.class_,
    }
    return {name: value for name, value in given.items() if value}


def _texts(details: object) -> dict[str, str]:
    if not isinstance(details, dict):
        return {}
    return {str(name): str(value) for name, value in details.items() if isinstance(value, str | int | float)}


def _links(given: list[_Link] | None, more: Mapping[str, str]) -> dict[str, str]:
    found = {link.text or f"link {i}": link.href for i, link in enumerate(given or (), start=1)}
    return web_links({**found, **more})
