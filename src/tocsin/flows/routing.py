"""What the configuration in force makes of an alert: the rules from a catalogue, a dry run, and the tree to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.domain.alerts.explain import Explanation, Rules, Situation, explain
from tocsin.domain.alerts.routing import all_routes
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.visibility import Viewer
from tocsin.flows.active import active_alerts
from tocsin.flows.engine import Engine
from tocsin.flows.policies import catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteView:
    """One route of the tree with everything it inherits; `depth` is 0 for the first."""

    depth: int
    place: tuple[str, ...]
    receiver: str
    matchers: tuple[str, ...]
    goes_on: bool
    policy: str
    team: str
    service: str
    severity: str
    group_by: tuple[str, ...]
    group_window: timedelta | None
    group_wait: timedelta
    group_interval: timedelta
    repeat_interval: timedelta
    dependents: str
    dependents_window: timedelta
    mute_time_intervals: tuple[str, ...]
    active_time_intervals: tuple[str, ...]


def rules_of(known: Catalogue) -> Rules:
    """Return the part of a configuration that decides about alerts."""
    return Rules(
        routing=known.routing,
        intervals={interval.key: interval for interval in known.time_intervals},
        inhibitions=known.inhibitions,
        maintenance=known.maintenance,
        teams={service.key: service.team for service in known.services},
        policies={team.key: team.policy for team in known.teams},
        default_policy=known.default_policy,
        drills=frozenset(service.key for service in known.services if service.drill),
    )


def dry_run(engine: Engine, viewer: Viewer, labels: Mapping[str, str], at: datetime | None = None) -> Explanation:
    """Return what would be decided about an alert with these labels, now or at `at`, and change nothing.

    Silences are those of today, also for another time; the alerts that could inhibit are those that fire now, except
    those of incidents the viewer may not see: hidden and absent look the same.

    Raises:
        NotConfiguredError: nothing is configured yet.
    """
    with engine.store.reading() as tx:
        known, now = catalogue(tx), tx.now()
        rules, when = rules_of(known), at or now
        situation = Situation(silences=tx.silences(ending_after=when), active=active_alerts(tx, known, viewer))
    return explain(labels, rules, situation, when)


def tree(engine: Engine) -> list[RouteView]:
    """Return every route of the configuration in force, each before those below it.

    Raises:
        NotConfiguredError: nothing is configured yet.
    """
    with engine.store.reading() as tx:
        known = catalogue(tx)
    return [
        RouteView(
            depth=len(taken.place) - 1,
            place=taken.place,
            receiver=taken.receiver,
            matchers=tuple(str(matcher) for matcher in taken.route.matchers),
            goes_on=taken.route.continue_,
            policy=taken.settings.policy,
            team=taken.settings.team,
            service=taken.settings.service,
            severity=taken.settings.severity,
            group_by=taken.settings.group_by,
            group_window=taken.settings.group_window,
            group_wait=taken.settings.group_wait,
            group_interval=taken.settings.group_interval,
            repeat_interval=taken.settings.repeat_interval,
            dependents=taken.settings.dependents,
            dependents_window=taken.settings.dependents_window,
            mute_time_intervals=taken.route.mute_time_intervals,
            active_time_intervals=taken.route.active_time_intervals,
        )
        for taken in all_routes(known.routing)
    ]
