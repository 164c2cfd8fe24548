"""Which incident an alert belongs to, and what a batch of alerts does to each: recorded together, at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tocsin.domain.alerts.fold import AlertState
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
from tocsin.flows.ingest.holding import Holding
from tocsin.flows.ingest.places import Place, Places, Way
from tocsin.flows.ingest.sender import Sender
from tocsin.flows.ingest.telling import plan_telling
from tocsin.flows.policies import catalogue, policy_for_team, policy_of
from tocsin.flows.storage import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where an alert that fired went: its incident, None while it is held back, the one its row names, and its group."""

    incident: Incident | None
    home: str
    group: str


@dataclass(slots=True, kw_only=True)
class Incidents:
    """The incidents that one batch concerns. `save` records everything; nothing is recorded before."""

    engine: Engine
    tx: Tx
    sender: Sender
    _known: Catalogue = field(init=False)
    _finder: Places = field(init=False)
    _holding: Holding = field(init=False)
    _groups: dict[str, AlertGroup] = field(default_factory=dict)
    _places: dict[str, Place] = field(default_factory=dict)
    _loaded: dict[str, Incident | None] = field(default_factory=dict)
    _open_of: dict[str, str] = field(default_factory=dict)
    _news: dict[str, list[AlertState]] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)
    _joined: dict[str, Incident] = field(default_factory=dict)
    _quiet: dict[str, Pack | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known = catalogue(self.tx)
        self._finder = Places(known=self._known, sender=self.sender)
        self._holding = Holding(tx=self.tx, known=self._known)

    def expect(self, fired: Sequence[AlertState]) -> None:
        """Look up at once where all alerts that fired belong, and what may hold them back."""
        self._places |= {state.fingerprint: self._finder.of(state) for state in fired}
        keys = {way.group for place in self._places.values() for way in place.ways} | (
            {self._shared} if fired else set()
        )
        self._groups |= self.tx.groups(sorted(keys)) if keys else {}
        self._holding.expect(self._finder.labels_of(state) for state in fired)

    def fired(self, state: AlertState) -> Where:
        """Let an alert join its incident, which opens if there is none, and return that.

        One that is held back leaves the incident of its former episode, unless that is private and open: it is that one's.
        """
        place = self._places[state.fingerprint]
        private = self._private_home(state)  # whatever its severity: what is private stays so
        ways = self._holding.telling(place, self._finder.labels_of(state))
        if not ways:
            return Where(incident=None, home=private.id if private else "", group=place.ways[0].group)
        way = ways[0]
        incident = private
        if incident is None and self._fits(self._joined.get(way.group), state):
            incident = self._joined[way.group]
        if incident is None:
            incident = self._joined[way.group] = self._join(way, state) or self._open(way, state)
            self._news.setdefault(incident.id, [])
            self._put_group(way.group, incident.id, way)
            if not way.service:
                self._put_group(self._shared, incident.id, way)
        self._news.setdefault(incident.id, []).append(state)
        return Where(incident=incident, home=incident.id, group=way.group)

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

    def _private_home(self, state: AlertState) -> Incident | None:
        """Return the open private incident that this very alert is part of; for every other alert there is none."""
        home = self._load(state.incident) if state.incident else None
        return home if home is not None and home.private and home.open else None

    def _join(self, way: Way, state: AlertState) -> Incident | None:
        """Return the open incident of the group, else of its service, else of the sender's alerts of no known service."""
        for key in (way.group, "" if way.service else self._shared):
            group = self._groups.get(key)
            incident = self._load(group.incident) if group else None
            if incident is not None and self._is_home(incident, way) and self._fits(incident, state):
                return incident
        if not way.service:
            return None
        if way.service not in self._open_of:
            self._open_of[way.service] = self.tx.open_incident_for(way.service)
        found = self._load(self._open_of[way.service]) if self._open_of[way.service] else None
        return found if self._fits(found, state) else None

    def _is_home(self, incident: Incident, way: Way) -> bool:
        return incident.open and not incident.private and way.service in {"", *incident.services}

    def _open(self, way: Way, state: AlertState) -> Incident:
        said = self._declaration(way, state)
        incident = open_in(self.engine, self.tx, said, self.sender.actor)
        self._loaded[incident.id] = incident
        if way.service:
            self._open_of[way.service] = incident.id
        return incident

    def _declaration(self, way: Way, state: AlertState) -> Declaration:
        known = self._known.service(way.service)
        settings = way.taken.settings
        severity = severity_of_alert(settings.severity or state.severity, policy_for_team(self.tx, way.team).pack)
        started = min(state.starts_at, self.tx.now())  # a sender whose clock is ahead must not cost its alert
        name = known.name if known else (state.service or self.sender.key)
        return Declaration(
            title=f"{name}: {state.summary or state.name}"[:300],
            severity=severity,
            services=(way.service,) if known else (),
            symptoms=(state.summary,) if state.summary else (),
            source=self.sender.key,
            reporter=f"alert {state.name}",
            team=way.team,
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
