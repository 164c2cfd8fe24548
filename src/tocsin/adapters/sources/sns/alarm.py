"""A CloudWatch alarm inside a message of SNS."""

from __future__ import annotations

import msgspec

from tocsin.adapters.sources.post import SERVICE_LABELS, first, moment, shaped, unknown_fields
from tocsin.adapters.sources.sns.message import SNSMessage
from tocsin.domain.alerts.fingerprint import identity
from tocsin.flows.ports import InboundAlert

SENDER = "a state change of a CloudWatch alarm"
STATUS = {"ALARM": "firing", "INSUFFICIENT_DATA": "firing", "OK": "resolved"}


class _Dimension(msgspec.Struct):
    name: str = ""
    value: str = ""


class _Trigger(msgspec.Struct):
    metric: str = msgspec.field(default="", name="MetricName")
    namespace: str = msgspec.field(default="", name="Namespace")
    dimensions: list[_Dimension] = msgspec.field(default_factory=list, name="Dimensions")


class _Alarm(msgspec.Struct, rename="pascal"):
    name: str = msgspec.field(name="AlarmName")
    state: str = msgspec.field(name="NewStateValue")
    arn: str = msgspec.field(default="", name="AlarmArn")
    alarm_description: str | None = None
    reason: str = msgspec.field(default="", name="NewStateReason")
    changed_at: str = msgspec.field(default="", name="StateChangeTime")
    account: str = msgspec.field(default="", name="AWSAccountId")
    region: str = ""
    trigger: _Trigger | None = None


def alarm_of(raw: object, message: SNSMessage) -> InboundAlert:
    """Return the alarm whose state change `raw` is.

    Missing data fires as a warning: who sends that state to the topic asked to hear of it.

    Raises:
        RejectedError: it is something else.
    """
    alarm = shaped(raw, _Alarm, SENDER)
    status = STATUS.get(alarm.state, "firing")
    at = moment(alarm.changed_at, "$.Message.StateChangeTime")
    trigger = alarm.trigger or _Trigger()
    dimensions = {one.name: one.value for one in trigger.dimensions if one.name and one.value}
    given = {
        "region": alarm.region,
        "account": alarm.account,
        "namespace": trigger.namespace,
        "metric": trigger.metric,
    }
    description = alarm.alarm_description or ""
    return InboundAlert(
        fingerprint=identity(alarm.arn or f"{message.topic}/{alarm.name}"),
        name=alarm.name or "unnamed alarm",
        status=status,
        labels={**dimensions, **{name: value for name, value in given.items() if value}},
        annotations={name: text for name, text in (("description", description), ("reason", alarm.reason)) if text},
        summary=description or message.subject or alarm.name,
        severity="warning" if alarm.state == "INSUFFICIENT_DATA" else "",
        service=first({name.lower(): value for name, value in dimensions.items()}, (*SERVICE_LABELS, "servicename")),
        starts_at=at if status == "firing" else None,
        ends_at=at if status == "resolved" else None,
        extra=_extra(raw),
    )


def _extra(raw: object) -> dict[str, object]:
    more = unknown_fields(raw["Trigger"], _Trigger) if isinstance(raw, dict) and "Trigger" in raw else {}
    return {**unknown_fields(raw, _Alarm), **({"Trigger": more} if more else {})}
