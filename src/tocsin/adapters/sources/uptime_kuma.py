"""Uptime Kuma's webhook notification (JSON): one beat of one monitor that changed its status."""

from __future__ import annotations

import hashlib

import msgspec

from tocsin.adapters.sources.post import decode, identity, moment, shaped, web_links
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed, RejectedError

SENDER = "a webhook notification of Uptime Kuma"
DOWN, UP = 0, 1
STATUS = {2: "pending", 3: "maintenance"}


class _Beat(msgspec.Struct):
    status: int
    monitor_id: int | str | None = msgspec.field(default=None, name="monitorID")
    time: str | None = None
    msg: str | None = None


class _Tag(msgspec.Struct):
    name: str = ""
    value: str | None = None


class _Monitor(msgspec.Struct):
    id: int | str | None = None
    name: str = ""
    url: str | None = None
    hostname: str | None = None
    type: str | None = None
    tags: list[_Tag] | None = None


class _Notification(msgspec.Struct):
    heartbeat: _Beat | None = None
    monitor: _Monitor | None = None
    msg: str | None = None


class UptimeKuma:
    """Reads what an Uptime Kuma notification of type webhook sends."""

    kind = "uptime_kuma"

    def parse(self, post: InboundPost) -> Parsed:
        """Return the alert of one notification; pending, maintenance and the test button change nothing.

        Raises:
            RejectedError: the body is not Uptime Kuma's.
        """
        told = shaped(decode(post.body, SENDER), _Notification, SENDER)
        if told.heartbeat is None:
            return _without_beat(told)
        monitor, beat = told.monitor or _Monitor(), told.heartbeat
        if beat.status in STATUS:
            return Parsed(reply={"ignored": STATUS[beat.status]})
        if beat.status not in {DOWN, UP}:
            raise RejectedError(f"{beat.status} is no status - at `$.heartbeat.status`. It is 0 (down) to 3.")
        key = beat.monitor_id if beat.monitor_id is not None else monitor.id
        if key is None:
            raise RejectedError("the beat names no monitor - at `$.heartbeat.monitorID`")
        return Parsed(alerts=(_inbound(beat, monitor, str(key), told.msg or ""),))


def _inbound(beat: _Beat, monitor: _Monitor, key: str, msg: str) -> InboundAlert:
    tags = {tag.name: tag.value or "true" for tag in monitor.tags or () if tag.name}
    given = {"monitor": monitor.name, "type": monitor.type, "host": monitor.hostname}
    at = moment(beat.time, "$.heartbeat.time")
    down = beat.status == DOWN
    return InboundAlert(
        fingerprint=identity(f"monitor:{key}"),
        name=monitor.name or f"monitor {key}",
        status="firing" if down else "resolved",
        labels={**tags, **{name: value for name, value in given.items() if value}},
        annotations={"message": msg} if msg else {},
        summary=": ".join(part for part in (monitor.name, beat.msg) if part) or msg,
        severity=tags.get("severity", ""),
        service=tags.get("service", ""),
        starts_at=at if down else None,
        ends_at=None if down else at,
        links=web_links({"monitored": monitor.url or ""}),
    )


def _without_beat(told: _Notification) -> Parsed:
    """Read a message alone: the test button, or a certificate that runs out (said once a day, with no end to come)."""
    text = told.msg or ""
    if "certificate" not in text.lower():
        if not text:
            raise RejectedError(f"not {SENDER}: neither `$.heartbeat` nor `$.msg`. Choose the content type JSON.")
        return Parsed(reply={"ignored": "a message without a monitor"})
    subject = text.rpartition("]")[0] or text
    alert = InboundAlert(
        fingerprint=f"certificate:{hashlib.sha256(subject.encode()).hexdigest()[:32]}",
        name="certificate runs out",
        status="firing",
        occurrence=True,
        labels={},
        summary=text[:300],
        severity="warning",
    )
    return Parsed(alerts=(alert,))
