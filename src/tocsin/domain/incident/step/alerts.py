"""What alerts make of an incident: kept one by one while they are few, in numbers when they are many."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.domain.incident.events import AlertCleared, AlertFired, AlertsGrouped, Event
from tocsin.domain.incident.state import Incident, LinkedAlert, Membership
from tocsin.domain.incident.step.result import stamp
from tocsin.domain.replacing import replace


def told(incident: Incident, event: Event, body: AlertFired | AlertCleared | AlertsGrouped) -> Incident:
    """Keep what is told of alerts; people decide whether the incident is over."""
    match body:
        case AlertFired():
            return _fired(incident, event, body)
        case AlertCleared(source=source, fingerprint=fingerprint):
            moved = _turned(incident, {f"{source}/{fingerprint}": False})
            return replace(moved, alert_lines=incident.alert_lines + (moved.alerts != incident.alerts))
        case AlertsGrouped():
            return _grouped(incident, body)


def _fired(incident: Incident, event: Event, body: AlertFired) -> Incident:
    """Keep the alert, known by its source and fingerprint; the first one is the moment of detection."""
    known = tuple(a for a in incident.alerts if (a.source, a.fingerprint) != (body.source, body.fingerprint))
    alert = LinkedAlert(fingerprint=body.fingerprint, name=body.name, source=body.source, firing=True)
    lines = incident.alert_lines + (alert not in incident.alerts)
    return stamp(replace(incident, alerts=(*known, alert), alert_lines=lines), "detected", event)


def _grouped(incident: Incident, body: AlertsGrouped) -> Incident:
    """Keep the numbers; what was told one by one is as it is now."""
    tellings = incident.membership.tellings + 1 if incident.membership else 1
    numbers = Membership(total=body.total, firing=body.firing, groups=body.groups, top=body.top, tellings=tellings)
    return replace(_turned(incident, body.turned), membership=numbers)


def _turned(incident: Incident, firing: Mapping[str, bool]) -> Incident:
    """Return the incident with those of its alerts firing, or ended, that `firing` names as `source/fingerprint`."""
    alerts = (replace(a, firing=firing.get(f"{a.source}/{a.fingerprint}", a.firing)) for a in incident.alerts)
    return replace(incident, alerts=tuple(alerts))
