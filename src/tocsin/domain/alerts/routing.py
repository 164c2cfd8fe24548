"""Routing as data: a tree of routes says which policy an alert concerns, how it is grouped and when its group is told of.

Alertmanager's walk: a route whose matchers all hold asks its children in their order; the first that takes the alert
ends the search unless it says `continue`; a route none of whose children takes it takes it itself. What a route leaves
open it inherits, except when it is muted, which only it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from tocsin.domain.alerts.intervals import TimeInterval, holding
from tocsin.domain.alerts.matchers import Matcher, show_matchers

ALL_LABELS: Final = "..."
"""In `group_by`: every label, so that each alert is a group of its own."""
DEFAULT_GROUP_BY: Final = ("service",)
GROUP_WAIT: Final = timedelta(0)
GROUP_INTERVAL: Final = timedelta(minutes=5)
REPEAT_INTERVAL: Final = timedelta(hours=4)
DEPENDENTS_WINDOW: Final = timedelta(minutes=10)
Dependents = Literal["join", "relate", "apart"]
"""What becomes of an alert whose service needs another one that broke just before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One node of the tree; None and '' inherit. `key` names its groups, so that they outlive changes of everything else.

    `group_window` ends a group that saw no new alert for so long: what comes later opens another. None never does.
    `dependents` says what becomes of alerts of a service that needs another whose incident opened within
    `dependents_window`: they join it, open an incident that is related to it, or know nothing of it.
    """

    key: str = ""
    matchers: tuple[Matcher, ...] = ()
    continue_: bool = False
    policy: str = ""
    team: str = ""
    service: str = ""
    severity: str = ""
    group_by: tuple[str, ...] | None = None
    group_window: timedelta | None = None
    group_wait: timedelta | None = None
    group_interval: timedelta | None = None
    repeat_interval: timedelta | None = None
    dependents: Dependents | None = None
    dependents_window: timedelta | None = None
    mute_time_intervals: tuple[str, ...] = ()
    active_time_intervals: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()


ROOT: Final = Route()
"""What a configuration without `routing` means: one group for each service, told of at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a route says once everything it inherits is filled in; '' leaves a choice to the alert's service."""

    policy: str = ""
    team: str = ""
    service: str = ""
    severity: str = ""
    group_by: tuple[str, ...] = DEFAULT_GROUP_BY
    group_window: timedelta | None = None
    group_wait: timedelta = GROUP_WAIT
    group_interval: timedelta = GROUP_INTERVAL
    repeat_interval: timedelta = REPEAT_INTERVAL
    dependents: Dependents = "join"
    dependents_window: timedelta = DEPENDENTS_WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One route that was asked: by its place from the root down, and the condition that turned the alert away, if one did."""

    place: tuple[str, ...]
    refused_by: Matcher | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A route that took the alert, with its settings; `route` is the node itself."""

    place: tuple[str, ...]
    route: Route
    settings: Settings

    @property
    def receiver(self) -> str:
        """The name its groups go by: its own key, else whom it concerns."""
        return self.route.key or self.settings.policy or self.settings.team or "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """Which routes took an alert, at least one, and every route that was asked, in that order."""

    taken: tuple[Taken, ...]
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Why a route tells nobody now: it is `muted` during some intervals, or `inactive` outside of others."""

    kind: Literal["muted", "inactive"]
    intervals: tuple[str, ...]


def route(labels: Mapping[str, str], tree: Route = ROOT) -> Routed:
    """Return the routes that take an alert with these labels; the root takes what nobody else does, whatever its matchers."""
    visits: list[Visit] = []
    here = Taken(place=("root",), route=tree, settings=_inherited(tree, Settings()))
    taken = _walk(labels, here, visits)
    return Routed(taken=tuple(taken), visits=tuple(visits))


def muted(node: Route, intervals: Mapping[str, TimeInterval], at: datetime) -> Mute | None:
    """Return why the route tells nobody at `at`, or None."""
    now = holding(node.mute_time_intervals, intervals, at)
    if now:
        return Mute(kind="muted", intervals=now)
    if node.active_time_intervals and not holding(node.active_time_intervals, intervals, at):
        return Mute(kind="inactive", intervals=node.active_time_intervals)
    return None


def all_routes(tree: Route) -> Iterator[Taken]:
    """Give every route with its place and settings, each before its children."""
    open_ = [Taken(place=("root",), route=tree, settings=_inherited(tree, Settings()))]
    while open_:
        here = open_.pop()
        yield here
        open_ += [_child(here, index) for index in reversed(range(len(here.route.routes)))]


def _walk(labels: Mapping[str, str], here: Taken, visits: list[Visit]) -> list[Taken]:
    visits.append(Visit(place=here.place))
    taken: list[Taken] = []
    for index, node in enumerate(here.route.routes):
        refusing = next((matcher for matcher in node.matchers if not matcher.matches(labels)), None)
        if refusing is not None:
            visits.append(Visit(place=(*here.place, name_of(node)), refused_by=refusing))
            continue
        taken += _walk(labels, _child(here, index), visits)
        if not node.continue_:
            break
    return taken or [here]


def _child(parent: Taken, index: int) -> Taken:
    node = parent.route.routes[index]
    return Taken(place=(*parent.place, name_of(node)), route=node, settings=_inherited(node, parent.settings))


def name_of(node: Route) -> str:
    """Return what people call a route: its key, else its matchers."""
    return node.key or show_matchers(node.matchers)


def _inherited(node: Route, settings: Settings) -> Settings:
    """Return the parent's settings with what the node says itself."""
    return replace(
        settings,
        policy=node.policy or settings.policy,
        team=node.team or settings.team,
        service=node.service or settings.service,
        severity=node.severity or settings.severity,
        group_by=settings.group_by if node.group_by is None else _distinct(node.group_by),
        group_window=settings.group_window if node.group_window is None else node.group_window,
        group_wait=settings.group_wait if node.group_wait is None else node.group_wait,
        group_interval=settings.group_interval if node.group_interval is None else node.group_interval,
        repeat_interval=settings.repeat_interval if node.repeat_interval is None else node.repeat_interval,
        dependents=node.dependents or settings.dependents,
        dependents_window=settings.dependents_window if node.dependents_window is None else node.dependents_window,
    )


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
