"""What holds an alert back: its routes' hours, maintenance, a silence, or an alert that explains it. It is kept all the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.alerts.inhibition import Stand, asked, inhibited_by
from tocsin.domain.alerts.intervals import TimeInterval
from tocsin.domain.alerts.maintenance import under_maintenance
from tocsin.domain.alerts.routing import muted
from tocsin.domain.alerts.silences import Silence, silenced_by
from tocsin.domain.catalogue import Catalogue
from tocsin.flows.ingest.places import Place, Places, Way
from tocsin.flows.ingest.waiting import look_in_time
from tocsin.flows.storage import Tx


@dataclass(slots=True, kw_only=True)
class Holding:
    """Decides for the alerts of one transaction who of them tells nobody now, and sees to it that those are looked at again."""

    tx: Tx
    known: Catalogue
    places: Places
    _silences: list[Silence] | None = None
    _intervals: Mapping[str, TimeInterval] = field(init=False)
    _standing: dict[Stand, str] = field(default_factory=dict)
    _open: dict[int, tuple[Way, ...]] = field(default_factory=dict)
    _planned: bool = False

    def __post_init__(self) -> None:
        self._intervals = {interval.key: interval for interval in self.known.time_intervals}

    def expect(self, alerts: Iterable[AlertState]) -> None:
        """Look up at once what may inhibit these alerts."""
        rules = self.known.inhibitions
        if rules:
            wanted = {stand for state in alerts for stand in asked(rules, self.places.labels_of(state))}
            self._standing |= self.tx.standing_at(sorted(wanted))

    def telling(self, place: Place, state: AlertState) -> tuple[Way, ...]:
        """Return the ways by which the alert tells somebody now; by none, it is held back and looked at again in time."""
        ways = () if self._held(state) else self._open_ways(place)
        if not ways and not self._planned:
            self._planned = True
            look_in_time(self.tx, self.known, self._known_silences())
        return ways

    def _held(self, state: AlertState) -> bool:
        """Return whether a silence or another alert holds the alert back, whoever it concerns."""
        silences, rules = self._known_silences(), self.known.inhibitions
        if not silences and not rules:
            return False
        labels = self.places.labels_of(state)
        inhibited = inhibited_by(rules, labels, lambda stand: self._standing.get(stand, ""))
        return bool(inhibited or silenced_by(labels, silences, self.tx.now()))

    def _open_ways(self, place: Place) -> tuple[Way, ...]:
        """Return the ways that are not closed; places are kept as long as this, and the time stands still."""
        if id(place) not in self._open:
            self._open[id(place)] = tuple(way for way in place.ways if not self._closed(way))
        return self._open[id(place)]

    def _closed(self, way: Way) -> bool:
        """Return whether the route's own hours, or maintenance of its service or team, close this way."""
        now = self.tx.now()
        windows = self.known.maintenance
        return bool(
            muted(way.taken.route, self._intervals, now)
            or under_maintenance(way.service, way.team, windows, self._intervals, now)
        )

    def _known_silences(self) -> list[Silence]:
        if self._silences is None:
            self._silences = self.tx.silences(ending_after=self.tx.now())
        return self._silences
