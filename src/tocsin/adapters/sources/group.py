"""What Alertmanager's webhook and Grafana's have in common: a group of alerts, each by its own fingerprint.

The group's key is not an identity (it changes whenever somebody edits a route), and the group's status says nothing
about one alert; so both are kept as facts only. Alerts that were cut off (`truncatedAlerts`) are not resolved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from tocsin.adapters.sources.post import SERVICE_LABELS, first, moment, web_links
from tocsin.domain.alerts.fingerprint import fingerprint, identity
from tocsin.flows.ports import InboundAlert

SUMMARY = ("summary", "message", "title", "description")
LINKS = {
    "dashboard": ("dashboard_url", "dashboardURL", "dashboard", "__dashboard_url__"),
    "runbook": ("runbook_url", "runbookURL", "runbook"),
}


class GroupedAlert(msgspec.Struct, rename="camel"):
    """One entry of `alerts`, as both senders write it."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_at: str | None = None
    ends_at: str | None = None
    generator_url: str = msgspec.field(default="", name="generatorURL")
    fingerprint: str = ""


def inbound(alert: GroupedAlert, at: str, *, links: Mapping[str, str], extra: Mapping[str, object]) -> InboundAlert:
    """Return one entry as an alert; `at` is its JSON path, `links` are the sender's own, beside those in the annotations.

    Raises:
        RejectedError: a time is none.
    """
    labels = {name: value for name, value in alert.labels.items() if value}
    noted = {name: first(alert.annotations, keys) for name, keys in LINKS.items()}
    return InboundAlert(
        fingerprint=identity(alert.fingerprint) or fingerprint(labels),
        name=labels.get("alertname", "") or "unnamed alert",
        status=alert.status,
        labels=labels,
        annotations=alert.annotations,
        summary=first(alert.annotations, SUMMARY),
        severity=labels.get("severity", ""),
        service=first(labels, SERVICE_LABELS),
        starts_at=moment(alert.starts_at, f"{at}.startsAt"),
        ends_at=moment(alert.ends_at, f"{at}.endsAt"),
        links=web_links({"generator": alert.generator_url, **links, **{n: url for n, url in noted.items() if url}}),
        extra=extra,
    )
