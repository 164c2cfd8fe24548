"""Sentry's webhooks of an internal integration: issue alerts, metric alerts, and issues that were resolved.

Sentry says when an issue alert fires and nothing when it is over; the issue's own resolution is its end.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.sources.post import decode, first, identity, moment, options_of, shaped, unknown_fields, web_links
from tocsin.adapters.sources.signature import require_hmac
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed, RejectedError

SENDER = "a webhook of Sentry"
SIGNATURE = "Sentry-Hook-Signature"
RESOURCE = "sentry-hook-resource"
OVER = frozenset({"resolved", "ignored", "archived"})


class SentryOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`client_secret` is the integration's at Sentry; without one no signature is compared."""

    client_secret: str = ""


class _Event(msgspec.Struct):
    issue_id: str | int = ""
    event_id: str = ""
    title: str = ""
    culprit: str | None = None
    level: str | None = None
    platform: str | None = None
    environment: str | None = None
    datetime: str | None = None
    web_url: str | None = None
    tags: list[object] | None = None


class _IssueAlert(msgspec.Struct):
    event: _Event
    triggered_rule: str = ""


class _Rule(msgspec.Struct):
    id: str | int = ""
    name: str = ""
    environment: str | None = None


class _Metric(msgspec.Struct):
    id: str | int = ""
    title: str = ""
    alert_rule: _Rule | None = None
    date_started: str | None = None
    date_closed: str | None = None
    projects: list[str] | None = None


class _MetricAlert(msgspec.Struct):
    metric_alert: _Metric
    description_title: str = ""
    description_text: str = ""
    web_url: str | None = None


class _Issue(msgspec.Struct):
    id: str | int
    title: str = ""
    level: str | None = None
    web_url: str | None = None


class _IssueChanged(msgspec.Struct):
    issue: _Issue


class _Hook(msgspec.Struct):
    action: str
    data: dict[str, object]


def validate_options(raw: Mapping[str, object]) -> SentryOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type.
    """
    return read_options("sentry", raw, SentryOptions)


class Sentry:
    """Reads what a Sentry integration posts."""

    kind = "sentry"

    def parse(self, post: InboundPost) -> Parsed:
        """Return the alert of one webhook; resources that are no alerts are answered and change nothing.

        Raises:
            UnverifiedError: a secret is set, and the signature does not fit.
            RejectedError: the body is not Sentry's.
        """
        headers = post.envelope.headers
        secret = options_of(post, validate_options).client_secret
        require_hmac(secret, post.body, headers.get(SIGNATURE.lower(), ""), header=SIGNATURE)
        hook = shaped(decode(post.body, SENDER), _Hook, SENDER)
        resource = headers.get(RESOURCE, "") or _guessed(hook.data)
        match resource:
            case "event_alert":
                return Parsed(alerts=(_issue_alert(hook.data),))
            case "metric_alert":
                return Parsed(alerts=(_metric_alert(hook),))
            case "issue" if hook.action in OVER:
                return Parsed(alerts=(_issue_over(hook.data),))
            case "":
                raise RejectedError(f"the header {RESOURCE} is missing, and the body tells no resource")
            case _:
                return Parsed(reply={"ignored": f"{resource} {hook.action}"[:100]})


def _guessed(data: Mapping[str, object]) -> str:
    known = {"metric_alert": "metric_alert", "event": "event_alert", "issue": "issue"}
    return next((resource for name, resource in known.items() if name in data), "")


def _issue_alert(data: dict[str, object]) -> InboundAlert:
    told = shaped(data, _IssueAlert, "a Sentry issue alert")
    event = told.event
    key = str(event.issue_id or event.event_id)
    if not key:
        raise RejectedError("the event names no issue - at `$.data.event.issue_id`")
    tags = _tags(event.tags)
    given = {"level": event.level, "platform": event.platform, "environment": event.environment}
    labels = {**tags, **{name: value for name, value in given.items() if value}}
    return InboundAlert(
        fingerprint=identity(f"issue:{key}"),
        name=told.triggered_rule or "issue alert",
        status="firing",
        occurrence=True,
        labels=labels,
        annotations={"culprit": event.culprit} if event.culprit else {},
        summary=event.title,
        severity=event.level or "",
        service=first(tags, ("service", "server_name")),
        starts_at=moment(event.datetime, "$.data.event.datetime"),
        links=web_links({"issue": event.web_url or ""}),
        extra=unknown_fields(data, _IssueAlert),
    )


def _metric_alert(hook: _Hook) -> InboundAlert:
    told = shaped(hook.data, _MetricAlert, "a Sentry metric alert")
    metric, rule = told.metric_alert, told.metric_alert.alert_rule or _Rule()
    key = str(rule.id or metric.id)
    if not key:
        raise RejectedError("the alert names no rule - at `$.data.metric_alert.alert_rule.id`")
    over = hook.action == "resolved"
    return InboundAlert(
        fingerprint=identity(f"metric:{key}"),
        name=rule.name or metric.title or "metric alert",
        status="resolved" if over else "firing",
        labels={"environment": rule.environment} if rule.environment else {},
        annotations={"description": told.description_text} if told.description_text else {},
        summary=told.description_title or metric.title,
        severity="" if over else hook.action,
        service=next(iter(metric.projects or ()), ""),
        starts_at=moment(metric.date_started, "$.data.metric_alert.date_started"),
        ends_at=moment(metric.date_closed, "$.data.metric_alert.date_closed") if over else None,
        links=web_links({"alert": told.web_url or ""}),
        extra=unknown_fields(hook.data, _MetricAlert),
    )


def _issue_over(data: dict[str, object]) -> InboundAlert:
    issue = shaped(data, _IssueChanged, "a Sentry issue").issue
    return InboundAlert(
        fingerprint=identity(f"issue:{issue.id}"),
        name=issue.title[:120] or "issue",
        status="resolved",
        labels={},
        links=web_links({"issue": issue.web_url or ""}),
    )


def _tags(given: list[object] | None) -> dict[str, str]:
    pairs = (tag for tag in given or () if isinstance(tag, list) and len(tag) == 2)  # noqa: PLR2004 (name and value)
    return {str(name): str(value) for name, value in pairs}
