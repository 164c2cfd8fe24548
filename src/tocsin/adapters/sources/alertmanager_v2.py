"""Alertmanager's own API (`POST /api/v2/alerts`), as Prometheus and other rulers call it.

By Alertmanager's rules: an end in the future is a lease, a missing end is one of `resolve_timeout`, labels with an
empty value do not count, and one bad alert costs no other.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.sources.glances import glances, seen_alerts
from tocsin.adapters.sources.group import LINKS, SUMMARY
from tocsin.adapters.sources.post import (
    LINK_SCHEMES,
    SERVICE_LABELS,
    decode,
    first,
    moment,
    options_of,
    shaped,
    unknown_fields,
    web_links,
)
from tocsin.domain.alerts.fingerprint import fingerprint
from tocsin.domain.durations import parse_duration
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Glanced, InboundAlert, InboundPost, IncompleteError, Parsed, Rejected, RejectedError

SENDER = "a list of alerts as Alertmanager's API v2 takes them"


class AlertmanagerV2Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`resolve_timeout`: how long an alert without an end fires without being told again."""

    resolve_timeout: str = "5m"


class _Alert(msgspec.Struct, rename="camel"):
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    starts_at: str | None = None
    ends_at: str | None = None
    generator_url: str | None = msgspec.field(default="", name="generatorURL")


class _Expected(_Alert, rename="camel", forbid_unknown_fields=True):
    """An alert with nothing unknown in it."""


_OF_SCHEMES = frozenset(string.ascii_letters + string.digits + "+-.")
_EXPECTED = msgspec.json.Decoder(list[_Expected])


def validate_options(raw: Mapping[str, object]) -> AlertmanagerV2Options:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown, has the wrong type or is no duration.
    """
    options = read_options("alertmanager_v2", raw, AlertmanagerV2Options)
    try:
        parse_duration(options.resolve_timeout)
    except InvalidError as error:
        raise InvalidError(str(error), field="resolve_timeout", mend=error.mend) from error
    return options


_DEFAULT_TIMEOUT = parse_duration(AlertmanagerV2Options().resolve_timeout)


class AlertmanagerV2:
    """Reads what Prometheus posts to an Alertmanager."""

    kind = "alertmanager_v2"

    def parse(self, post: InboundPost) -> Parsed:
        """Return the valid alerts of one post, in its order, beside those that are not.

        Raises:
            RejectedError: the body is not a list, or no alert in it is valid.
        """
        timeout = _timeout(post)
        known = _as_expected(post, timeout)
        if known is not None:
            return Parsed(alerts=known, reply={})
        if not post.body.strip():
            raise IncompleteError(f"the post is empty. Send {SENDER}.")
        raw = decode(post.body, SENDER)
        raw = [] if raw is None else raw
        if not isinstance(raw, list):
            raise RejectedError(f"not {SENDER}: Expected `array`. Send it as Prometheus does.")
        alerts: list[InboundAlert] = []
        rejected: list[tuple[Rejected, RejectedError]] = []
        for index, one in enumerate(raw):
            try:
                alert = shaped(one, _Alert, "an alert", at=f"$[{index}]")
                alerts.append(_inbound(alert, index, post.received_at, timeout, unknown_fields(one, _Alert)))
            except RejectedError as error:
                rejected.append((Rejected(where=f"$[{index}]", reason=str(error)), error))
        if rejected and not alerts:
            kind = type(rejected[0][1])
            raise kind("; ".join(f"{one.where}: {one.reason}" for one, _ in rejected[:5]))
        return Parsed(alerts=tuple(alerts), rejected=tuple(one for one, _ in rejected), reply={})

    def glance(self, post: InboundPost) -> Glanced | None:
        """Return what can be seen of the alerts without reading them."""
        alerts = seen_alerts(post.body)
        if alerts is None:
            return None
        timeout = _timeout(post)
        seen = glances(alerts, without_end=post.received_at + timeout)
        return Glanced(seen=seen, reply={}) if seen is not None else None


def _timeout(post: InboundPost) -> timedelta:
    if not post.options:
        return _DEFAULT_TIMEOUT
    return _duration(options_of(post, validate_options).resolve_timeout)


@lru_cache(maxsize=64)
def _duration(text: str) -> timedelta:
    return parse_duration(text)


def _as_expected(post: InboundPost, timeout: timedelta) -> tuple[InboundAlert, ...] | None:
    """Return the alerts of a post that holds nothing unexpected, read at once; None when each must be looked at by itself."""
    if b"\\u0000" in post.body:
        return None
    try:
        found = _EXPECTED.decode(post.body)
        return tuple(_inbound(one, index, post.received_at, timeout, {}) for index, one in enumerate(found))
    except (msgspec.MsgspecError, UnicodeError, RecursionError, RejectedError):
        return None


def _inbound(alert: _Alert, index: int, at: datetime, timeout: timedelta, extra: Mapping[str, object]) -> InboundAlert:
    if alert.labels is None:
        raise IncompleteError(f"an alert has no labels - at `$[{index}].labels`. Send what tells it from others.")
    labels = {name: value for name, value in alert.labels.items() if value}
    if not labels:
        raise RejectedError("an alert needs at least one label with a value")
    if "" in labels:
        raise RejectedError(f"a label without a name has the value {labels['']!r}. Name it, or leave it out.")
    starts_at = moment(alert.starts_at, f"$[{index}].startsAt")
    told_end = moment(alert.ends_at, f"$[{index}].endsAt")
    ends_at = told_end or at + timeout
    if starts_at and ends_at < starts_at:
        raise RejectedError(
            "it ends before it starts: `endsAt`, or else `resolve_timeout`, must not be before `startsAt`"
        )
    generator = _uri(alert.generator_url or "", f"$[{index}].generatorURL")
    annotations = alert.annotations or {}
    return InboundAlert(
        fingerprint=fingerprint(labels),
        name=labels.get("alertname", "") or "unnamed alert",
        status="resolved" if ends_at <= at else "firing",
        labels=labels,
        annotations=annotations,
        summary=first(annotations, SUMMARY),
        severity=labels.get("severity", ""),
        service=first(labels, SERVICE_LABELS),
        starts_at=starts_at,
        ends_at=ends_at,
        end_told=told_end is not None,
        links=web_links({"generator": generator, **{name: first(annotations, keys) for name, keys in LINKS.items()}}),
        extra=extra,
    )


def _uri(text: str, where: str) -> str:
    """Return an address or an absolute path as Alertmanager takes it.

    Raises:
        RejectedError: it is neither.
    """
    if not text or (text.startswith(LINK_SCHEMES) and " " not in text):
        return text
    scheme, colon, rest = text.partition(":")
    named = bool(colon) and scheme[:1].isalpha() and scheme.isascii() and set(scheme) <= _OF_SCHEMES
    host = rest[2:].partition("/")[0] if rest.startswith("//") else ""
    if not (named or text.startswith("/")) or " " in host:
        raise IncompleteError(f"{text[:40]!r} is no address - at `{where}`. Write it as http://prometheus:9090/graph.")
    return text
