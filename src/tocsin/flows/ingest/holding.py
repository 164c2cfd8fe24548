"""What holds an alert back: its routes' hours, maintenance, a silence, or an alert that explains it. It is kept all the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.alerts.inhibition import Stand, asked, inhibited_by
from tocsin.domain.alerts.intervals import TimeInterval
from tocsin.domain.alerts.maintenance import under_maintenance
from tocsin.domain.alerts.routing import muted
from tocsin.domain.alerts.silences import Silence, silenced_by
from tocsin.domain.catalogue import Catalogue
from tocsin.flows.ingest.places import Place, Places, Way
from tocsin.flows.ingest.waiting import look_in_time, next_look
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

    def reason(self, place: Place, state: AlertState) -> str:
        """Return what holds the alert back now, '' when it tells somebody; nothing is planned."""
        held = self._held(state)
        return held or ("" if self._open_ways(place) else self._closed(place.ways[0]))

    def next_look(self) -> datetime:
        """Return when what holds alerts back may have changed."""
        return next_look(self.tx.now(), self.known, self._known_silences())

    def _held(self, state: AlertState) -> str:
        """Return the silence or inhibition that holds the alert back, whoever it concerns; '' when there is none."""
        silences, rules = self._known_silences(), self.known.inhibitions
        if not silences and not rules:
            return ""
        labels = self.places.labels_of(state)
        found = silenced_by(labels, silences, self.tx.now())
        if found:
            return f"silence {found[0].id}"
        inhibited = inhibited_by(rules, labels, lambda stand: self._standing.get(stand, ""))
        return f"an alert that fires inhibits it (rule {inhibited[0].rule})" if inhibited else ""

    def _open_ways(self, place: Place) -> tuple[Way, ...]:
        """Return the ways that are not closed; places are kept as long as this, and the time stands still."""
        if id(place) not in self._open:
            self._open[id(place)] = tuple(way for way in place.ways if not self._closed(way))
        return self._open[id(place)]

    def _closed(self, way: Way) -> str:
        """Return what closes this way, the route's own hours or maintenance of its service or team; '' when it is open."""
        now = self.tx.now()
        hours = muted(way.taken.route, self._intervals, now)
        if hours:
            return f"its route is {hours.kind} now ({', '.join(hours.intervals)})"
        windows = under_maintenance(way.service, way.team, self.known.maintenance, self._intervals, now)
        return f"maintenance {windows[0].key}" if windows else ""

    def _known_silences(self) -> list[Silence]:
        if self._silences is None:
            self._silences = self.tx.silences(ending_after=self.tx.now())
        return self._silences
