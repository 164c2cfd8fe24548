"""Our own plain JSON, for scripts and senders without a source of their own; the file to copy for a new one.

One object or a list: `{"name": "disk full", "status": "firing", "service": "orders", "severity": "critical",
"summary": "…", "fingerprint": "…", "labels": {…}}`. Only `name` is needed; without a fingerprint, the same name,
service and labels are the same alert.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tocsin.adapters.sources.post import decode, each, moment, shaped, unknown_fields
from tocsin.domain.alerts.fingerprint import fingerprint, identity
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed

SENDER = 'an alert such as {"name": "disk full", "status": "firing", "service": "orders"}'


class _Alert(msgspec.Struct):
    name: str
    status: Literal["firing", "resolved"] = "firing"
    service: str = ""
    severity: str = ""
    summary: str = ""
    fingerprint: str = ""
    labels: dict[str, str] = {}
    starts_at: str | None = None
    ends_at: str | None = None


class Generic:
    """Reads our own JSON."""

    kind = "generic"

    def parse(self, post: InboundPost) -> Parsed:
        """Return the valid alerts of one post, in its order, beside those that are not.

        Raises:
            RejectedError: the body is not an alert or a list of them, or no alert in it is valid.
        """
        raw = decode(post.body, SENDER)
        alerts, rejected = each(raw if isinstance(raw, list) else [raw], _inbound, at="$.alerts")
        return Parsed(alerts=alerts, rejected=rejected)


def _inbound(raw: object, at: str) -> InboundAlert:
    alert = shaped(raw, _Alert, SENDER, at=at)
    named = {**alert.labels, "alertname": alert.name, "service": alert.service}
    return InboundAlert(
        fingerprint=identity(alert.fingerprint) or fingerprint(named),
        name=alert.name or "unnamed alert",
        status=alert.status,
        labels=alert.labels,
        summary=alert.summary,
        severity=alert.severity,
        service=alert.service,
        starts_at=moment(alert.starts_at, f"{at}.starts_at"),
        ends_at=moment(alert.ends_at, f"{at}.ends_at"),
        extra=unknown_fields(raw, _Alert),
    )
