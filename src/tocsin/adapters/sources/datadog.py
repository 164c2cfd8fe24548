"""Datadog's webhook, with a payload of its documented variables (see docs/reference/ingest.md for the one to paste).

Names of fields are those of the variables, in lower case. A variable that Datadog left unreplaced (`$ALERT_SCOPE`) is
empty. Datadog's own default payload names no monitor: there the title tells the transition, the scope and what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.adapters.sources.post import decode, epoch, kept, web_links
from tocsin.domain.alerts.fingerprint import identity
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed, RejectedError

SENDER = "Datadog's webhook with the payload of docs/reference/ingest.md"
OVER = frozenset({"recovered", "re-recovered", "resolved", "ok"})
TRANSITIONS = OVER | {"triggered", "re-triggered", "warn", "re-warn", "no data", "re-no data", "renotify", "alert"}
BEGINNINGS = frozenset({"triggered", "warn", "no data"})
PRIORITIES = frozenset({"p1", "p2", "p3", "p4", "p5"})
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
        "body",
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
        title = _title(fields.get("alert_title") or fields.get("event_title") or fields.get("title", ""))
        transition = " ".join((fields.get("alert_transition") or title.transition).lower().split())
        key = _key(fields, title)
        if not transition or not key:
            missing = "alert_transition" if key else "alert_id"
            raise RejectedError(f"not {SENDER}: `$.{missing}` is missing. Paste that payload into the webhook.")
        extra = kept({name: value for name, value in told.items() if name not in READ})
        return Parsed(alerts=(_inbound(fields, title, transition, key=key, extra=extra),))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Title:
    """A title without the brackets that come and go: `[P1] [Triggered on {host:a}] CPU` is `CPU`, at `host:a`."""

    bare: str
    transition: str = ""
    scope: str = ""
    priority: str = ""


def _title(text: str) -> _Title:
    found: dict[str, str] = {}
    stays: list[str] = []
    left = text.strip()
    while left.startswith("[") and "]" in left:
        inside, _, rest = left[1:].partition("]")
        left = rest.lstrip()
        told, _, scope = inside.partition(" on ")
        state = told.lower().partition(" from ")[0].strip()
        if state in PRIORITIES:
            found.setdefault("priority", state)
        elif state in TRANSITIONS or not OVER.isdisjoint(state.split()):
            found.setdefault("transition", told)
            found.setdefault("scope", scope.strip("{} "))
        else:
            stays.append(f"[{inside}]")
    transition = found.pop("transition", "") or (stays[0].strip("[]") if stays else "")
    return _Title(bare=" ".join([*stays, left]).strip() or text.strip(), transition=transition, **found)


def _inbound(
    fields: Mapping[str, str], title: _Title, transition: str, *, key: str, extra: Mapping[str, object]
) -> InboundAlert:
    labels = _labels(fields)
    over = not OVER.isdisjoint(transition.split())
    at = epoch(fields.get("date") or fields.get("last_updated"), "$.date")
    message = fields.get("text_only_msg") or fields.get("body", "")
    return InboundAlert(
        fingerprint=identity(key),
        name=title.bare or f"monitor {fields.get('alert_id', '')}".strip(),
        status="resolved" if over else "firing",
        labels=labels,
        annotations={"message": message} if message else {},
        summary=title.bare,
        severity="" if over else _severity(fields, title, transition),
        service=labels.get("service", ""),
        starts_at=at if transition in BEGINNINGS else None,
        ends_at=at if over else None,
        links=web_links({name: fields.get(field, "") for name, field in LINKS.items()}),
        extra=extra,
    )


def _key(fields: Mapping[str, str], title: _Title) -> str:
    """Return the monitor and the group of it that changed, else the cycle from trigger to recovery, else what the title says."""
    if fields.get("alert_id"):
        scope = fields.get("alert_scope") or fields.get("hostname", "")
        return f"{fields['alert_id']}:{scope}" if scope else fields["alert_id"]
    cycle = fields.get("alert_cycle_key") or fields.get("aggreg_key", "")
    if cycle or not title.bare:
        return cycle
    scope = fields.get("alert_scope") or title.scope or fields.get("hostname", "")
    return f"title:{title.bare}:{scope}" if scope else f"title:{title.bare}"


def _severity(fields: Mapping[str, str], title: _Title, transition: str) -> str:
    priority = (fields.get("alert_priority") or title.priority).lower()
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
