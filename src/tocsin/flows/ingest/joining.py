"""Which incident an alert belongs to, and what a batch of alerts does to each: recorded together, at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tocsin.domain.alerts.fold import AlertState, unheard
from tocsin.domain.alerts.notifying import Pace, first_flush
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.incident.events import (
    AlertCleared,
    AlertFired,
    EventBody,
    PolicyAdded,
    Related,
    SeverityChanged,
)
from tocsin.domain.incident.membership import left_to_tell
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.policy.alert_severity import severity_of_alert
from tocsin.flows.declare import Declaration, open_in
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, record
from tocsin.flows.ingest.holding import Holding
from tocsin.flows.ingest.homes import Home, Homes
from tocsin.flows.ingest.places import Place, Places, Way
from tocsin.flows.ingest.sender import Sender
from tocsin.flows.ingest.telling import plan_telling
from tocsin.flows.policies import catalogue, policy_for_team, policy_of
from tocsin.flows.storage import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where an alert that fired went: its incident, None while it is held back, the one its row names, and its group.

    `group` is empty where that stays as it was.
    """

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
    _homes: Homes = field(init=False)
    _places: dict[str, Place] = field(default_factory=dict)
    _joined: dict[tuple[str, ...], Incident] = field(default_factory=dict)
    _news: dict[str, list[AlertState]] = field(default_factory=dict)
    _worse: dict[str, list[AlertState]] = field(default_factory=dict)
    _more: dict[str, dict[EventBody, None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known = catalogue(self.tx)
        self._finder = Places(known=self._known, sender=self.sender)
        self._holding = Holding(tx=self.tx, known=self._known, places=self._finder)
        self._homes = Homes(tx=self.tx, known=self._known, sender=self.sender)

    def expect(self, fired: Sequence[AlertState]) -> None:
        """Look up at once where all alerts that fired belong, and what may hold them back."""
        found = [self._finder.of(state) for state in fired]
        self._places |= {state.fingerprint: place for state, place in zip(fired, found, strict=True)}
        places = {id(place): place for place in found}  # of a storm, a few
        self._homes.expect(places.values())
        self._holding.expect(fired)
        opening = {key for key, place in places.items() if self._homes.may_open(place)}
        if opening and any(
            id(place) in opening and self._holding.telling(place, state)
            for state, place in zip(fired, found, strict=True)
        ):
            self._homes.alone()  # before any incident is locked, so that two who wait for each other stay rare
        self._homes.lock(places.values())

    def fired(self, state: AlertState) -> Where:
        """Let an alert join its incident, which opens if there is none, and return that.

        One that is held back leaves the incident of its former episode, unless that is private and open: it is that one's.
        """
        place = self._places[state.fingerprint]
        private = self._homes.private(state)  # whatever its severity: what is private stays so
        ways = self._holding.telling(place, state)
        if not ways:
            return Where(incident=None, home=private.id if private else "", group=place.ways[0].group)
        incident = private
        groups = tuple(way.group for way in ways)
        if incident is None and self._homes.fits(self._joined.get(groups), state):
            incident = self._joined[groups]
        if incident is None:
            incident = self._joined[groups] = self._found(ways, state)
        self._news.setdefault(incident.id, []).append(state)
        return Where(incident=incident, home=incident.id, group=ways[0].group)

    def turned(self, state: AlertState, *, moved: bool) -> Where:
        """Let an alert that fires on, but worse or for others, go where it belongs now; the incident that it leaves is told.

        In an incident where it stays, it adds no line of its own: only the severity may rise.
        """
        own = self._homes.going_on(state.incident)
        place = self._places[state.fingerprint]
        stays = own is not None and own.open and not moved and self._homes.fits(own, state)
        if own is not None and stays and self._holding.telling(place, state):
            self._news.setdefault(own.id, [])
            self._worse.setdefault(own.id, []).append(state)
            return Where(incident=own, home=state.incident, group="")
        where = self.fired(state)
        if own is not None and where.home not in {own.id, state.incident}:
            self.ended(unheard(state, self.tx.now()))
        return where

    def ended(self, state: AlertState) -> None:
        """Let the incident of an alert that ended know; what was merged goes on elsewhere, and so does the news."""
        incident = self._homes.load(state.incident) if state.incident else None
        while incident is not None:
            self._news.setdefault(incident.id, []).append(state)
            incident = self._homes.load(incident.merged_into) if incident.merged_into else None

    def save(self) -> None:
        """Record what happened to each incident, one by one while they are few, and plan to tell the rest in numbers."""
        for key, news in self._news.items():
            incident = self._homes.load(key)
            if incident is None:
                continue
            told = news[: left_to_tell(incident)]
            changes = [self._change(self._body(state)) for state in told]
            changes += self._raise_severity(incident, [*news, *self._worse.get(key, ())])
            changes += [self._change(body) for body in self._more.get(key, ())]
            if changes:
                incident = record(self.engine, self.tx, incident, changes)
            if len(told) < len(news):
                plan_telling(self.tx, incident, fires=any(state.status == "firing" for state in news[len(told) :]))
        self._homes.save()

    def _change(self, body: EventBody) -> Change:
        return Change(body=body, actor=self.sender.actor)

    def _found(self, ways: Sequence[Way], state: AlertState) -> Incident:
        """Return the incident that an alert of these ways joins, else the one that opens for it."""
        home = self._homes.find(ways, state)
        if home is None and self._homes.alone():
            home = self._homes.find(ways, state)  # what somebody else may have opened meanwhile
        if home is not None:
            self._concern(home, ways, state)
        incident = home.incident if home else self._open(ways, state)
        self._news.setdefault(incident.id, [])
        self._homes.note(ways, incident)
        return incident

    def _concern(self, home: Home, ways: Sequence[Way], state: AlertState) -> None:
        """Let an incident that was open page by the policies that the routes of an alert that joins ask for besides."""
        incident = home.incident
        rules = policy_for_team(self.tx, incident.team)
        first = ways[0].taken.settings.policy or (_policy_of(ways[0], rules) if home.follows else "")
        asked = (first, *(_policy_of(way, rules) for way in ways[1:]))
        now = incident.policies or (rules.policy_of(incident.team),)
        reason = f"alert {state.name} came by {' and '.join(way.taken.receiver for way in ways)}"
        for policy in asked:
            if policy and policy not in now:
                self._more.setdefault(incident.id, {})[PolicyAdded(policy=policy, reason=reason)] = None

    def _open(self, ways: Sequence[Way], state: AlertState) -> Incident:
        kin = self._homes.kin(ways[0])
        incident = open_in(self.engine, self.tx, self._declaration(ways, state), self.sender.actor)
        self._homes.opened(incident, ways[0])
        for other in kin:
            self._more.setdefault(incident.id, {})[Related(other=other.id)] = None
        return incident

    def _declaration(self, ways: Sequence[Way], state: AlertState) -> Declaration:
        way = ways[0]
        known = self._known.service(way.service)
        settings = way.taken.settings
        rules = policy_for_team(self.tx, way.team)
        now = self.tx.now()
        started = min(state.starts_at, now)  # a sender whose clock is ahead must not cost its alert
        wait = first_flush(now, started, settings.group_wait) - now
        name = known.name if known else (state.service or self.sender.key)
        return Declaration(
            title=f"{name}: {state.summary or state.name}"[:300],
            severity=severity_of_alert(settings.severity or state.severity, rules.pack),
            services=(way.service,) if known else (),
            symptoms=(state.summary,) if state.summary else (),
            source=self.sender.key,
            reporter=f"alert {state.name}",
            team=way.team,
            confirmed=False,
            mode="drill" if known and known.drill else "standard",
            started_at=started,
            policies=_policies(ways, rules),
            pace=Pace(wait=wait, interval=settings.group_interval, repeat=settings.repeat_interval),
        )

    def _raise_severity(self, incident: Incident, news: Sequence[AlertState]) -> list[Change]:
        """Return the raise that an alert asks for which pages, until people have said how severe the incident is."""
        if incident.phase is not Phase.TRIAGE and incident.matched:
            return []
        policy = policy_of(self.tx, incident.pack)
        ranks = {level.key: level.rank for level in policy.pack.severities if level.pages}
        firsts: dict[str, AlertState] = {}
        for state in news:
            if state.status == "firing":
                firsts.setdefault(state.severity, state)
        firing = [(severity_of_alert(word, policy.pack), state) for word, state in firsts.items()]
        worse = [(ranks[key], key, state) for key, state in firing if ranks.get(key, incident.rank) < incident.rank]
        if not worse:
            return []
        _, key, state = min(worse, key=lambda found: found[0])
        reason = f"alert {state.name} came in as {state.severity or 'an alert that names no severity'}"
        return [self._change(SeverityChanged(severity=key, reason=reason))]

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


def _policy_of(way: Way, rules: Policy) -> str:
    """Return the policy that says who is paged by a way: its route's, else its team's."""
    return way.taken.settings.policy or rules.policy_of(way.team)


def _policies(ways: Sequence[Way], rules: Policy) -> tuple[str, ...]:
    """Return the policies of an incident that these ways open; none where that is its team's, so that it stays that one."""
    named = tuple(dict.fromkeys(policy for way in ways if (policy := _policy_of(way, rules))))
    return () if named == (rules.policy_of(ways[0].team),) else named
