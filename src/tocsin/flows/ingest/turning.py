"""What a report of an alert that fires already says anew: that it is worse, or that it concerns others than it did."""

from __future__ import annotations

from dataclasses import dataclass, field

from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.policy.alert_severity import severity_of, severity_of_alert
from tocsin.flows.ingest.places import Places
from tocsin.flows.ingest.sender import Sender
from tocsin.flows.policies import catalogue, policy_for_team
from tocsin.flows.storage import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A firing alert that is worse than it was, or that has `moved` to another service, team or policy."""

    moved: bool


@dataclass(slots=True, kw_only=True)
class Turns:
    """Tells, for the alerts of one transaction, a mere refresh from what somebody should hear of."""

    tx: Tx
    sender: Sender
    _places: Places = field(init=False)

    def __post_init__(self) -> None:
        self._places = Places(known=catalogue(self.tx), sender=self.sender)

    def of(self, before: AlertState, after: AlertState) -> Turn | None:
        """Return how a firing alert turned, None when it goes on as before: with other words, or milder."""
        if self._concerns(before) != self._concerns(after):
            return Turn(moved=True)
        return Turn(moved=False) if before.severity != after.severity and self._is_worse(before, after) else None

    def _concerns(self, state: AlertState) -> tuple[object, ...]:
        """Return whom an alert concerns. Groups do not count: they may be as many as labels have values."""
        place = self._places.of(state)
        ways = ((way.service, way.unknown, way.team, way.taken.settings.policy) for way in place.ways)
        return (place.service, *ways)

    def _is_worse(self, before: AlertState, after: AlertState) -> bool:
        pack = policy_for_team(self.tx, self._places.of(after).ways[0].team).pack
        if not severity_of(before.severity, pack) and not severity_of(after.severity, pack):
            return True  # two words that the pack cannot compare
        old, new = (severity_of_alert(state.severity, pack) for state in (before, after))
        return bool(new) and (not old or pack.severity(new).rank < pack.severity(old).rank)


def may_turn(before: AlertState, after: AlertState) -> bool:
    """Return whether it is worth asking how an alert turned."""
    if before.status != "firing" or after.status != "firing":
        return False
    said = (before.severity, before.service, before.labels)
    return said != (after.severity, after.service, after.labels)
