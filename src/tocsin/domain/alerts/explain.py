"""Why an alert pages somebody or nobody: one value with every decision, its named reason and a sentence for a person.

Whoever decides and whoever explains ask here, so that a dry run cannot differ from the real thing. An alert that is
silenced, inhibited, muted or under maintenance is recorded all the same; only its telling is held back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from tocsin.domain import words
from tocsin.domain.alerts.grouping import group_key
from tocsin.domain.alerts.inhibition import ActiveAlerts, InhibitionRule
from tocsin.domain.alerts.intervals import TimeInterval
from tocsin.domain.alerts.limits import RateLimit
from tocsin.domain.alerts.maintenance import MaintenanceWindow, under_maintenance
from tocsin.domain.alerts.matchers import show_matchers
from tocsin.domain.alerts.routing import ROOT, Route, Taken, Visit, muted, route
from tocsin.domain.alerts.silences import Silence, silenced_by

Reason = Literal[
    "limit", "drill", "asked", "refused", "taken", "grouped", "policy", "no_policy",
    "muted", "inactive", "maintenance", "silenced", "inhibited",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision: its named reason, a sentence, what it refers to, and whether it keeps the alert from paging."""

    reason: Reason
    sentence: str
    refers_to: tuple[str, ...] = ()
    holds_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteExplanation:
    """What one route makes of the alert: its group and clock, whom it concerns, and what holds it back."""

    place: tuple[str, ...]
    group: str
    group_wait: timedelta
    group_interval: timedelta
    repeat_interval: timedelta
    policy: str
    team: str
    service: str
    severity: str
    tells: bool
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything that was decided about an alert with these labels at one instant."""

    labels: Mapping[str, str]
    at: datetime
    pages: bool
    decisions: tuple[Decision, ...]
    routes: tuple[RouteExplanation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The part of a configuration that decides about alerts.

    `teams` gives each known service's team and `policies` each team's policy; `default_policy` is for whoever has none.
    `default_team` is whose alerts of no known service are. `drills` are services that exist for practice: no route hands their alerts to other people.
    """

    routing: Route = ROOT
    intervals: Mapping[str, TimeInterval] = field(default_factory=dict)
    inhibitions: tuple[InhibitionRule, ...] = ()
    maintenance: tuple[MaintenanceWindow, ...] = ()
    teams: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, str] = field(default_factory=dict)
    default_policy: str = ""
    default_team: str = ""
    drills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What else is the case: the silences, the alerts that fire, and its source's limit (None: it has none, or is not known)."""

    silences: Sequence[Silence] = ()
    active: ActiveAlerts = field(default_factory=lambda: ActiveAlerts(()))
    limit: RateLimit | None = None


_DRILL: Final = Decision(
    reason="drill", sentence="Its service is a drill's, so that no route may hand it to other people."
)


def explain(labels: Mapping[str, str], rules: Rules, situation: Situation, at: datetime) -> Explanation:
    """Return what is decided about a firing alert with these labels at `at`, and why."""
    practice = labels.get("service", "") in rules.drills
    routed = route(labels, ROOT if practice else rules.routing)
    first = [
        *_limit(situation.limit),
        *([_DRILL] if practice else []),
        *(_visited(visit, labels) for visit in routed.visits),
    ]
    held = (*_silences(labels, situation.silences, at), *_inhibitions(labels, situation.active))
    routes = tuple(_on_route(labels, taken, rules, held, at) for taken in routed.taken)
    pages = any(one.tells for one in routes)
    return Explanation(labels=labels, at=at, pages=pages, decisions=tuple(first), routes=routes)


def _on_route(
    labels: Mapping[str, str], taken: Taken, rules: Rules, held: tuple[Decision, ...], at: datetime
) -> RouteExplanation:
    said = taken.settings
    named = said.service or labels.get("service", "")
    service = named if named in rules.teams else ""
    team = said.team or rules.teams.get(service, rules.default_team)
    policy = said.policy or rules.policies.get(team, "") or rules.default_policy
    group = str(group_key(labels, taken))
    decisions = [
        _taken(taken),
        _grouped(taken, group),
        *_muted(taken, rules.intervals, at),
        *(_maintained(window) for window in under_maintenance(service, team, rules.maintenance, rules.intervals, at)),
        *held,
        _policy(taken, policy, team),
    ]
    return RouteExplanation(
        place=taken.place,
        group=group,
        group_wait=said.group_wait,
        group_interval=said.group_interval,
        repeat_interval=said.repeat_interval,
        policy=policy,
        team=team,
        service=service,
        severity=said.severity,
        tells=not any(decision.holds_back for decision in decisions),
        decisions=tuple(decisions),
    )


