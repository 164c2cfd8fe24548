"""Uptime Kuma's webhook notification (JSON): one beat of one monitor that changed its status."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import msgspec

from tocsin.adapters.sources.post import decode, moment, shaped, unknown_fields, web_links
from tocsin.domain.alerts.fingerprint import identity
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed, RejectedError

SENDER = "a webhook notification of Uptime Kuma"
DOWN, UP = 0, 1
STATUS = {2: "pending", 3: "maintenance"}
RUNS_OUT = (" will expire in ", " will be expired in ")
A_MONTH = 30
SECRET = ("pass", "token", "secret", "auth", "key", "header", "body", "connection", "tls")


class _Beat(msgspec.Struct):
    status: int
    monitor_id: int | str | None = msgspec.field(default=None, name="monitorID")
    time: str | None = None
    msg: str | None = None


class _Tag(msgspec.Struct):
    name: str = ""
    value: str = ""


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
        raw = decode(post.body, SENDER)
        told = shaped(raw, _Notification, SENDER)
        if told.heartbeat is None:
            return _without_beat(told, post.received_at)
        monitor, beat = told.monitor or _Monitor(), told.heartbeat
        if beat.status in STATUS:
            return Parsed(reply={"ignored": STATUS[beat.status]})
        if beat.status not in {DOWN, UP}:
            raise RejectedError(f"{beat.status} is no status - at `$.heartbeat.status`. It is 0 (down) to 3.")
        key = beat.monitor_id if beat.monitor_id is not None else monitor.id
        if key is None:
            raise RejectedError("the beat names no monitor - at `$.heartbeat.monitorID`")
        return Parsed(alerts=(_inbound(told, monitor, str(key), _extra(raw)),))


def _extra(raw: object) -> dict[str, object]:
    """Return what the notification holds besides; of the monitor nothing with which it shows itself to what it watches."""
    if not isinstance(raw, dict):
        return {}
    monitor = unknown_fields(raw.get("monitor"), _Monitor)
    shown = {name: value for name, value in monitor.items() if not any(part in name.lower() for part in SECRET)}
    inner = {"heartbeat": unknown_fields(raw.get("heartbeat"), _Beat), "monitor": shown}
    return {**unknown_fields(raw, _Notification), **{name: facts for name, facts in inner.items() if facts}}


def _inbound(told: _Notification, monitor: _Monitor, key: str, extra: dict[str, object]) -> InboundAlert:
    beat, msg = told.heartbeat or _Beat(status=DOWN), told.msg or ""
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
        extra=extra,
    )


def _without_beat(told: _Notification, received_at: datetime) -> Parsed:
    """Read a message alone: the test button, or a certificate or domain that runs out."""
    text = told.msg or ""
    if "certificate" not in text.lower() and not any(words in text for words in RUNS_OUT):
        if not text:
            raise RejectedError(f"not {SENDER}: neither `$.heartbeat` nor `$.msg`. Choose the content type JSON.")
        return Parsed(reply={"ignored": "a message without a monitor"})
    return Parsed(alerts=(_running_out(text, received_at),))


def _running_out(text: str, received_at: datetime) -> InboundAlert:
    """Return what is warned of once on some days before it runs out; nobody tells that it was renewed.

    So it ends when it would have run out: whoever did not renew it by then hears of it from the monitor itself.
    """
    subject = text.partition(" will ")[0]
    what = "domain" if "domain" in subject.rpartition("]")[2].lower() else "certificate"
    monitor = subject[1:].partition("]")[0] if subject.startswith("[") else ""
    return InboundAlert(
        fingerprint=f"{what}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}",
        name=f"{what} runs out",
        status="firing",
        occurrence=True,
        labels={"monitor": monitor} if monitor else {},
        summary=text[:300],
        severity="warning",
        ends_at=received_at + timedelta(days=_days(text)),
        end_told=False,
    )


def _days(text: str) -> int:
    """Return the days that are left by a text such as `… will expire in 14 days`; at least one, and a month where none is told."""
    for words in RUNS_OUT:
        told = text.rpartition(words)[2].partition(" ")[0] if words in text else ""
        if told.isascii() and told.isdigit():
            return min(max(int(told[:6]), 1), 365)
    return A_MONTH
