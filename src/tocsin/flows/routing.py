"""What the configuration in force makes of an alert: the rules from a catalogue, a dry run, and the tree to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.domain.alerts.explain import Explanation, Rules, Situation, explain
from tocsin.domain.alerts.grouping import with_service
from tocsin.domain.alerts.limits import RateLimit
from tocsin.domain.alerts.routing import all_routes
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.errors import InvalidError
from tocsin.domain.visibility import Viewer
from tocsin.flows.active import active_alerts
from tocsin.flows.engine import Engine
from tocsin.flows.ingest import Places, Sender, sender_named
from tocsin.flows.ingest.sender import MONITOR
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


def dry_run(
    engine: Engine, viewer: Viewer, labels: Mapping[str, str], at: datetime | None = None, source: str = ""
) -> Explanation:
    """Return what would be decided about an alert with these labels, now or at `at`, and change nothing.

    From `source`, an integration or `monitor:KEY`, it has that one's service where it names none that is known, its
    team, and its limit. Silences are those of today, also for another time; the alerts that could inhibit are those
    that fire now, except those of incidents the viewer may not see: hidden and absent look the same.

    Raises:
        InvalidError: no such source is configured.
        NotConfiguredError: nothing is configured yet.
    """
    with engine.store.reading() as tx:
        known, now = catalogue(tx), tx.now()
        sender = _sender(known, source)
        when = at or now
        situation = Situation(
            silences=tx.silences(ending_after=when),
            active=active_alerts(tx, known, viewer),
            limit=limit_of(known, source),
        )
    found = Places(known=known, sender=sender).service_of(labels.get("service", "")) if source else ""
    rules = replace(rules_of(known), default_team=sender.team)
    return explain(with_service(labels, found), rules, situation, when)


def limit_of(known: Catalogue, source: str) -> RateLimit | None:
    """Return how many alerts a source may send, None where nothing limits it."""
    return next((one.limit for one in known.integrations if one.key == source), None)


def is_source(known: Catalogue, source: str) -> bool:
    """Return whether an integration or a monitor that is configured sends under this name."""
    return source in sources_of(known)


def sources_of(known: Catalogue) -> tuple[str, ...]:
    """Return the names under which the alerts of integrations and monitors are kept."""
    return (*(one.key for one in known.integrations), *(f"{MONITOR}{one.key}" for one in known.monitors))


def _sender(known: Catalogue, source: str) -> Sender:
    """Return who sends under this name; '' stands for nobody known.

    Raises:
        InvalidError: no such source is configured.
    """
    if source and not is_source(known, source):
        names = ", ".join(sources_of(known)) or "none"
        raise InvalidError(
            f"no integration or monitor is called {source!r}", field="source", mend=f"There are: {names}."
        )
    return sender_named(known, source)


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
