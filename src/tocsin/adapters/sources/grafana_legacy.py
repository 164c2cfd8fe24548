"""Grafana's webhook before unified alerting (up to version 10, with legacy alerting on): one rule and its state, no times."""

from __future__ import annotations

import msgspec

from tocsin.adapters.sources.post import SERVICE_LABELS, first, shaped, unknown_fields, web_links
from tocsin.domain.alerts.fingerprint import identity
from tocsin.flows.ports import InboundAlert, Parsed, RejectedError

SENDER = "a webhook of Grafana's legacy alerting"
STATUS = {"alerting": "firing", "no_data": "firing", "ok": "resolved"}
UNDECIDED = frozenset({"pending", "paused", "unknown"})


class _Rule(msgspec.Struct, rename="camel"):
    rule_name: str
    state: str
    rule_id: int = 0
    org_id: int = 0
    rule_url: str = ""
    image_url: str = ""
    message: str = ""
    tags: dict[str, object] = {}


def is_legacy(raw: object) -> bool:
    """Return whether a body tells of one rule instead of a list of alerts."""
    return isinstance(raw, dict) and "alerts" not in raw and ("ruleName" in raw or "ruleId" in raw)


def legacy(raw: object) -> Parsed:
    """Return the alert of one rule; a state on the way changes nothing.

    Raises:
        RejectedError: a field is missing or has the wrong type, or the state is unknown.
    """
    rule = shaped(raw, _Rule, SENDER)
    if rule.state in UNDECIDED:
        return Parsed(reply={"ignored": rule.state})
    if rule.state not in STATUS:
        known = ", ".join(sorted({*STATUS, *UNDECIDED}))
        raise RejectedError(f"{rule.state[:40]!r} is no state - at `$.state`. It is one of {known}.")
    tags = {name: str(value) for name, value in rule.tags.items() if isinstance(value, str | int | float)}
    alert = InboundAlert(
        fingerprint=identity(f"rule:{rule.org_id}/{rule.rule_id or rule.rule_name}"),
        name=rule.rule_name or "unnamed rule",
        status=STATUS[rule.state],
        labels=tags,
        annotations={"message": rule.message} if rule.message else {},
        summary=rule.message[:300] or rule.rule_name,
        severity=tags.get("severity", ""),
        service=first(tags, SERVICE_LABELS),
        links=web_links({"rule": rule.rule_url, "image": rule.image_url}),
        extra=unknown_fields(raw, _Rule),
    )
    return Parsed(alerts=(alert,))
