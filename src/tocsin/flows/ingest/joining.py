"""Which incident an alert belongs to, and what a batch of alerts does to each: recorded together, at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.alerts.grouping import group_key, grouped, with_service
from tocsin.domain.alerts.intervals import TimeInterval
from tocsin.domain.alerts.maintenance import under_maintenance
from tocsin.domain.alerts.routing import Taken, muted, route
from tocsin.domain.alerts.silences import Silence, silenced_by
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.incident.events import AlertCleared, AlertFired, EventBody, SeverityChanged
from tocsin.domain.incident.membership import left_to_tell
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.state import Incident
from tocsin.domain.policy.alert_severity import severity_of_alert
from tocsin.domain.policy.pack import Pack
from tocsin.flows.alert_storage import AlertGroup
from tocsin.flows.declare import Declaration, open_in
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, load, record
from tocsin.flows.ingest.sender import Sender
from tocsin.flows.ingest.telling import plan_telling
from tocsin.flows.policies import catalogue, policy_for_team, policy_of
from tocsin.flows.storage import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where an alert belongs: the service that is known for it ('' for none), its group, and the route that said so."""

    service: str
    group: str
    labels: tuple[tuple[str, str], ...]
    taken: Taken


@dataclass(slots=True, kw_only=True)
class Incidents:
    """The incidents that one batch concerns. `save` records everything; nothing is recorded before."""

    engine: Engine
    tx: Tx
    sender: Sender
    _known: Catalogue = field(init=False)
    _groups: dict[str, AlertGroup] = field(default_factory=dict)
    _places: dict[str, _Place] = field(default_factory=dict)
    _loaded: dict[str, Incident | None] = field(default_factory=dict)
    _open_of: dict[str, str] = field(default_factory=dict)
    _news: dict[str, list[AlertState]] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)
    _only: Taken | None = None
    _silences: list[Silence] | None = None
    _intervals: dict[str, TimeInterval] = field(init=False)
    _named: dict[tuple[object, ...], _Place] = field(default_factory=dict)
    _services: dict[str, str] = field(default_factory=dict)
    _joined: dict[str, Incident] = field(default_factory=dict)
    _quiet: dict[str, Pack | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known = catalogue(self.tx)
        self._intervals = {interval.key: interval for interval in self._known.time_intervals}

    def expect(self, fired: Sequence[AlertState]) -> None:
        """Look up at once where all alerts that fired belong."""
        self._places |= {state.fingerprint: self._place(state) for state in fired}
        keys = {place.group for place in self._places.values()} | ({self._shared} if fired else set())
        self._groups |= self.tx.groups(sorted(keys)) if keys else {}

    def fired(self, state: AlertState) -> tuple[Incident | None, str]:
        """Let an alert join its incident, which opens if there is none, and return that and its group's key.

        None for one that is held back: it is recorded, and looked at again with its next report.
        """
        place = self._places[state.fingerprint]
        if self._held_back(place, state):
            return None, place.group
        incident = self._private_home(state)  # whatever its severity: what is private stays so
        if incident is None and self._fits(self._joined.get(place.group), state):
            incident = self._joined[place.group]
        if incident is None:
            incident = self._joined[place.group] = self._join(place, state) or self._open(place, state)
            self._news.setdefault(incident.id, [])
            self._put_group(place.group, incident.id, place)
            if not place.service:
                self._put_group(self._shared, incident.id, place)
        self._news.setdefault(incident.id, []).append(state)
        return incident, place.group

    def ended(self, state: AlertState) -> None:
        """Let the incident of an alert that ended know; what was merged goes on elsewhere, and so does the news."""
        incident = self._load(state.incident) if state.incident else None
        while incident is not None:
            self._news.setdefault(incident.id, []).append(state)
            incident = self._load(incident.merged_into) if incident.merged_into else None

    def save(self) -> None:
        """Record what happened to each incident, one by one while they are few, and plan to tell the rest in numbers."""
        for key, news in self._news.items():
            incident = self._loaded[key]
            if incident is None:
                continue
            told = news[: left_to_tell(incident)]
            changes = [Change(body=self._body(state), actor=self.sender.actor) for state in told]
            changes += self._raise_severity(incident, news)
            if changes:
                incident = record(self.engine, self.tx, incident, changes)
            if len(told) < len(news):
                plan_telling(self.tx, incident)
        self.tx.put_groups([self._groups[key] for key in sorted(self._touched)])

    @property
    def _shared(self) -> str:
        """What the sender's alerts of no known service belong to together."""
        return f"sender/{self.sender.key}"

    def _held_back(self, place: _Place, state: AlertState) -> bool:
        """Return whether a silence, maintenance or the route's own hours keep the alert from telling anybody now."""
        now = self.tx.now()
        if self._silences is None:
            self._silences = self.tx.silences(ending_after=now)
        known = self._known.service(place.service)
        team = place.taken.settings.team or (known.team if known else self.sender.team)
        return bool(
            muted(place.taken.route, self._intervals, now)
            or under_maintenance(place.service, team, self._known.maintenance, self._intervals, now)
            or silenced_by(with_service(state.labels, place.service), self._silences, now)
        )

    def _place(self, state: AlertState) -> _Place:
        service = self._service(state.service)
        labels = with_service(state.labels, service)
        taken = self._routed(labels)
        named = (taken.receiver, grouped(labels, taken.settings.group_by), service)
        found = self._named.get(named)
        if found is None:
            found = self._named[named] = self._new_place(labels, taken, service)
        return found

    def _new_place(self, labels: Mapping[str, str], taken: Taken, service: str) -> _Place:
        key = group_key(labels, taken)
        routed = taken.settings.service
        named = routed if routed and self._known.service(routed) is not None else service
        return _Place(service=named, group=str(key), labels=key.labels, taken=taken)

    def _service(self, named: str) -> str:
        """Return the service an alert is of: the one it names, else its sender's; '' where neither is known."""
        if named not in self._services:
            asked = (key for key in (named, self.sender.service) if key and self._known.service(key) is not None)
            self._services[named] = next(asked, "")
        return self._services[named]

    def _routed(self, labels: Mapping[str, str]) -> Taken:
        """Return the route that takes an alert; where there is only the root, it is asked once."""
        if self._only is not None:
            return self._only
        (taken, *_) = route(labels, self._known.routing).taken
        if not self._known.routing.routes:
            self._only = taken
        return taken

    def _private_home(self, state: AlertState) -> Incident | None:
        """Return the open private incident that this very alert is part of; for every other alert there is none."""
        home = self._load(state.incident) if state.incident else None
        return home if home is not None and home.private and home.open else None

    def _join(self, place: _Place, state: AlertState) -> Incident | None:
        """Return the open incident of the group, else of its service, else of the sender's alerts of no known service."""
        for key in (place.group, "" if place.service else self._shared):
            group = self._groups.get(key)
            incident = self._load(group.incident) if group else None
            if incident is not None and self._is_home(incident, place) and self._fits(incident, state):
                return incident
        if not place.service:
            return None
        if place.service not in self._open_of:
            self._open_of[place.service] = self.tx.open_incident_for(place.service)
        found = self._load(self._open_of[place.service]) if self._open_of[place.service] else None
        return found if self._fits(found, state) else None

    def _is_home(self, incident: Incident, place: _Place) -> bool:
        return incident.open and not incident.private and place.service in {"", *incident.services}

    def _open(self, place: _Place, state: AlertState) -> Incident:
        said = self._declaration(place, state)
        incident = open_in(self.engine, self.tx, said, self.sender.actor)
        self._loaded[incident.id] = incident
        if place.service:
            self._open_of[place.service] = incident.id
        return incident

    def _declaration(self, place: _Place, state: AlertState) -> Declaration:
        known = self._known.service(place.service)
        settings = place.taken.settings
        team = settings.team or (known.team if known else self.sender.team)
        severity = severity_of_alert(settings.severity or state.severity, policy_for_team(self.tx, team).pack)
        started = min(state.starts_at, self.tx.now())  # a sender whose clock is ahead must not cost its alert
        name = known.name if known else (state.service or self.sender.key)
        return Declaration(
            title=f"{name}: {state.summary or state.name}"[:300],
            severity=severity,
            services=(place.service,) if known else (),
            symptoms=(state.summary,) if state.summary else (),
            source=self.sender.key,
            reporter=f"alert {state.name}",
            team=team,
            confirmed=False,
            mode="drill" if known and known.drill else "standard",
            started_at=started,
        )

    def _raise_severity(self, incident: Incident, news: Sequence[AlertState]) -> list[Change]:
        """Return the raise that an alert asks for which pages, until people have said how severe the incident is."""
        if incident.phase is not Phase.TRIAGE and incident.matched:
            return []
        policy = policy_of(self.tx, incident.pack)
        ranks = {level.key: level.rank for level in policy.pack.severities if level.pages}
        firing = [(severity_of_alert(s.severity, policy.pack), s) for s in news if s.status == "firing"]
        worse = [(ranks[key], key, state) for key, state in firing if ranks.get(key, incident.rank) < incident.rank]
        if not worse:
            return []
        _, key, state = min(worse, key=lambda found: found[0])
        reason = f"alert {state.name} came in as {state.severity or 'an alert that names no severity'}"
        return [Change(body=SeverityChanged(severity=key, reason=reason), actor=self.sender.actor)]

    def _fits(self, incident: Incident | None, state: AlertState) -> bool:
        """Return whether an alert may join: one that wakes somebody is not to hide where people hold all for a lesser matter."""
        if incident is None or not incident.matched or incident.phase is Phase.TRIAGE:
            return incident is not None
        if incident.id not in self._quiet:
            policy = policy_of(self.tx, incident.pack)
            self._quiet[incident.id] = None if policy.level(incident.severity).pages else policy.pack
        pack = self._quiet[incident.id]
        asked = severity_of_alert(state.severity, pack) if pack is not None else ""
        return pack is None or not asked or not pack.severity(asked).pages

    def _put_group(self, key: str, incident: str, place: _Place) -> None:
        now = self.tx.now()
        known = self._groups.get(key)
        if known is None:
            receiver, labels = place.taken.receiver, dict(place.labels)
            known = AlertGroup(
                key=key, receiver=receiver, labels=labels, incident=incident, opened_at=now, last_alert_at=now
            )
        elif (known.incident, known.last_alert_at) == (incident, now):
            return
        self._groups[key] = replace(known, incident=incident, last_alert_at=now)
        self._touched.add(key)

    def _body(self, state: AlertState) -> EventBody:
        if state.status == "resolved":
            return AlertCleared(fingerprint=state.fingerprint, name=state.name, source=self.sender.key)
        return AlertFired(
            fingerprint=state.fingerprint,
            name=state.name,
            summary=state.summary,
            labels=state.labels,
            source=self.sender.key,
            severity=state.severity,
        )

    def _load(self, incident: str) -> Incident | None:
        if incident not in self._loaded:
            self._loaded[incident] = load(self.tx, incident)
        return self._loaded[incident]
