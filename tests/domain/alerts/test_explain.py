"""Why an alert pages somebody or nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tocsin.domain.alerts.explain import Explanation, Rules, Situation, explain
from tocsin.domain.alerts.inhibition import ActiveAlerts, InhibitionRule
from tocsin.domain.alerts.intervals import TimeInterval, TimeSpan, parse_weekdays
from tocsin.domain.alerts.limits import RateLimit
from tocsin.domain.alerts.maintenance import MaintenanceWindow
from tocsin.domain.alerts.matchers import parse_matchers
from tocsin.domain.alerts.routing import Route
from tocsin.domain.alerts.silences import Terms, silence

MONDAY = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LABELS = {"alertname": "SlowQueries", "team": "db", "service": "orders"}
RULES = Rules(
    routing=Route(
        routes=(
            Route(key="web", matchers=parse_matchers('team="web"')),
            Route(
                key="database",
                matchers=parse_matchers('team="db"'),
                group_wait=timedelta(seconds=30),
                continue_=True,
                mute_time_intervals=("weekend",),
            ),
            Route(key="audit", matchers=parse_matchers('service=~".+"'), policy="quiet", team="audit"),
        )
    ),
    intervals={"weekend": TimeInterval(key="weekend", any_of=(TimeSpan(weekdays=(parse_weekdays("saturday:sunday"),)),))},
    inhibitions=(
        InhibitionRule(
            key="down-explains-slow",
            source_matchers=parse_matchers("alertname=Down"),
            target_matchers=parse_matchers("alertname=SlowQueries"),
            equal=("service",),
        ),
    ),
    maintenance=(
        MaintenanceWindow(
            key="disks", services=("orders",), starts=MONDAY + HOUR, ends=MONDAY + 2 * HOUR, reason="new disks"
        ),
    ),
    teams={"orders": "core"},
    policies={"core": "primary"},
    default_policy="everybody",
)  # fmt: skip


def _explain(situation: Situation | None = None, at: datetime = MONDAY, **labels: str) -> Explanation:
    return explain({**LABELS, **labels}, RULES, situation or Situation(), at)


def _reasons(found: Explanation, route: int = 0) -> list[str]:
    return [decision.reason for decision in found.routes[route].decisions]


def test_an_alert_that_pages_is_explained_from_its_routes_to_its_policies() -> None:
    found = _explain()
    assert found.pages
    assert [(d.reason, d.refers_to) for d in found.decisions] == [
        ("asked", ("root",)), ("refused", ("root", "web")), ("asked", ("root", "database")), ("asked", ("root", "audit")),
    ]  # fmt: skip
    assert found.decisions[1].sentence == "Route root > web does not match: it wants team=\"web\", and team is 'db'."
    database, audit = found.routes
    assert (database.group, database.policy, database.team, database.service) == (
        'database/{service="orders"}', "primary", "core", "orders",
    )  # fmt: skip
    assert (audit.group, audit.policy, audit.team) == ('audit/{service="orders"}', "quiet", "audit")
    assert [decision.sentence for decision in database.decisions] == [
        "Route root > database takes it: it matches.",
        'Its group is database/{service="orders"}, which pages 30 s after it began, again after 4 h if nobody has answered.',
        "Policy primary says who is paged: it is team core's.",
    ]


def test_an_alert_no_route_wants_is_the_roots_and_everybodys() -> None:
    found = explain({"alertname": "X"}, RULES, Situation(), MONDAY)
    (root,) = found.routes
    assert (root.place, root.group, root.policy) == (("root",), "default/{}", "everybody")
    assert "there is no label team" in found.decisions[1].sentence
    assert root.decisions[0].sentence == "Route root takes it: no route below it does."
    nobody = explain({"alertname": "X"}, Rules(), Situation(), MONDAY)
    assert [decision.reason for decision in nobody.routes[0].decisions] == ["taken", "grouped", "no_policy"]
    assert nobody.pages


def test_a_label_that_names_no_known_service_names_none() -> None:
    found = _explain(service="unheard-of")
    assert (found.routes[0].service, found.routes[0].policy) == ("", "everybody")


def test_a_silence_holds_it_back_on_every_route() -> None:
    terms = Terms(matchers=parse_matchers("team=db"), starts_at=MONDAY, ends_at=MONDAY + HOUR, comment="we know.")
    found = _explain(Situation(silences=(silence("s1", terms, "ada", MONDAY),)))
    assert not found.pages
    assert _reasons(found) == ["taken", "grouped", "silenced", "policy"]
    assert _reasons(found, 1) == ["taken", "grouped", "silenced", "policy"]
    told = found.routes[0].decisions[2]
    assert told.holds_back
    assert told.sentence == 'Silence s1 matches it with {team="db"} until 2026-01-05 13:00 UTC, by ada: we know.'


def test_an_inhibition_names_its_rule_and_the_alert_that_fires() -> None:
    active = ActiveAlerts(RULES.inhibitions)
    active.add("f00", {"alertname": "Down", "service": "orders"})
    found = _explain(Situation(active=active))
    assert not found.pages
    assert found.routes[0].decisions[2].sentence == "Inhibition down-explains-slow holds it back while alert f00 fires."
    assert _explain(Situation(active=active), service="other").pages


def test_maintenance_of_its_service_holds_it_back_while_it_lasts() -> None:
    found = _explain(at=MONDAY + HOUR)
    assert not found.pages
    assert _reasons(found) == ["taken", "grouped", "maintenance", "policy"]
    assert found.routes[0].decisions[2].sentence == (
        "Maintenance disks is under way until 2026-01-05 14:00 UTC: new disks."
    )


def test_a_muted_route_leaves_the_others_their_say() -> None:
    found = _explain(at=MONDAY + 5 * 24 * HOUR)
    assert _reasons(found) == ["taken", "grouped", "muted", "policy"]
    assert [one.tells for one in found.routes] == [False, True]
    assert found.pages


def test_a_route_outside_its_active_times_says_so() -> None:
    only = replace(RULES, routing=Route(active_time_intervals=("weekend",)))
    found = explain(LABELS, only, Situation(), MONDAY)
    assert not found.pages
    assert found.routes[0].decisions[2].sentence == "Route root tells only during weekend, which is not now."


def test_what_the_source_may_send_is_said_and_not_whether_it_has() -> None:
    found = _explain(Situation(limit=RateLimit(per_minute=60, burst=100)))
    assert (found.pages, found.decisions[0].reason, found.decisions[0].holds_back) == (True, "limit", False)
    assert found.decisions[0].sentence == (
        "Each server process takes 60 alerts a minute of its source, 100 at once; "
        "a post beyond that is refused, and nothing of it is kept."
    )
    assert "limit" not in {decision.reason for decision in _explain().decisions}


def test_no_route_hands_a_drill_to_other_people() -> None:
    practice = replace(RULES, drills=frozenset({"orders"}))
    found = explain(LABELS, practice, Situation(), MONDAY)
    assert [decision.reason for decision in found.decisions] == ["drill", "asked"]
    assert [(one.place, one.policy) for one in found.routes] == [(("root",), "primary")]
