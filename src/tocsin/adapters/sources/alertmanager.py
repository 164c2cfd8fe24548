"""Alertmanager's webhook (version 4): one alert for each entry of `alerts`."""

from __future__ import annotations

import msgspec

from tocsin.adapters.sources.glances import SeenAlert, glances
from tocsin.adapters.sources.group import GroupedAlert, inbound
from tocsin.adapters.sources.post import decode, shaped, unknown_fields
from tocsin.flows.ports import Glanced, InboundPost, Parsed

SENDER = "an Alertmanager webhook"


class _Webhook(msgspec.Struct, rename="camel"):
    alerts: list[GroupedAlert]
    external_url: str = msgspec.field(default="", name="externalURL")


class _Seen(msgspec.Struct):
    alerts: list[SeenAlert]
    external_url: msgspec.Raw = msgspec.field(default=msgspec.Raw(b""), name="externalURL")


_SEEN = msgspec.json.Decoder(_Seen)


class Alertmanager:
    """Reads what an Alertmanager `webhook_config` sends."""

    kind = "alertmanager"

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
            inbound(
                alert,
                index,
                links={"alertmanager": webhook.external_url},
                extra={**unknown_fields(raw_alerts[index], GroupedAlert), "group": group},
            )
            for index, alert in enumerate(webhook.alerts)
        ]
        return Parsed(alerts=tuple(alerts))

    def glance(self, post: InboundPost) -> Glanced | None:
        """Return what can be seen of the alerts without reading them."""
        try:
            webhook = _SEEN.decode(post.body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return None
        seen = glances(webhook.alerts, about=bytes(webhook.external_url))
        return Glanced(seen=seen) if seen is not None else None
