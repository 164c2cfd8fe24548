"""A sender's firing alerts, one by one and in their groups."""

from __future__ import annotations

from starlette.responses import Response

from tocsin.doors.ingest.alertmanager import filters
from tocsin.doors.ingest.alertmanager.answers import done, stamp
from tocsin.doors.ingest.request import Request
from tocsin.flows import own_alerts
from tocsin.flows.engine import Engine
from tocsin.flows.own_alerts import OwnAlert
from tocsin.flows.senders import Credentials


def listed(engine: Engine, request: Request, asked: Credentials) -> Response:
    """Return the alerts that fire and fit the query."""
    return done([_shown(alert) for alert in _wanted(engine, request, asked)])


def grouped(engine: Engine, request: Request, asked: Credentials) -> Response:
    """Return the same alerts by group."""
    groups: dict[str, dict[str, object]] = {}
    members: dict[str, list[dict[str, object]]] = {}
    for alert in _wanted(engine, request, asked):
        key = alert.group.key if alert.group else ""
        if key not in groups:
            members[key] = []
            labels = dict(alert.group.labels) if alert.group else {}
            groups[key] = {"labels": labels, "receiver": {"name": _receiver(alert)}, "alerts": members[key]}
        members[key].append(_shown(alert))
    return done([groups[key] for key in sorted(groups)])


def _wanted(engine: Engine, request: Request, asked: Credentials) -> list[OwnAlert]:
    conditions, receiver = filters.matchers(request), filters.receiver(request)
    return [
        alert
        for alert in own_alerts.firing(engine, asked)
        if filters.meets(alert.state.labels, conditions)
        and (receiver is None or receiver.matches({"receiver": _receiver(alert)}))
        and _state_wanted(request, alert)
    ]


def _state_wanted(request: Request, alert: OwnAlert) -> bool:
    if not alert.silenced_by and not alert.inhibited_by:
        return filters.wanted(request, "active")
    silenced = not alert.silenced_by or filters.wanted(request, "silenced")
    return silenced and (not alert.inhibited_by or filters.wanted(request, "inhibited"))


def _receiver(alert: OwnAlert) -> str:
    return alert.group.receiver if alert.group and alert.group.receiver else "default"


def _shown(alert: OwnAlert) -> dict[str, object]:
    state = alert.state
    suppressed = bool(alert.silenced_by or alert.inhibited_by)
    return {
        "labels": dict(state.labels),
        "annotations": dict(state.annotations),
        "startsAt": stamp(state.starts_at),
        "endsAt": stamp(state.expires_at or state.last_seen_at),
        "updatedAt": stamp(state.last_seen_at),
        "generatorURL": state.links.get("generator", ""),
        "fingerprint": state.fingerprint,
        "receivers": [{"name": _receiver(alert)}],
        "status": {
            "state": "suppressed" if suppressed else "active",
            "silencedBy": list(alert.silenced_by),
            "inhibitedBy": list(alert.inhibited_by),
        },
    }
