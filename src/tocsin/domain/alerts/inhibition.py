"""Inhibition: while one alert fires, others that follow from it tell nobody.

A rule has two sides. An alert of the target side is inhibited while some alert of the source side fires whose `equal`
labels agree with its own; two missing labels agree. Alertmanager's rule keeps it from inhibiting itself: an alert that
is on both sides is inhibited only by alerts that are on the source side alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tocsin.domain.alerts.matchers import Matcher, all_match

Shared = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InhibitionRule:
    """Alerts that match `source_matchers` inhibit those that match `target_matchers` and have the same `equal` labels."""

    key: str
    source_matchers: tuple[Matcher, ...]
    target_matchers: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibition:
    """One rule that inhibits an alert, and one firing alert by which it does."""

    rule: str
    source: str


@dataclass(frozen=True, slots=True, order=True)
class Stand:
    """Where a firing alert stands as a source: of which rule, with which `equal` values, and whether it is a target there too."""

    rule: str
    shared: Shared
    both_sides: bool = False


SomeSource = Callable[[Stand], str]
"""Gives one alert that stands there, '' where none does."""


def stands(rules: Sequence[InhibitionRule], labels: Mapping[str, str]) -> tuple[Stand, ...]:
    """Return where a firing alert with these labels stands as a source."""
    return tuple(
        Stand(rule.key, _shared(rule, labels), all_match(rule.target_matchers, labels))
        for rule in rules
        if all_match(rule.source_matchers, labels)
    )


def asked(rules: Sequence[InhibitionRule], labels: Mapping[str, str]) -> tuple[Stand, ...]:
    """Return where a source would have to stand to inhibit an alert with these labels, in the order of the rules."""
    found = []
    for rule in rules:
        if all_match(rule.target_matchers, labels):
            shared = _shared(rule, labels)
            found.append(Stand(rule.key, shared))
            if not all_match(rule.source_matchers, labels):
                found.append(Stand(rule.key, shared, both_sides=True))
    return tuple(found)


def inhibited_by(
    rules: Sequence[InhibitionRule], labels: Mapping[str, str], some: SomeSource
) -> tuple[Inhibition, ...]:
    """Return each rule that inhibits an alert with these labels, with a source of it."""
    found: dict[str, Inhibition] = {}
    for stand in asked(rules, labels):
        source = "" if stand.rule in found else some(stand)
        if source:
            found[stand.rule] = Inhibition(rule=stand.rule, source=source)
    return tuple(found.values())


@dataclass(slots=True)
class ActiveAlerts:
    """The firing alerts that are some rule's source, found by where they stand; many may share a place, and each counts.

    `add` and `remove` cost the same whatever else fires, and so does `inhibited_by`. Silenced and inhibited alerts
    belong in it too: what is not told of may still be the cause.
    """

    rules: Sequence[InhibitionRule]
    _standing: defaultdict[Stand, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    _places: dict[str, tuple[Stand, ...]] = field(default_factory=dict)

    def add(self, alert: str, labels: Mapping[str, str]) -> None:
        """Take note that the alert called `alert` fires; again with the same labels changes nothing."""
        self.remove(alert)
        places = stands(self.rules, labels)
        for stand in places:
            self._standing[stand][alert] = None
        if places:
            self._places[alert] = places

    def remove(self, alert: str) -> None:
        """Take note that the alert fires no more; one that is unknown changes nothing."""
        for stand in self._places.pop(alert, ()):
            self._standing[stand].pop(alert, None)
            if not self._standing[stand]:
                del self._standing[stand]

    def inhibited_by(self, labels: Mapping[str, str]) -> tuple[Inhibition, ...]:
        """Return each rule that inhibits an alert with these labels, with a source of it."""
        return inhibited_by(self.rules, labels, lambda stand: next(iter(self._standing.get(stand, ())), ""))

    def __len__(self) -> int:
        """Return how many firing alerts are a source."""
        return len(self._places)


def _shared(rule: InhibitionRule, labels: Mapping[str, str]) -> Shared:
    return tuple(labels.get(name, "") for name in rule.equal)
