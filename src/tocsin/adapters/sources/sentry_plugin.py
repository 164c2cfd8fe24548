"""What Sentry's older webhook plugin posts: one event of an issue, without a resource, a signature or an end."""

from __future__ import annotations

import msgspec

from tocsin.adapters.sources.post import epoch, shaped, unknown_fields, web_links
from tocsin.domain.alerts.fingerprint import identity
from tocsin.flows.ports import InboundAlert

SENDER = "a post of Sentry's webhook plugin"


class _Event(msgspec.Struct):
    title: str = ""
    environment: str = ""
    timestamp: float | None = None
    tags: list[object] = []


class _Post(msgspec.Struct):
    id: str | int
    project: str = ""
    message: str = ""
    culprit: str = ""
    level: str = ""
    url: str = ""
    triggering_rules: list[str] = []
    event: _Event = msgspec.field(default_factory=_Event)


def is_plugins(raw: object) -> bool:
    """Return whether a body is the plugin's: an issue at its root, where an integration's hooks have `action` and `data`."""
    return isinstance(raw, dict) and "data" not in raw and "id" in raw and "event" in raw


def plugins(raw: object) -> InboundAlert:
    """Return the alert of one event, by its issue.

    Raises:
        RejectedError: a field is missing or has the wrong type.
    """
    told = shaped(raw, _Post, SENDER)
    tags = tags_of(told.event.tags)
    given = {"level": told.level, "environment": told.event.environment}
    more = unknown_fields(raw["event"], _Event) if isinstance(raw, dict) else {}
    return InboundAlert(
        fingerprint=identity(f"issue:{told.id}"),
        name=next(iter(told.triggering_rules), "") or "issue alert",
        status="firing",
        occurrence=True,
        labels={**tags, **{name: value for name, value in given.items() if value}},
        annotations={"culprit": told.culprit} if told.culprit else {},
        summary=told.event.title or told.message,
        severity=told.level,
        service=tags.get("service") or told.project,
        starts_at=epoch(told.event.timestamp, "$.event.timestamp"),
        links=web_links({"issue": told.url}),
        extra={**unknown_fields(raw, _Post), **({"event": more} if more else {})},
    )


def tags_of(given: list[object] | None) -> dict[str, str]:
    """Return an event's tags, which Sentry writes as pairs or as objects with `key` and `value`."""
    found: dict[str, str] = {}
    for tag in given or ():
        if isinstance(tag, list) and len(tag) == 2:  # noqa: PLR2004 (name and value)
            found[str(tag[0])] = str(tag[1])
        elif isinstance(tag, dict) and "key" in tag:
            found[str(tag["key"])] = str(tag.get("value") or "")
    return found
