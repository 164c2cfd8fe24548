"""Where an alert belongs: its service, and for each route that takes it a group and whom that concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.alerts.grouping import group_key, grouped, with_service
from tocsin.domain.alerts.routing import ROOT, Route, Routed, Taken, route
from tocsin.domain.catalogue import Catalogue
from tocsin.flows.ingest.sender import Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One route that takes an alert: whose the alert is by it ('' for nobody known), and the group it puts it into.

    `unknown` is the service that the alert names though no configuration knows it; '' beside one that is known.
    """

    service: str
    unknown: str
    team: str
    group: str
    labels: tuple[tuple[str, str], ...]
    taken: Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The service that is known for an alert ('' for none), and the ways it takes: one, or all of a `continue` chain."""

    service: str
    ways: tuple[Way, ...]


@dataclass(slots=True, kw_only=True)
class Places:
    """Finds where the alerts of one sender belong, by the configuration in force."""

    known: Catalogue
    sender: Sender
    _services: dict[str, str] = field(default_factory=dict)
    _placed: dict[tuple[object, ...], Place] = field(default_factory=dict)
    _alone: dict[bool, Routed] = field(default_factory=dict)

    def of(self, state: AlertState) -> Place:
        """Return where an alert belongs."""
        service, labels = self.service_of(state.service), self.labels_of(state)
        unknown = "" if service else labels.get("service", "")
        routed = self._routed(labels, service)
        named = (service, unknown, *((one.place, grouped(labels, one.settings.group_by)) for one in routed.taken))
        found = self._placed.get(named)
        if found is None:
            ways = tuple(self._way(labels, one, service, unknown) for one in routed.taken)
            found = self._placed[named] = Place(service=service, ways=ways)
        return found

    def labels_of(self, state: AlertState) -> Mapping[str, str]:
        """Return an alert's labels as routing sees them: the service that was found for it is its `service` label.

        One that nobody knows is told apart by its name all the same, where no label of that name says otherwise.
        """
        found = self.service_of(state.service)
        return with_service(state.labels, found or ("" if state.labels.get("service") else state.service))

    def service_of(self, named: str) -> str:
        """Return the service an alert is of: the one it names, else its sender's; '' where neither is known."""
        if named not in self._services:
            asked = (key for key in (named, self.sender.service) if key and self.known.service(key) is not None)
            self._services[named] = next(asked, "")
        return self._services[named]

    def _routed(self, labels: Mapping[str, str], service: str) -> Routed:
        """Return the routes that take an alert: for practice only the bare first one, and where that is all it is asked once."""
        found = self.known.service(service) if service else None
        practice = found is not None and found.drill
        tree: Route = ROOT if practice else self.known.routing
        if tree.routes:
            return route(labels, tree)
        if practice not in self._alone:
            self._alone[practice] = route(labels, tree)
        return self._alone[practice]

    def _way(self, labels: Mapping[str, str], taken: Taken, service: str, unknown: str) -> Way:
        key = group_key(labels, taken)
        routed = taken.settings.service
        named = routed if routed and self.known.service(routed) is not None else service
        known = self.known.service(named)
        team = taken.settings.team or (known.team if known else self.sender.team)
        return Way(
            service=named,
            unknown="" if named else unknown,
            team=team,
            group=str(key),
            labels=key.labels,
            taken=taken,
        )
