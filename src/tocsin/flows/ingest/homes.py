"""Which open incident an alert joins: its group's, its service's, its sender's, or that of a service it cannot do without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tocsin.domain.alerts.dependencies import needed_by, needing
from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.alerts.grouping import joins
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.state import Incident
from tocsin.domain.policy.alert_severity import severity_of_alert
from tocsin.domain.policy.pack import Pack
from tocsin.flows.alert_storage import AlertGroup
from tocsin.flows.handle import load
from tocsin.flows.ingest.places import Place, Way
from tocsin.flows.ingest.sender import Sender
from tocsin.flows.policies import policy_of
from tocsin.flows.storage import Tx


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
    _touched: set[str] = field(default_factory=set)
    _quiet: dict[str, Pack | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._needs = {service.key: service.depends_on for service in self.known.services}

    def expect(self, places: Iterable[Place]) -> None:
        """Look up at once the groups that alerts of these places belong to."""
        keys = {way.group for place in places for way in place.ways}
        self._groups |= self.tx.groups(sorted({*keys, self._shared})) if keys else {}

    def load(self, incident: str) -> Incident | None:
        """Return an incident, read once."""
        if incident not in self._loaded:
            self._loaded[incident] = load(self.tx, incident)
        return self._loaded[incident]

    def opened(self, incident: Incident, way: Way) -> None:
        """Take note of an incident that was opened for a way."""
        self._loaded[incident.id] = incident
        if way.service:
            self._open_of[way.service] = incident.id

    def private(self, state: AlertState) -> Incident | None:
        """Return the open private incident that this very alert is part of; for every other alert there is none."""
        home = self.load(state.incident) if state.incident else None
        return home if home is not None and home.private and home.open else None

    def find(self, ways: Sequence[Way], state: AlertState) -> Home | None:
        """Return the open incident that an alert of these ways joins, None when it is to open its own."""
        over = {self._groups[way.group].incident for way in ways if self._is_over(way)}
        way = ways[0]
        for key in (*(one.group for one in ways), "" if way.service else self._shared):
            group = self._groups.get(key)
            incident = self.load(group.incident) if group and group.incident not in over else None
            if incident is not None and self._is_home(incident, way, key) and self.fits(incident, state):
                return Home(incident=incident)
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
            self._put_group(self._shared, incident.id, ways[0])

    def save(self) -> None:
        """Write the groups that took alerts."""
        self.tx.put_groups([self._groups[key] for key in sorted(self._touched)])

    @property
    def _shared(self) -> str:
        """What the sender's alerts of no known service belong to together."""
        return f"sender/{self.sender.key}"

    def _is_over(self, way: Way) -> bool:
        group, window = self._groups.get(way.group), way.taken.settings.group_window
        return group is not None and not joins(group.last_alert_at, self.tx.now(), window)

    def _is_home(self, incident: Incident, way: Way, key: str) -> bool:
        """Return whether a group's incident is still the alert's: where services tell groups apart, it is about its service."""
        apart = key != way.group or any(name == "service" for name, _ in way.labels)
        own = way.service in {"", *incident.services} or not apart
        return incident.open and not incident.private and own

    def _open_incident(self, service: str) -> Incident | None:
        if not service:
            return None
        if service not in self._open_of:
            self._open_of[service] = self.tx.open_incident_for(service)
        return self.load(self._open_of[service]) if self._open_of[service] else None

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
        self._groups[key] = replace(known, incident=incident, last_alert_at=now)
        self._touched.add(key)
