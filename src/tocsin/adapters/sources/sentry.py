"""Sentry's webhooks of an internal integration: issue alerts, metric alerts, and issues that were resolved or came back.

Sentry says when an issue alert fires and nothing when it is over; the issue's own resolution is its end. What the older
webhook plugin posts is read by `sentry_plugin.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.sources.post import decode, moment, options_of, shaped, unknown_fields, web_links
from tocsin.adapters.sources.sentry_plugin import is_plugins, plugins, tags_of
from tocsin.adapters.sources.signature import require_hmac
from tocsin.domain.alerts.fingerprint import identity
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed, RejectedError

SENDER = "a webhook of Sentry"
SIGNATURE = "Sentry-Hook-Signature"
RESOURCE = "sentry-hook-resource"
OVER = frozenset({"resolved", "ignored", "archived"})
AGAIN = "unresolved"
SEVERITIES = frozenset({"critical", "warning"})


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
    url: str = ""
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


class _Project(msgspec.Struct):
    slug: str = ""


class _Issue(msgspec.Struct):
    id: str | int
    title: str = ""
    culprit: str = ""
    level: str | None = None
    web_url: str | None = None
    project: _Project | None = None


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
        raw = decode(post.body, SENDER)
        if is_plugins(raw):
            return Parsed(alerts=(plugins(raw),))
        hook = shaped(raw, _Hook, SENDER)
        resource = headers.get(RESOURCE, "") or _guessed(hook.data)
        match resource:
            case "event_alert":
                return Parsed(alerts=(_issue_alert(hook.data),))
            case "metric_alert":
                return Parsed(alerts=(_metric_alert(hook),))
            case "issue" if hook.action in OVER or hook.action == AGAIN:
                return Parsed(alerts=(_issue(hook.data, again=hook.action == AGAIN),))
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
    tags = tags_of(event.tags)
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
        service=tags.get("service") or _project(event.url) or tags.get("server_name", ""),
        starts_at=moment(event.datetime, "$.data.event.datetime"),
        links=web_links({"issue": event.web_url or ""}),
        extra=_extra(data, _IssueAlert, "event", _Event),
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
        severity=hook.action if hook.action in SEVERITIES else "",
        service=next(iter(metric.projects or ()), ""),
        starts_at=moment(metric.date_started, "$.data.metric_alert.date_started"),
        ends_at=moment(metric.date_closed, "$.data.metric_alert.date_closed") if over else None,
        links=web_links({"alert": told.web_url or ""}),
        extra=_extra(hook.data, _MetricAlert, "metric_alert", _Metric),
    )


def _issue(data: dict[str, object], *, again: bool) -> InboundAlert:
    """Return the end of an issue's alerts, or their return: Sentry saw it again, or somebody says that it is not over."""
    issue = shaped(data, _IssueChanged, "a Sentry issue").issue
    return InboundAlert(
        fingerprint=identity(f"issue:{issue.id}"),
        name=(issue.title[:120] or "issue") if again else "",  # an end leaves the alert its rule's name
        status="firing" if again else "resolved",
        occurrence=again,
        labels={"level": issue.level} if issue.level else {},
        annotations={"culprit": issue.culprit} if issue.culprit else {},
        summary=issue.title,
        severity=(issue.level or "") if again else "",
        service=issue.project.slug if issue.project else "",
        links=web_links({"issue": issue.web_url or ""}),
        extra=_extra(data, _IssueChanged, "issue", _Issue),
    )


def _project(url: str) -> str:
    """Return the project that an event's address at Sentry's API names: `…/api/0/projects/ORGANISATION/PROJECT/events/…`."""
    parts = url.partition("/projects/")[2].split("/")
    return parts[1] if len(parts) > 1 else ""


def _extra(
    data: Mapping[str, object], shape: type[msgspec.Struct], name: str, inner: type[msgspec.Struct]
) -> dict[str, object]:
    more = unknown_fields(data.get(name), inner)
    return {**unknown_fields(data, shape), **({name: more} if more else {})}
