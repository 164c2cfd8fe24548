"""Alertmanager's webhook (version 4): one alert for each entry of `alerts`, by its own fingerprint.

The group's key is not an identity (it changes whenever somebody edits a route), and the group's status says nothing
about one alert; so both are kept as facts only. Alerts that were cut off (`truncatedAlerts`) are not resolved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from tocsin.adapters.sources.post import (
    SERVICE_LABELS,
    NoOptions,
    decode,
    first,
    moment,
    shaped,
    unknown_fields,
    web_links,
)
from tocsin.domain.alerts.fingerprint import fingerprint
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed

SENDER = "an Alertmanager webhook"
SUMMARY = ("summary", "message", "title", "description")
LINKS = {
    "dashboard": ("dashboard_url", "dashboardURL", "dashboard", "__dashboard_url__"),
    "runbook": ("runbook_url", "runbookURL", "runbook"),
}


class _Alert(msgspec.Struct, rename="camel"):
    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_at: str | None = None
    ends_at: str | None = None
    generator_url: str = msgspec.field(default="", name="generatorURL")
    fingerprint: str = ""


class _Webhook(msgspec.Struct, rename="camel"):
    alerts: list[_Alert]
    external_url: str = msgspec.field(default="", name="externalURL")


class Alertmanager:
    """Reads what an Alertmanager `webhook_config` sends."""

    kind = "alertmanager"
    options = NoOptions

    def parse(self, post: InboundPost) -> Parsed:
        """Return the alerts in one webhook call, in its order.

        Raises:
            RejectedError: the body is not an Alertmanager webhook.
        """
        raw = decode(post.body, SENDER)
        webhook = shaped(raw, _Webhook, SENDER)
        group = unknown_fields(raw, _Webhook)
        raw_alerts = raw["alerts"] if isinstance(raw, dict) else []
        alerts = [
            _inbound(
                alert,
                index,
                unknown=unknown_fields(raw_alerts[index], _Alert),
                group=group,
                external_url=webhook.external_url,
            )
            for index, alert in enumerate(webhook.alerts)
        ]
        return Parsed(alerts=tuple(alerts))


def _inbound(
    alert: _Alert, index: int, *, unknown: Mapping[str, object], group: Mapping[str, object], external_url: str
) -> InboundAlert:
    labels = {name: value for name, value in alert.labels.items() if value}
    return InboundAlert(
        fingerprint=alert.fingerprint or fingerprint(labels),
        name=labels.get("alertname", "") or "unnamed alert",
        status=alert.status,
        labels=labels,
        annotations=alert.annotations,
        summary=first(alert.annotations, SUMMARY),
        severity=labels.get("severity", ""),
        service=first(labels, SERVICE_LABELS),
        starts_at=moment(alert.starts_at, f"$.alerts[{index}].startsAt"),
        ends_at=moment(alert.ends_at, f"$.alerts[{index}].endsAt"),
        links=web_links(
            {
                "generator": alert.generator_url,
                "alertmanager": external_url,
                **{name: first(alert.annotations, keys) for name, keys in LINKS.items()},
            }
        ),
        extra={**unknown, "group": group},
    )
