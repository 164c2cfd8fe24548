"""Grafana's webhook contact point (unified alerting): Alertmanager's shape with values, panels and a silence link.

Grafana can sign: HMAC-SHA256 over the body, or over `TIMESTAMP:body` where its time header is set as well; then an old
post is not believed. What legacy alerting posted is read by `grafana_legacy.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.sources.grafana_legacy import is_legacy, legacy
from tocsin.adapters.sources.group import GroupedAlert, inbound
from tocsin.adapters.sources.post import decode, each, epoch, options_of, shaped, unknown_fields
from tocsin.adapters.sources.signature import require_hmac, require_recent
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed

SENDER = "a webhook of Grafana's unified alerting"
OLDEST = timedelta(minutes=5)


class GrafanaOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`secret` is the contact point's HMAC secret, without one nothing is compared; the headers are as set there."""

    secret: str = ""
    signature_header: str = "X-Grafana-Alerting-Signature"
    timestamp_header: str = ""


def validate_options(raw: Mapping[str, object]) -> GrafanaOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type.
    """
    return read_options("grafana", raw, GrafanaOptions)


class _Alert(GroupedAlert, rename="camel"):
    dashboard_url: str = msgspec.field(default="", name="dashboardURL")
    panel_url: str = msgspec.field(default="", name="panelURL")
    silence_url: str = msgspec.field(default="", name="silenceURL")
    image_url: str = msgspec.field(default="", name="imageURL")


class _Webhook(msgspec.Struct, rename="camel"):
    alerts: list[object]
    external_url: str = msgspec.field(default="", name="externalURL")


class Grafana:
    """Reads what a Grafana contact point of type webhook sends."""

    kind = "grafana"

    def parse(self, post: InboundPost) -> Parsed:
        """Return the valid alerts of one webhook call, in its order, beside those that are not.

        Raises:
            UnverifiedError: a secret is set, and the signature does not fit or is too old.
            RejectedError: the body is not Grafana's, or no alert in it is valid.
        """
        _verify(post)
        raw = decode(post.body, SENDER)
        if is_legacy(raw):
            return legacy(raw)
        webhook = shaped(raw, _Webhook, SENDER)
        group = unknown_fields(raw, _Webhook)

        def read(one: object, at: str) -> InboundAlert:
            alert = shaped(one, _Alert, SENDER, at=at)
            extra = {**unknown_fields(one, _Alert), "group": group}
            return inbound(alert, at, links=_links(alert, webhook.external_url), extra=extra)

        alerts, rejected = each(webhook.alerts, read, at="$.alerts")
        return Parsed(alerts=alerts, rejected=rejected)


def _verify(post: InboundPost) -> None:
    options = options_of(post, validate_options)
    headers = post.envelope.headers
    signed = post.body
    stamp = headers.get(options.timestamp_header.lower(), "")
    if options.timestamp_header:
        signed = stamp.encode("utf-8", "replace") + b":" + post.body
    given = headers.get(options.signature_header.lower(), "")
    require_hmac(options.secret, signed, given, header=options.signature_header)
    if options.secret and options.timestamp_header:
        where = options.timestamp_header
        require_recent(epoch(stamp, where), post, within=OLDEST, where=where)


def _links(alert: _Alert, external_url: str) -> dict[str, str]:
    return {
        "grafana": external_url,
        "dashboard": alert.dashboard_url,
        "panel": alert.panel_url,
        "silence": alert.silence_url,
        "image": alert.image_url,
    }
