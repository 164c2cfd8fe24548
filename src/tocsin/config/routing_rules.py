"""What the rules about alerts must keep to: every name leads somewhere, and no route is there for nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from tocsin.config.catalogue_rules import CatalogueChecker
from tocsin.config.schedule_rules import check_zone
from tocsin.config.tree import Where
from tocsin.domain.alerts.intervals import (
    MonthDays,
    Months,
    Times,
    Weekdays,
    Years,
    parse_month_days,
    parse_months,
    parse_times,
    parse_weekdays,
    parse_years,
)
from tocsin.domain.alerts.maintenance import MaintenanceWindow
from tocsin.domain.alerts.matchers import Matcher, parse_some_matchers
from tocsin.domain.alerts.routing import ALL_LABELS, GROUP_INTERVAL, REPEAT_INTERVAL, Route, name_of

ROUTING_LINES: Final[Mapping[type, Callable[[str], object]]] = {
    Matcher: parse_some_matchers,
    Weekdays: parse_weekdays,
    MonthDays: parse_month_days,
    Months: parse_months,
    Years: parse_years,
    Times: parse_times,
}
_KEY_SIGNS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


def check_routing(c: CatalogueChecker) -> None:
    """Let every rule about alerts look at the catalogue; what they find is in the checker's problems."""
    _root(c)
    for where, node in _nodes(("routing",), c.catalogue.routing):
        _route(c, where, node)
        _children(c, where, node.routes)
    _route_keys(c)
    _intervals(c)
    _inhibitions(c)
    for window in c.catalogue.maintenance:
        _maintenance(c, ("maintenance", window.key), window)
    _limits(c)


def _nodes(where: Where, node: Route) -> Iterator[tuple[Where, Route]]:
    yield where, node
    for number, child in enumerate(node.routes):
        yield from _nodes((*where, "routes", child.key or number), child)


def _root(c: CatalogueChecker) -> None:
    root = c.catalogue.routing
    mend = "Put it on a route under `routes`; the first route takes every alert that no other does."
    for name in ("matchers", "continue_", "mute_time_intervals", "active_time_intervals"):
        if getattr(root, name):
            c.say(("routing", name.removesuffix("_")), f"the first route cannot have {name.removesuffix('_')}", mend)


def _route(c: CatalogueChecker, at: Where, node: Route) -> None:
    c.refers((*at, "policy"), node.policy, "policies", "policy")
    c.refers((*at, "team"), node.team, "teams", "team")
    c.refers((*at, "service"), node.service, "services", "service")
    levels = {level.key for pack in c.packs.values() for level in pack.severities}
    if node.severity and levels:
        c.word((*at, "severity"), node.severity, levels, "severity of a pack in use")
    for field in ("mute_time_intervals", "active_time_intervals"):
        for i, name in enumerate(getattr(node, field)):
            c.refers((*at, field, i), name, "time_intervals", "time interval")
    group_by = node.group_by or ()
    if ALL_LABELS in group_by and len(group_by) > 1:
        c.say((*at, "group_by"), f"`{ALL_LABELS}` is every label already", "Leave the others out.")
    if "" in group_by:
        c.say((*at, "group_by", group_by.index("")), "a label without a name groups nothing", "Leave it out.")
    _clock(c, at, node)


def _clock(c: CatalogueChecker, at: Where, node: Route) -> None:
    if node.group_interval is not None and node.group_interval <= timedelta(0):
        c.say((*at, "group_interval"), "the group would never rest", "Give it a pause such as 5m.")
    if node.repeat_interval is not None and node.repeat_interval <= timedelta(0):
        c.say((*at, "repeat_interval"), "the group would be told of without end", "Give it a pause such as 4h.")
    if node.repeat_interval is not None and node.group_interval is not None:
        longest = node.group_interval
        if timedelta(0) < node.repeat_interval < longest:
            mend = f"A group is looked at every group_interval; {REPEAT_INTERVAL} and {GROUP_INTERVAL} are usual."
            c.say((*at, "repeat_interval"), "it is shorter than group_interval", mend)


def _children(c: CatalogueChecker, at: Where, children: Sequence[Route]) -> None:
    """Note routes that are never asked, because one before them takes everything."""
    for number, child in enumerate(children[:-1]):
        if not child.matchers and not child.continue_:
            c.say(
                (*at, "routes", child.key or number),
                f"it has no matchers and takes every alert, so that {name_of(children[number + 1])} is never asked",
                "Give it matchers or `continue: true`, or put it last.",
            )


def _route_keys(c: CatalogueChecker) -> None:
    keys = Counter(node.key for _, node in _nodes((), c.catalogue.routing) if node.key)
    for where, node in _nodes(("routing",), c.catalogue.routing):
        if keys[node.key] > 1:
            c.say(
                (*where, "key"), f"{node.key} names {keys[node.key]} routes", "Their groups would be one; rename one."
            )
        if node.key and (not set(node.key) <= _KEY_SIGNS or not node.key[0].isalnum()):
            mend = "Use small letters, digits, `-`, `_` and `.`; begin with a letter or digit."
            c.say(where, f"{node.key!r} cannot be a key", mend)


def _intervals(c: CatalogueChecker) -> None:
    for interval in c.catalogue.time_intervals:
        at: Where = ("time_intervals", interval.key, "any_of")
        if not interval.any_of:
            c.say(at, "it has no span, so that it never holds", "Give one, such as {weekdays: [saturday]}.")
        for i, span in enumerate(interval.any_of):
            check_zone(c, (*at, i, "zone"), span.zone)


def _inhibitions(c: CatalogueChecker) -> None:
    for rule in c.catalogue.inhibitions:
        for side in ("source_matchers", "target_matchers"):
            if not getattr(rule, side):
                c.say(("inhibitions", rule.key, side), "without matchers it means every alert", "Say which alerts.")


def _maintenance(c: CatalogueChecker, at: Where, window: MaintenanceWindow) -> None:
    for kind, one in (("services", "service"), ("teams", "team")):
        for i, key in enumerate(getattr(window, kind)):
            c.refers((*at, kind, i), key, kind, one)
    for i, name in enumerate(window.time_intervals):
        c.refers((*at, "time_intervals", i), name, "time_intervals", "time interval")
    if not window.services and not window.teams:
        c.say(at, "it is nobody's maintenance", "Name services or teams.")
    if window.ends is None and not window.time_intervals:
        c.say(at, "it would never end", "Give it `starts` and `ends`, or `time_intervals`.")
    for field in ("starts", "ends"):
        moment = getattr(window, field)
        if moment is not None and moment.tzinfo is None:
            c.say((*at, field), "the time needs an offset", "Write 2026-01-05T09:00Z or +01:00.")
            return
    if window.starts and window.ends and window.ends <= window.starts:
        c.say((*at, "ends"), "it ends before it starts", "Swap them.")


def _limits(c: CatalogueChecker) -> None:
    for integration in c.catalogue.integrations:
        limit, at = integration.limit, ("integrations", integration.key, "limit")
        if limit is not None and (not limit.per_minute > 0 or limit.burst < 1):
            c.say(at, "it would let nothing in", "Give per_minute above 0, and a burst of 1 or more.")
