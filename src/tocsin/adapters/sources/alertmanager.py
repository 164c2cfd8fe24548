"""Alertmanager's webhook (version 4): one alert for each entry of `alerts`."""

from __future__ import annotations

import msgspec

from tocsin.adapters.sources.glances import SeenAlert, glances
from tocsin.adapters.sources.group import GroupedAlert, inbound
from tocsin.adapters.sources.post import decode, each, shaped, unknown_fields
from tocsin.flows.ports import Glanced, InboundAlert, InboundPost, Parsed

SENDER = "an Alertmanager webhook"


class _Webhook(msgspec.Struct, rename="camel"):
    alerts: list[object]
    external_url: str = msgspec.field(default="", name="externalURL")


class _Seen(msgspec.Struct):
    alerts: list[SeenAlert]
    external_url: msgspec.Raw = msgspec.field(default=msgspec.Raw(b""), name="externalURL")


_SEEN = msgspec.json.Decoder(_Seen)


class Alertmanager:
    """Reads what an Alertmanager `webhook_config` sends."""

    kind = "alertmanager"

    def parse(self, post: InboundPost) -> Parsed:
        """Return the valid alerts of one webhook call, in its order, beside those that are not.

        Raises:
            RejectedError: the body is not an Alertmanager webhook, or no alert in it is valid.
        """
        raw = decode(post.body, SENDER)
        webhook = shaped(raw, _Webhook, SENDER)
        group, links = unknown_fields(raw, _Webhook), {"alertmanager": webhook.external_url}

        def read(one: object, at: str) -> InboundAlert:
            alert = shaped(one, GroupedAlert, SENDER, at=at)
            return inbound(alert, at, links=links, extra={**unknown_fields(one, GroupedAlert), "group": group})

        alerts, rejected = each(webhook.alerts, read, at="$.alerts")
        return Parsed(alerts=alerts, rejected=rejected)

    def glance(self, post: InboundPost) -> Glanced | None:
        """Return what can be seen of the alerts without reading them."""
        try:
            webhook = _SEEN.decode(post.body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return None
        seen = glances(webhook.alerts, about=bytes(webhook.external_url))
        return Glanced(seen=seen) if seen is not None else None
