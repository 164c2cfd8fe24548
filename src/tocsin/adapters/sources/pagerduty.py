"""PagerDuty's Events API v2: alert events (trigger, acknowledge, resolve) and change events.

A trigger without a `dedup_key` is a new alert each time, as at PagerDuty; the key made for it is in the reply. PagerDuty
refuses events that lack a source or a known severity; here a trigger is taken as soon as it says what is wrong, because a
page that is lost is worse than a field that is missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from tocsin.adapters.sources.post import (
    SERVICE_LABELS,
    decode,
    first,
    kept,
    moment,
    shaped,
    unknown_fields,
    web_links,
)
from tocsin.domain.alerts.fingerprint import identity
from tocsin.domain.changes import Change
from tocsin.flows.ports import InboundAcknowledgement, InboundAlert, InboundPost, Parsed, RejectedError

SENDER = "an event of PagerDuty's Events API v2"
CHANGES = "change/enqueue"
ACCEPTED = {"status": "success", "message": "Event processed"}
LONGEST_NAME = 120


class _Link(msgspec.Struct):
    href: str = ""
    text: str = ""


class _Image(msgspec.Struct):
    src: str = ""
    href: str = ""
    alt: str = ""


class _Payload(msgspec.Struct):
    summary: str = ""
    source: str = ""
    severity: str = ""
    timestamp: str | None = None
    component: str = ""
    group: str = ""
    class_: str = msgspec.field(default="", name="class")
    custom_details: object = None


class _Event(msgspec.Struct):
    """An event; what its payload must hold depends on its action."""

    event_action: Literal["trigger", "acknowledge", "resolve"]
    routing_key: str = ""
    dedup_key: str | int | None = None
    payload: object = None
    links: object = None
    images: object = None
    client: str = ""
    client_url: str = ""


class _Attached(msgspec.Struct):
    """What is attached to an alert or a change for people to look at."""

    links: list[_Link] = []
    images: list[_Image] = []
    client_url: str = ""

    def to_show(self) -> dict[str, str]:
        """Return the links by what they are called."""
        found = [(link.text or f"link {number}", link.href) for number, link in enumerate(self.links, start=1)]
        for image in self.images:
            found += [(image.alt or "image", image.src), (f"{image.alt or 'image'}, source", image.href)]
        return web_links(_by_name([*found, ("client", self.client_url)]))


class _Changed(msgspec.Struct):
    payload: _Payload
    routing_key: str = ""
    links: list[_Link] = []
    images: list[_Image] = []


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
        given = str(event.dedup_key or "")
        if event.event_action == "trigger":
            given = given or _new_key(post)
            alert = _triggered(event, identity(given), raw)
            return Parsed(alerts=(alert,), reply={**ACCEPTED, "dedup_key": given})
        if not given:
            raise RejectedError(
                f"{event.event_action} names no alert - at `$.dedup_key`. Send the trigger's dedup_key."
            )
        reply = {**ACCEPTED, "dedup_key": given}
        if event.event_action == "acknowledge":
            told = InboundAcknowledgement(fingerprint=identity(given), by=event.client)
            return Parsed(acknowledgements=(told,), reply=reply)
        # Whatever else comes with an end is left aside, as at PagerDuty: the trigger has said what the alert is.
        over = InboundAlert(fingerprint=identity(given), name="", status="resolved", labels={})
        return Parsed(alerts=(over,), reply=reply)


def _new_key(post: InboundPost) -> str:
    return hashlib.sha256(f"{post.received_at.isoformat()} {post.number} ".encode() + post.body).hexdigest()[:32]


def _triggered(event: _Event, key: str, raw: object) -> InboundAlert:
    if event.payload is None:
        raise RejectedError("a trigger needs a payload - at `$.payload`. Send summary, source and severity in it.")
    payload = shaped(event.payload, _Payload, SENDER, at="$.payload")
    name = payload.class_.strip() or payload.summary.strip()[:LONGEST_NAME]
    if not name:
        raise RejectedError(
            "a trigger does not say what is wrong - at `$.payload.summary`. Send it in `summary`, beside source and severity."
        )
    details = _texts(payload.custom_details)
    links = _links(raw)
    return InboundAlert(
        fingerprint=key,
        name=name,
        status="firing",
        occurrence=True,
        labels=_labels(payload),
        annotations=details,
        summary=payload.summary.strip(),
        severity=payload.severity,
        service=first(details, SERVICE_LABELS) or payload.component,
        starts_at=moment(payload.timestamp, "$.payload.timestamp"),
        links=links if links is not None else web_links({"client": event.client_url}),
        extra={
            **unknown_fields(raw, _Event),
            **_facts(event, payload),
            **(kept({"links": event.links}) if links is None and event.links else {}),
        },
    )


def _links(raw: object) -> dict[str, str] | None:
    """Return the links of an event; None where they cannot be read, which costs no page."""
    try:
        return shaped(raw, _Attached, SENDER).to_show()
    except RejectedError:
        return None


def _facts(event: _Event, payload: _Payload) -> dict[str, object]:
    """Return what an alert has no other place for."""
    facts = {
        "client": event.client,
        "images": event.images,
        "payload": unknown_fields(event.payload, _Payload),
    }
    details = kept({"custom_details": payload.custom_details} if payload.custom_details else {})
    return {**kept({name: fact for name, fact in facts.items() if fact}), **details}


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
        summary=_summary(payload),
        links=_Attached(links=event.links, images=event.images).to_show(),
    )
    return Parsed(changes=(change,), reply={"status": "success", "message": "Change event processed"})


def _summary(payload: _Payload) -> str:
    if not payload.summary.strip():
        raise RejectedError("a change does not say what was done - at `$.payload.summary`. Send it in `summary`.")
    return payload.summary


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


def _by_name(links: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Return addresses by name; of those that have one name, each further one has a number too."""
    found: dict[str, str] = {}
    for name, address in links:
        if not address or address in found.values():
            continue
        number, own = 1, name
        while own in found:
            number += 1
            own = f"{name} {number}"
        found[own] = address
    return found
