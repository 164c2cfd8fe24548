"""The tree of routes, and what a group is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tocsin.domain.alerts.grouping import GroupKey, group_key, joins, with_service
from tocsin.domain.alerts.intervals import TimeInterval, TimeSpan, Weekdays
from tocsin.domain.alerts.matchers import parse_matchers
from tocsin.domain.alerts.routing import ROOT, Mute, Route, Settings, all_routes, muted, route

MONDAY = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def _route(matchers: str = "", *children: Route, **said: object) -> Route:
    return Route(matchers=parse_matchers(matchers), routes=children, **said)  # type: ignore[arg-type]  # a test's shorthand


TREE = _route(
    "",
    _route('owner="team-A"', _route('env="testing"', key="A-testing"), key="A", group_wait=2 * MINUTE),
    _route(
        'owner=~"team-(B|C)"',
        _route('env="testing"', key="BC-testing", policy="quiet", group_by=()),
        _route('env="production"', key="BC-production", group_by=("...",), group_wait=timedelta(0), continue_=True),
        _route('wants="all"', key="BC-all", continue_=True),
        key="BC", group_by=("foo", "bar"), group_wait=MINUTE, group_interval=3 * MINUTE, repeat_interval=MINUTE,
    ),
    _route('group_by="role"', _route('env="testing"', _route('wait="long"', key="long")), key="role"),
    policy="default",
    severity="high",
)  # fmt: skip


def _keys(tree: Route = TREE, **labels: str) -> list[str]:
    return [taken.route.key for taken in route(labels, tree).taken]


def test_without_a_tree_everything_is_one_route_grouped_by_service_and_told_at_once() -> None:
    (taken,) = route({"alertname": "X", "service": "orders"}).taken
    assert taken.settings == Settings()
    assert (taken.settings.group_by, taken.settings.group_wait) == (("service",), timedelta(0))
    assert str(group_key({"alertname": "X", "service": "orders"}, taken)) == 'default/{service="orders"}'


def test_the_deepest_route_that_matches_takes_the_alert() -> None:
    assert _keys(owner="team-A") == ["A"]
    assert _keys(owner="team-A", env="testing") == ["A-testing"]
    assert _keys(owner="team-A", env="unset") == ["A"]
    assert _keys(owner="team-C", env="testing") == ["BC-testing"]
    assert _keys(group_by="role", env="testing", wait="long") == ["long"]
    assert _keys(owner="team-D") == [""]
    assert _keys() == [""]


def test_a_route_that_continues_lets_its_siblings_look_too() -> None:
    assert _keys(owner="team-B", env="production") == ["BC-production"]
    assert _keys(owner="team-B", env="production", wants="all") == ["BC-production", "BC-all"]
    assert _keys(owner="team-B", env="testing", wants="all") == ["BC-testing"]
    assert _keys(owner="team-B", wants="all") == ["BC-all"]


def test_a_route_inherits_what_it_leaves_open() -> None:
    (quiet,) = route({"owner": "team-B", "env": "testing"}, TREE).taken
    assert quiet.settings == Settings(
        policy="quiet", severity="high", group_by=(), group_wait=MINUTE, group_interval=3 * MINUTE, repeat_interval=MINUTE,
    )  # fmt: skip
    (production,) = route({"owner": "team-B", "env": "production"}, TREE).taken
    assert (production.settings.group_wait, production.settings.policy) == (timedelta(0), "default")


def test_the_path_of_decisions_names_each_route_asked_and_what_turned_the_alert_away() -> None:
    found = route({"owner": "team-B", "env": "production"}, TREE)
    assert [(visit.place[-1], str(visit.refused_by or "")) for visit in found.visits] == [
        ("root", ""),
        ("A", 'owner="team-A"'),
        ("BC", ""),
        ("BC-testing", 'env="testing"'),
        ("BC-production", ""),
        ("BC-all", 'wants="all"'),
    ]
    assert found.taken[0].place == ("root", "BC", "BC-production")


def test_a_route_without_a_key_is_called_by_its_matchers() -> None:
    found = route({"group_by": "role", "env": "testing"}, TREE)
    assert found.taken[0].place == ("root", "role", '{env="testing"}')


def test_every_route_can_be_listed_with_what_it_inherits() -> None:
    listed = {taken.place[-1]: taken.settings.severity for taken in all_routes(TREE)}
    assert list(listed) == [
        "root", "A", "A-testing", "BC", "BC-testing", "BC-production", "BC-all", "role", '{env="testing"}', "long",
    ]  # fmt: skip
    assert set(listed.values()) == {"high"}


def _group(tree: Route, **labels: str) -> list[str]:
    return [str(group_key(labels, taken)) for taken in route(labels, tree).taken]


def test_a_group_is_its_receiver_and_its_labels_values() -> None:
    assert _group(TREE, owner="team-B", foo="1", bar="2", other="3") == ['BC/{bar="2", foo="1"}']
    assert _group(TREE, owner="team-B", foo="1") == ['BC/{foo="1"}']
    assert _group(TREE, owner="team-B", foo="1", bar="") == ['BC/{foo="1"}']
    assert _group(TREE, owner="team-B", env="testing", foo="1") == ["BC-testing/{}"]
    assert _group(TREE, owner="team-B", env="production") == ['BC-production/{env="production", owner="team-B"}']
    assert _group(TREE, service="web") == ['default/{service="web"}']


def test_a_group_of_long_labels_has_an_identity_that_an_index_can_hold() -> None:
    keys = {
        str(GroupKey(receiver="db", labels=(("query", long),)))
        for long in ("x" * 9000, "x" * 8999 + "y", "\ud800" * 600)
    }

    assert len(keys) == 3
    assert all(key.startswith("db/") and len(key) < 100 for key in keys)


def test_a_changed_route_leaves_its_groups_their_identity() -> None:
    labels = {"team": "db", "service": "orders"}
    before = _route("", _route('team="db"', policy="database", group_by=("service",), group_wait=MINUTE))
    after = _route(
        'x="y"',
        _route('team="other"'),
        _route('team=~"db|sql", service!="web"', policy="database", repeat_interval=MINUTE, continue_=True),
        group_interval=3 * MINUTE,
        severity="low",
    )
    assert _group(before, **labels) == _group(after, **labels) == ['database/{service="orders"}']
    keyed = replace(before.routes[0], key="db")
    moved = replace(keyed, policy="platform", team="core")
    assert _group(replace(before, routes=(keyed,)), **labels) == ['db/{service="orders"}']
    assert _group(_route("", _route("", moved)), **labels) == ['db/{service="orders"}']


def test_the_service_found_for_an_alert_is_the_label_that_routes_see() -> None:
    assert with_service({"alertname": "X", "service": "Orders API"}, "orders")["service"] == "orders"
    assert with_service({"alertname": "X"}, "") == {"alertname": "X"}


def test_an_alert_within_the_window_of_the_last_joins_its_group() -> None:
    assert joins(MONDAY, MONDAY + 5 * MINUTE, 5 * MINUTE)
    assert not joins(MONDAY, MONDAY + 6 * MINUTE, 5 * MINUTE)
    assert joins(MONDAY, MONDAY + 9000 * MINUTE, None)


def test_a_route_is_muted_by_its_own_intervals_only() -> None:
    days = {
        "weekdays": TimeInterval(key="weekdays", any_of=(TimeSpan(weekdays=(Weekdays(first=0, last=4),)),)),
        "weekend": TimeInterval(key="weekend", any_of=(TimeSpan(weekdays=(Weekdays(first=5, last=6),)),)),
    }
    assert muted(ROOT, days, MONDAY) is None
    assert muted(Route(mute_time_intervals=("weekend", "weekdays")), days, MONDAY) == Mute(
        kind="muted", intervals=("weekdays",)
    )
    assert muted(Route(mute_time_intervals=("weekend",)), days, MONDAY) is None
    assert muted(Route(active_time_intervals=("weekdays", "weekend")), days, MONDAY) is None
    assert muted(Route(active_time_intervals=("weekend",)), days, MONDAY) == Mute(
        kind="inactive", intervals=("weekend",)
    )
    parent = Route(mute_time_intervals=("weekdays",), routes=(Route(key="child"),))
    (child,) = route({}, parent).taken
    assert muted(child.route, days, MONDAY) is None
