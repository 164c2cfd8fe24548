"""Inhibition: while one alert fires, others that follow from it tell nobody.

A rule has two sides. An alert of the target side is inhibited while some alert of the source side fires whose `equal`
labels agree with its own; two missing labels agree. Alertmanager's rule keeps it from inhibiting itself: an alert that
is on both sides is inhibited only by alerts that are on the source side alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tocsin.domain.alerts.matchers import Matcher, all_match

_Shared = tuple[str, ...]


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


@dataclass(slots=True)
class _Sources:
    """The firing sources that share their `equal` labels, by alert; many may, and each stands for itself."""

    source_only: dict[str, None] = field(default_factory=dict)
    both_sides: dict[str, None] = field(default_factory=dict)


class ActiveAlerts:
    """The firing alerts that are some rule's source, found by what they share with a target.

    `add` and `remove` cost the same whatever else fires, and so does `inhibited_by`. Silenced and inhibited alerts
    belong in it too: what is not told of may still be the cause.
    """

    def __init__(self, rules: Sequence[InhibitionRule]) -> None:
        self._rules = tuple(rules)
        self._shared: list[defaultdict[_Shared, _Sources]] = [defaultdict(_Sources) for _ in self._rules]
        self._places: dict[str, list[tuple[int, _Shared]]] = {}

    def add(self, alert: str, labels: Mapping[str, str]) -> None:
        """Take note that the alert called `alert` fires; again with the same labels changes nothing."""
        self.remove(alert)
        places = []
        for number, rule in enumerate(self._rules):
            if not all_match(rule.source_matchers, labels):
                continue
            shared = _shared(rule, labels)
            sources = self._shared[number][shared]
            both = all_match(rule.target_matchers, labels)
            (sources.both_sides if both else sources.source_only)[alert] = None
            places.append((number, shared))
        if places:
            self._places[alert] = places

    def remove(self, alert: str) -> None:
        """Take note that the alert fires no more; one that is unknown changes nothing."""
        for number, shared in self._places.pop(alert, ()):
            sources = self._shared[number][shared]
            sources.source_only.pop(alert, None)
            sources.both_sides.pop(alert, None)
            if not sources.source_only and not sources.both_sides:
                del self._shared[number][shared]

    def inhibited_by(self, labels: Mapping[str, str]) -> tuple[Inhibition, ...]:
        """Return each rule that inhibits an alert with these labels, with a source of it."""
        found = []
        for number, rule in enumerate(self._rules):
            sources = self._shared[number].get(_shared(rule, labels))
            if sources is None or not all_match(rule.target_matchers, labels):
                continue
            source = next(iter(sources.source_only), "")
            if not source and not all_match(rule.source_matchers, labels):
                source = next(iter(sources.both_sides), "")
            if source:
                found.append(Inhibition(rule=rule.key, source=source))
        return tuple(found)

    def __len__(self) -> int:
        """Return how many firing alerts are a source."""
        return len(self._places)


def _shared(rule: InhibitionRule, labels: Mapping[str, str]) -> _Shared:
    return tuple(labels.get(name, "") for name in rule.equal)
