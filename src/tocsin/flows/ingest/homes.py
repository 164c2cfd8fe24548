"""Which open incident an alert joins: its group's, its service's, its sender's, or that of a service it cannot do without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tocsin.domain.alerts.dependencies import needed_by, needing
from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.alerts.grouping import joins
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.state import Incident
from tocsin.domain.policy.alert_severity import severity_of_alert
from tocsin.domain.policy.pack import Pack
from tocsin.flows.alert_storage import AlertGroup
from tocsin.flows.declare import OPENING
from tocsin.flows.handle import load
from tocsin.flows.ingest.places import Place, Way
from tocsin.flows.ingest.sender import Sender
from tocsin.flows.policies import policy_of
from tocsin.flows.storage import Tx

MOST_UNKNOWN: Final = 10
"""So many open incidents of services that nobody knows may a sender's alerts have; of further ones there is one for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The incident an alert joins; `follows` when it does so as the consequence of what broke elsewhere."""

    incident: Incident
    follows: bool = False


@dataclass(slots=True, kw_only=True)
class Homes:
    """The incidents and groups that the alerts of one transaction may join."""

    tx: Tx
    known: Catalogue
    sender: Sender
    _needs: Mapping[str, Sequence[str]] = field(init=False)
    _loaded: dict[str, Incident | None] = field(default_factory=dict)
    _groups: dict[str, AlertGroup] = field(default_factory=dict)
    _open_of: dict[str, str] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _touched: set[str] = field(default_factory=set)
    _alone: bool = False
    _quiet: dict[str, Pack | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._needs = {service.key: service.depends_on for service in self.known.services}

    def expect(self, places: Iterable[Place]) -> None:
        """Look up at once the groups that alerts of these places belong to."""
        ways = [way for place in places for way in place.ways]
        if ways:
            unknown = {_of_unknown(way.unknown) for way in ways if way.unknown}
            self._read({*(way.group for way in ways), *unknown, self._shared})

    def may_open(self, place: Place) -> bool:
        """Return whether an alert of this place looks as if it opened an incident. Nothing is locked to know it."""
        way = place.ways[0]
        keys = [one.group for one in place.ways] + ([] if way.service else [self._own_key(way)])
        if any((group := self._groups.get(key)) and not group.closed for key in keys):
            return any(self._is_over(one) for one in place.ways)
        return not (way.service and self._open_id(way.service))

    def alone(self) -> bool:
        """Be the only one that opens incidents until this transaction ends; return whether others may have since what was read.

        Then it is read again. What this transaction has decided itself stays: it holds those incidents.
        """
        if self._alone:
            return False
        self._alone = True
        if not self.tx.serialise(OPENING):
            return False
        self._open_of.clear()
        self._read(self._asked - self._touched)
        return True

    def lock(self, places: Iterable[Place]) -> None:
        """Load what alerts of these places go on in, in one order for all, so that transactions seldom wait for each other."""
        groups = {place.ways[0].group for place in places}
        known = (group for key in groups if (group := self._groups.get(key)) is not None)
        for incident in sorted({group.incident for group in known if not group.closed}):
            self.load(incident)

    def load(self, incident: str) -> Incident | None:
        """Return an incident, read once."""
        if incident not in self._loaded:
            self._loaded[incident] = load(self.tx, incident)
        return self._loaded[incident]

    def going_on(self, incident: str) -> Incident | None:
        """Return an incident, or the one it goes on in since it was merged."""
        found = self.load(incident) if incident else None
        while found is not None and found.merged_into:
            found = self.load(found.merged_into)
        return found

    def opened(self, incident: Incident, way: Way) -> None:
        """Take note of an incident that was opened for a way."""
        self._loaded[incident.id] = incident
        if way.service:
            self._open_of[way.service] = incident.id
        elif way.unknown:
            self._put_group(self._room() or self._shared, incident.id, way)

    def private(self, state: AlertState) -> Incident | None:
        """Return the open private incident that this very alert is part of; for every other alert there is none."""
        home = self.going_on(state.incident)
        return home if home is not None and home.private and home.open else None

    def find(self, ways: Sequence[Way], state: AlertState) -> Home | None:
        """Return the open incident that an alert of these ways joins, None when it is to open its own."""
        gone = (self.going_on(self._groups[way.group].incident) for way in ways if self._is_over(way))
        over = {one.id for one in gone if one is not None}
        way = ways[0]
        for key in (*(one.group for one in ways), "" if way.service else self._own_key(way)):
            found = self._home_of(key, way)
            if found is not None and found.id not in over and self.fits(found, state):
                return Home(incident=found)
        if not way.service:
            return self._overflow(way, state)
        found = self._open_incident(way.service)
        if found is not None and found.id not in over and self.fits(found, state):
            return Home(incident=found)
        return self._cause(way, state) if way.taken.settings.dependents == "join" else None

    def fits(self, incident: Incident | None, state: AlertState) -> bool:
        """Return whether an alert may join: one that wakes somebody is not to hide where people hold all for a lesser matter."""
        if incident is None or not incident.matched or incident.phase is Phase.TRIAGE:
            return incident is not None
        if incident.id not in self._quiet:
            policy = policy_of(self.tx, incident.pack)
            self._quiet[incident.id] = None if policy.level(incident.severity).pages else policy.pack
        pack = self._quiet[incident.id]
        asked = severity_of_alert(state.severity, pack) if pack is not None else ""
        return pack is None or not asked or not pack.severity(asked).pages

    def kin(self, way: Way) -> list[Incident]:
        """Return the incidents within the way's window of services that its service needs, and of those that need it."""
        if not way.service or way.taken.settings.dependents == "apart":
            return []
        around = (*needed_by(way.service, self._needs), *needing(way.service, self._needs))
        found = (self._open_incident(service) for service in around if self._alike(service, way.service))
        return list({one.id: one for one in found if one is not None and self._is_recent(one, way)}.values())

    def note(self, ways: Sequence[Way], incident: Incident) -> None:
        """Take note that the groups of these ways go on in an incident."""
        for way in ways:
            self._put_group(way.group, incident.id, way)
        if not ways[0].service:
            self._put_group(self._own_key(ways[0]), incident.id, ways[0])

    def save(self) -> None:
        """Write the groups that took alerts."""
        self.tx.put_groups([self._groups[key] for key in sorted(self._touched)])

    @property
    def _shared(self) -> str:
        """What the sender's alerts that name no service belong to together, and those of the services beyond its room."""
        return f"sender/{self.sender.key}"

    def _own_key(self, way: Way) -> str:
        """Return what an alert of no known service belongs to beside its groups: the name it gives, like a known one."""
        return _of_unknown(way.unknown) if way.unknown else self._shared

    def _room(self) -> str:
        """Return a free place for one more incident of a service that nobody knows, '' when the sender has as many as it may."""
        places = [f"{self._shared}/{number}" for number in range(1, MOST_UNKNOWN + 1)]
        if not self._asked.issuperset(places):
            self._read(set(places))
        return next((key for key in places if (group := self._groups.get(key)) is None or group.closed), "")

    def _overflow(self, way: Way, state: AlertState) -> Home | None:
        """Return the incident for all services that nobody knows, once the sender has as many of them as it may."""
        found = self._home_of(self._shared, way) if way.unknown and not self._room() else None
        return Home(incident=found) if found is not None and self.fits(found, state) else None

    def _read(self, keys: set[str]) -> None:
        self._asked |= keys
        found = self.tx.groups(sorted(keys))
        for key in keys:
            self._groups.pop(key, None)
        self._groups |= found

    def _is_over(self, way: Way) -> bool:
        group, window = self._groups.get(way.group), way.taken.settings.group_window
        return group is not None and not joins(group.last_alert_at, self.tx.now(), window)

    def _home_of(self, key: str, way: Way) -> Incident | None:
        """Return a group's incident while it is the alert's: where services tell groups apart, it is about its service.

        What was merged goes on elsewhere, whatever that is about: people said that it is one matter.
        """
        group = self._groups.get(key)
        incident = self.going_on(group.incident) if group else None
        if group is None or incident is None or incident.private or not incident.open:
            return None
        apart = key != way.group or any(name == "service" for name, _ in way.labels)
        own = way.service in {"", *incident.services} or not apart or incident.id != group.incident
        return incident if own else None

    def _open_incident(self, service: str) -> Incident | None:
        found = self._open_id(service)
        return self.load(found) if found else None

    def _open_id(self, service: str) -> str:
        if service not in self._open_of:
            self._open_of[service] = self.tx.open_incident_for(service)
        return self._open_of[service]

    def _cause(self, way: Way, state: AlertState) -> Home | None:
        """Return the recent incident of the nearest service that the alert's service needs and whose failure explains it."""
        for service in needed_by(way.service, self._needs):
            found = self._open_incident(service) if self._alike(service, way.service) else None
            if found is not None and self._is_recent(found, way) and self.fits(found, state):
                return Home(incident=found, follows=True)
        return None

    def _is_recent(self, incident: Incident, way: Way) -> bool:
        return self.tx.now() - incident.recorded_at <= way.taken.settings.dependents_window

    def _alike(self, service: str, other: str) -> bool:
        """Return whether both are practice or neither is."""
        one, two = self.known.service(service), self.known.service(other)
        return one is not None and two is not None and one.drill == two.drill

    def _put_group(self, key: str, incident: str, way: Way) -> None:
        now = self.tx.now()
        known = self._groups.get(key)
        if known is None:
            receiver, labels = way.taken.receiver, dict(way.labels)
            known = AlertGroup(
                key=key, receiver=receiver, labels=labels, incident=incident, opened_at=now, last_alert_at=now
            )
        elif (known.incident, known.last_alert_at) == (incident, now):
            return
        self._groups[key] = replace(known, incident=incident, last_alert_at=now, closed=False)
        self._touched.add(key)


def _of_unknown(service: str) -> str:
    """Return what alerts belong to that name a service nobody knows, whoever sends them."""
    return f"service/{service}"
