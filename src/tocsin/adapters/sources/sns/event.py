"""An event that EventBridge put into a topic; a state change of an alarm is the alarm, under the same key as its own notification."""

from __future__ import annotations

import msgspec

from tocsin.adapters.sources.post import SERVICE_LABELS, first, kept, moment, shaped, unknown_fields
from tocsin.adapters.sources.sns.alarm import STATUS
from tocsin.adapters.sources.sns.message import SNSMessage
from tocsin.domain.alerts.fingerprint import identity
from tocsin.flows.ports import InboundAlert

SENDER = "an event of Amazon EventBridge"
STATE_CHANGE = "CloudWatch Alarm State Change"


class _State(msgspec.Struct):
    value: str = ""
    reason: str = ""
    timestamp: str = ""


class _Configuration(msgspec.Struct):
    description: str = ""
    metrics: list[dict[str, object]] = []


class _Detail(msgspec.Struct, rename="camel"):
    alarm_name: str
    state: _State
    configuration: _Configuration = msgspec.field(default_factory=_Configuration)


class _Event(msgspec.Struct):
    detail_type: str = msgspec.field(name="detail-type")
    source: str = ""
    account: str = ""
    time: str = ""
    region: str = ""
    resources: list[str] = []
    detail: dict[str, object] = {}


def event_of(raw: object, message: SNSMessage) -> InboundAlert:
    """Return an event as an alert: an alarm by its state, any other as something that happened.

    Raises:
        RejectedError: a field is missing or has the wrong type.
    """
    event = shaped(raw, _Event, SENDER)
    given = {"region": event.region, "account": event.account, "source": event.source}
    labels = {name: value for name, value in given.items() if value}
    if event.detail_type == STATE_CHANGE:
        return _alarm(event, labels, message, unknown_fields(raw, _Event))
    name = event.detail_type or "unnamed event"
    about = ", ".join(one.rpartition(":")[2] for one in event.resources)
    return InboundAlert(
        fingerprint=identity("/".join([message.topic, event.source, name, *sorted(event.resources)])),
        name=name,
        status="firing",
        occurrence=True,
        labels=labels,
        summary=(f"{name}: {about}" if about else name)[:300],
        starts_at=moment(event.time, "$.Message.time"),
        extra={**unknown_fields(raw, _Event), **kept({"resources": event.resources, "detail": event.detail})},
    )


def _alarm(event: _Event, labels: dict[str, str], message: SNSMessage, unknown: dict[str, object]) -> InboundAlert:
    detail = shaped(event.detail, _Detail, "a state change of a CloudWatch alarm", at="$.detail")
    state, told = detail.state, detail.configuration
    status = STATUS.get(state.value, "firing")
    at = moment(state.timestamp or event.time, "$.Message.detail.state.timestamp")
    dimensions = _dimensions(told)
    return InboundAlert(
        fingerprint=identity(next(iter(event.resources), "") or f"{message.topic}/{detail.alarm_name}"),
        name=detail.alarm_name or "unnamed alarm",
        status=status,
        labels={**dimensions, **labels},
        annotations={
            name: text for name, text in (("description", told.description), ("reason", state.reason)) if text
        },
        summary=told.description or detail.alarm_name,
        severity="warning" if state.value == "INSUFFICIENT_DATA" else "",
        service=first({name.lower(): value for name, value in dimensions.items()}, (*SERVICE_LABELS, "servicename")),
        starts_at=at if status == "firing" else None,
        ends_at=at if status == "resolved" else None,
        extra={**unknown, **kept({"detail": event.detail})},
    )


def _dimensions(told: _Configuration) -> dict[str, str]:
    """Return what the alarm's metrics are of, as far as they are written as CloudWatch writes them."""
    found: dict[str, str] = {}
    for one in told.metrics:
        stat = one.get("metricStat")
        metric = stat.get("metric") if isinstance(stat, dict) else None
        named = metric.get("dimensions") if isinstance(metric, dict) else None
        if isinstance(named, dict):
            found |= {str(name): value for name, value in named.items() if isinstance(value, str) and value}
    return found
