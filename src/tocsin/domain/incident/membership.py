"""Alerts of an incident in numbers: when they are told, and what is said of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tocsin.domain.incident.events import AlertsGrouped, LabelCount
from tocsin.domain.incident.state import Incident, Membership

ONE_BY_ONE: Final = 20
"""So many comings and goings of alerts are events of their own; of more, only numbers are told."""
FIRST: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(minutes=5)
SHOWN: Final = 6
SHARED_PERCENT: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many alerts ever joined, how many fire, and in how many groups."""

    total: int
    firing: int
    groups: int


def left_to_tell(incident: Incident) -> int:
    """Return how many more comings and goings are told one by one."""
    return max(0, ONE_BY_ONE - incident.alert_lines)


def pause(incident: Incident) -> timedelta:
    """Return how long after a change it is told: half a minute at first, then twice as long each time, up to five minutes."""
    tellings = incident.membership.tellings if incident.membership else 0
    return min(LONGEST, FIRST * (1 << min(tellings, 8)))


def summary(
    incident: Incident, counted: Counted, labels: Iterable[Mapping[str, str]], firing: Mapping[str, bool]
) -> AlertsGrouped | None:
    """Return what there is to tell, None when the numbers are those told last.

    `firing` says of alerts told one by one (`source/fingerprint`) whether they fire.
    """
    before = incident.membership or Membership(
        total=len(incident.alerts), firing=sum(alert.firing for alert in incident.alerts)
    )
    seen = {f"{alert.source}/{alert.fingerprint}": alert.firing for alert in incident.alerts}
    turned = {name: now for name, now in firing.items() if seen.get(name, now) is not now}
    fired = max(0, counted.total - before.total)
    ended = max(0, before.firing + fired - counted.firing)
    if (before.total, before.firing, before.groups) == (counted.total, counted.firing, counted.groups) and not turned:
        return None
    return AlertsGrouped(
        total=counted.total,
        firing=counted.firing,
        fired=fired,
        ended=ended,
        groups=counted.groups,
        top=top_labels(labels),
        turned=turned,
    )


def top_labels(labels: Iterable[Mapping[str, str]], most: int = SHOWN) -> tuple[LabelCount, ...]:
    """Return the commonest value of each label that more than one alert, and not too few, have, the commonest first."""
    counts: Counter[tuple[str, str]] = Counter()
    alerts = 0
    for one in labels:
        counts.update(one.items())
        alerts += 1
    found: dict[str, LabelCount] = {}
    for (name, value), count in counts.most_common():
        if count > 1 and count * 100 >= alerts * SHARED_PERCENT:
            found.setdefault(name, LabelCount(name=name, value=value, count=count))
    return tuple(sorted(found.values(), key=lambda label: (-label.count, label.name)))[:most]
