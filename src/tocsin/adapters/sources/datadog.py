"""Datadog's webhook, with a payload of its documented variables (see docs/reference/ingest.md for the one to paste).

Names of fields are those of the variables, in lower case. A variable that Datadog left unreplaced (`$ALERT_SCOPE`) is
empty.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.adapters.sources.post import decode, epoch, identity, kept, web_links
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed, RejectedError

SENDER = "Datadog's webhook with the payload of docs/reference/ingest.md"
RECOVERED = "recovered"
LINKS = {"monitor": "link", "snapshot": "snapshot", "incident": "incident_url"}
READ = frozenset(
    {
        "alert_cycle_key",
        "alert_id",
        "alert_metric",
        "alert_priority",
        "alert_scope",
        "alert_title",
        "alert_transition",
        "alert_type",
        "date",
        "event_title",
        "hostname",
        "id",
        "last_updated",
        "tags",
        "text_only_msg",
        "title",
        *LINKS.values(),
    }
)


class Datadog:
    """Reads what a Datadog webhook sends."""

    kind = "datadog"

    def parse(self, post: InboundPost) -> Parsed:
        """Return the alert of one notification.

        Raises:
            RejectedError: the body is no object, or does not say which monitor changed and how.
        """
        raw = decode(post.body, SENDER)
        if not isinstance(raw, dict):
            raise RejectedError(f"not {SENDER}: Expected `object`.")
        told = {str(name).lower().lstrip("$"): value for name, value in raw.items()}
        fields = {name: _text(value) for name, value in told.items()}
        title = fields.get("alert_title") or fields.get("event_title") or fields.get("title", "")
        transition = (fields.get("alert_transition") or _prefix(title)).lower()
        key = _key(fields)
        if not transition or not key:
            missing = "alert_transition" if key else "alert_id"
            raise RejectedError(f"not {SENDER}: `$.{missing}` is missing. Paste that payload into the webhook.")
        extra = kept({name: value for name, value in told.items() if name not in READ})
        return Parsed(alerts=(_inbound(fields, title, transition, key=key, extra=extra),))


def _inbound(
    fields: Mapping[str, str], title: str, transition: str, *, key: str, extra: Mapping[str, object]
) -> InboundAlert:
    labels = _labels(fields)
    over = transition == RECOVERED
    at = epoch(fields.get("date") or fields.get("last_updated"), "$.date")
    return InboundAlert(
        fingerprint=identity(key),
        name=_bare(title) or f"monitor {fields.get('alert_id', '')}".strip(),
        status="resolved" if over else "firing",
        labels=labels,
        annotations={"message": fields["text_only_msg"]} if fields.get("text_only_msg") else {},
        summary=_bare(title),
        severity=_severity(fields, transition),
        service=labels.get("service", ""),
        starts_at=at if transition in {"triggered", "warn", "no data"} else None,
        ends_at=at if over else None,
        links=web_links({name: fields.get(field, "") for name, field in LINKS.items()}),
        extra=extra,
    )


def _key(fields: Mapping[str, str]) -> str:
    """Return the monitor and the group of it that changed, else the cycle from trigger to recovery."""
    if fields.get("alert_id"):
        scope = fields.get("alert_scope") or fields.get("hostname", "")
        return f"{fields['alert_id']}:{scope}" if scope else fields["alert_id"]
    return fields.get("alert_cycle_key") or fields.get("aggreg_key", "")


def _severity(fields: Mapping[str, str], transition: str) -> str:
    priority = fields.get("alert_priority", "").lower()
    if priority and priority != "normal":
        return priority
    return "warning" if "warn" in transition else fields.get("alert_type", "")


def _labels(fields: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in fields.get("tags", "").split(","):
        name, _, value = tag.strip().partition(":")
        if name:
            found[name] = value or "true"
    given = {"host": fields.get("hostname", ""), "metric": fields.get("alert_metric", "")}
    return {**found, **{name: value for name, value in given.items() if value}}


def _text(value: object) -> str:
    """Return a field as text; an unreplaced variable is empty, and structures are facts only."""
    if isinstance(value, str):
        return "" if value.startswith("$") and value[1:].replace("_", "").isupper() else value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _prefix(title: str) -> str:
    """Return what stands in the brackets with which Datadog begins an event's title: `[Triggered on {host:a}] …`."""
    inside, closed, _ = title.removeprefix("[").partition("]")
    return inside.partition(" on ")[0] if closed and title.startswith("[") else ""


def _bare(title: str) -> str:
    return title.partition("]")[2].strip() or title if title.startswith("[") else title