def _limit(limit: RateLimit | None) -> list[Decision]:
    """Return what the limit is: whether it was reached is known only to the server process that counts."""
    if limit is None:
        return []
    sentence = (
        f"Each server process takes {limit.per_minute:g} alerts a minute of its source, {limit.burst} at once; "
        "a post beyond that is refused, and nothing of it is kept."
    )
    return [Decision(reason="limit", sentence=sentence)]


def _visited(visit: Visit, labels: Mapping[str, str]) -> Decision:
    name = _place(visit.place)
    if visit.refused_by is None:
        return Decision(reason="asked", sentence=f"Route {name} matches.", refers_to=visit.place)
    matcher = visit.refused_by
    value = labels.get(matcher.name, "")
    has = f"{matcher.name} is {value!r}" if value else f"there is no label {matcher.name}"
    return Decision(
        reason="refused", sentence=f"Route {name} does not match: it wants {matcher}, and {has}.", refers_to=visit.place
    )


def _taken(taken: Taken) -> Decision:
    reason = "no route below it does" if taken.route.routes else "it matches"
    return Decision(reason="taken", sentence=f"Route {_place(taken.place)} takes it: {reason}.", refers_to=taken.place)


def _grouped(taken: Taken, group: str) -> Decision:
    said = taken.settings
    wait = f"{words.span(said.group_wait)} after it began" if said.group_wait else "at once"
    later = f"again after {words.span(said.repeat_interval)} if nobody has answered"
    return Decision(
        reason="grouped", sentence=f"Its group is {group}, which pages {wait}, {later}.", refers_to=(group,)
    )


def _muted(taken: Taken, intervals: Mapping[str, TimeInterval], at: datetime) -> list[Decision]:
    mute = muted(taken.route, intervals, at)
    if mute is None:
        return []
    name, times = _place(taken.place), ", ".join(mute.intervals)
    sentence = (
        f"Route {name} is muted during {times}, which is now."
        if mute.kind == "muted"
        else f"Route {name} tells only during {times}, which is not now."
    )
    return [Decision(reason=mute.kind, sentence=sentence, refers_to=mute.intervals, holds_back=True)]


def _maintained(window: MaintenanceWindow) -> Decision:
    until = f" until {words.at(window.ends)}" if window.ends else ""
    why = f": {window.reason}" if window.reason else ""
    return Decision(
        reason="maintenance",
        sentence=f"Maintenance {window.key} is under way{until}{why}.",
        refers_to=(window.key,),
        holds_back=True,
    )


def _silences(labels: Mapping[str, str], silences: Sequence[Silence], at: datetime) -> list[Decision]:
    return [
        Decision(
            reason="silenced",
            sentence=(
                f"Silence {one.id} matches it with {show_matchers(one.matchers)} until {words.at(one.ends_at)}, "
                f"by {one.created_by}: {one.comment.rstrip('.')}."
            ),
            refers_to=(one.id,),
            holds_back=True,
        )
        for one in silenced_by(labels, silences, at)
    ]


def _inhibitions(labels: Mapping[str, str], active: ActiveAlerts) -> list[Decision]:
    return [
        Decision(
            reason="inhibited",
            sentence=f"Inhibition {one.rule} holds it back while alert {one.source} fires.",
            refers_to=(one.rule, one.source),
            holds_back=True,
        )
        for one in active.inhibited_by(labels)
    ]


def _policy(taken: Taken, policy: str, team: str) -> Decision:
    if not policy:
        return Decision(reason="no_policy", sentence="No policy is named for it, so the catch-all responder is paged.")
    source = "the route names it" if taken.settings.policy else f"it is team {team}'s" if team else "it is the default"
    return Decision(reason="policy", sentence=f"Policy {policy} says who is paged: {source}.", refers_to=(policy,))


def _place(place: tuple[str, ...]) -> str:
    return " > ".join(place)
