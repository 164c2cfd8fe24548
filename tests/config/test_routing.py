"""The parts of `tocsin.yaml` about alerts: read as Alertmanager would, refused by line and position."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tocsin.config.catalogue import EXAMPLE, check_text, diff, from_json, to_json
from tocsin.config.problems import Problem
from tocsin.domain.alerts.routing import ROOT, route
from tocsin.domain.catalogue import Catalogue, scale_catalogue

WHOLE = (
    EXAMPLE
    + """
time_intervals:
  office:
    any_of:
      - {weekdays: ["monday:friday"], times: [09:00-17:00], zone: Europe/Berlin}
      - {days_of_month: [-1, "1:2"], months: [12, may], years: [2026]}
routing:
  group_by: [service, cluster]
  routes:
    database:
      matchers: ['team="db"', severity=~critical|page]
      continue: true
      group_wait: 30s
      routes:
        - {matchers: ['"k8s pod"=~"db-.*"'], group_by: [...], active_time_intervals: [office]}
    rest: {policy: default, team: core, service: web, mute_time_intervals: [office]}
inhibitions:
  down: {source_matchers: [alertname=Down], target_matchers: ['severity="warning"'], equal: [service]}
maintenance:
  disks: {services: [web], teams: [core], starts: 2026-01-05T22:00Z, ends: 2026-01-06T02:00+01:00, reason: New disks}
integrations:
  am: {kind: alertmanager, team: core, keys: ["env:AM"], limit: {per_minute: 60, burst: 100}}
"""
)


def read(text: str) -> tuple[Catalogue | None, list[Problem]]:
    return check_text(text, "tocsin.yaml", Path())


def good(text: str) -> Catalogue:
    catalogue, problems = read(text)
    assert problems == []
    assert catalogue is not None
    return catalogue


def refusals(old: str, new: str) -> list[tuple[str, str]]:
    assert WHOLE.count(old) == 1
    line = WHOLE[: WHOLE.index(old)].count("\n") + 1
    catalogue, problems = read(WHOLE.replace(old, new))
    assert catalogue is None
    assert [problem.line for problem in problems] == [line] * len(problems)
    return [(problem.field, problem.message) for problem in problems]


def test_a_file_without_routing_has_one_route_for_everything() -> None:
    assert good(EXAMPLE).routing == ROOT


def test_the_commented_example_is_good_once_it_is_uncommented() -> None:
    begun, ended = EXAMPLE.index("# routing:"), EXAMPLE.index("# Who may send alerts")
    lines = [line.removeprefix("# ") for line in EXAMPLE[begun:ended].splitlines()]
    tree = good(EXAMPLE + "\n".join(lines)).routing
    assert [one.key for one in tree.routes] == ["database"]


def test_the_whole_of_it_is_read_stored_and_means_the_same() -> None:
    catalogue = good(WHOLE)
    database, rest = catalogue.routing.routes
    assert (database.key, database.continue_, database.group_wait) == ("database", True, timedelta(seconds=30))
    assert database.routes[0].matchers[0].name == "k8s pod"
    assert from_json(to_json(replace(catalogue, packs=()))) == replace(catalogue, packs=())
    found = route({"team": "db", "severity": "page", "service": "web"}, catalogue.routing)
    assert [taken.route for taken in found.taken] == [database, rest]
    (office,) = catalogue.time_intervals
    assert office.any_of[0].holds(datetime(2026, 7, 6, 7, 0, tzinfo=UTC))
    assert office.any_of[1].holds(datetime(2026, 12, 31, 7, 0, tzinfo=UTC))
    assert catalogue.integrations[0].limit is not None


def test_a_tree_may_be_written_as_lists_without_keys() -> None:
    tree = good(EXAMPLE + "routing: {routes: [{matchers: [a=b]}, {key: named, matchers: [c=d]}]}").routing
    assert [one.key for one in tree.routes] == ["", "named"]


def test_a_line_may_hold_several_matchers_as_alertmanagers_do() -> None:
    tree = good(EXAMPLE + "routing: {routes: [{matchers: ['foo=\"b,r\", baz!=\"qux\"', 'a=b']}]}").routing
    assert [str(one) for one in tree.routes[0].matchers] == ['foo="b,r"', 'baz!="qux"', 'a="b"']


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ("severity=~critical|page]", "severity=~(]", "routing.routes.database.matchers[1]", "no regular expression"),
        ("""'team="db"'""", """'team="db'""", "routing.routes.database.matchers[0]", "at character 6"),
        ("""'team="db"'""", "'{}'", "routing.routes.database.matchers[0]", "no matcher stands where one belongs"),
        ("""'team="db"'""", "{name: x}", "routing.routes.database.matchers[0]", "one line of text, not a mapping"),
        ("policy: default, team", "policy: defualt, team", "routing.routes.rest.policy", "is no policy"),
        ("team: core, service", "team: cor, service", "routing.routes.rest.team", "is no team"),
        ("service: web, mute", "service: wep, mute", "routing.routes.rest.service", "is no service"),
        ("mute_time_intervals: [office]", "mute_time_intervals: [off]", "routing.routes.rest.mute_time_intervals[0]", "is no time interval"),
        ("[...], active", "[..., a], active", "routing.routes.database.routes[0].group_by", "every label already"),
        ("active_time_intervals: [office]", "severity: urgent", "routing.routes.database.routes[0].severity", "is no severity"),
        ("group_by: [service, cluster]", "matchers: [a=b]", "routing.matchers", "the first route cannot have matchers"),
        ("group_by: [service, cluster]", "mute_time_intervals: [office]", "routing.mute_time_intervals", "the first route cannot have"),
        ("group_by: [service, cluster]", "group_interval: 0s", "routing.group_interval", "never rest"),
        ("group_wait: 30s", "repeat_interval: 0s", "routing.routes.database.repeat_interval", "without end"),
        ("    rest: {", "    Rest: {", "routing.routes.Rest", "cannot be a key"),
        ('"monday:friday"', "monday:sonntag", "time_intervals.office.any_of[0].weekdays[0]", "is no day of the week"),
        ("09:00-17:00", "9-17", "time_intervals.office.any_of[0].times[0]", "no range of times"),
        ("[12, may]", "[13]", "time_intervals.office.any_of[1].months[0]", "is no month"),
        ("[-1, ", "[0, ", "time_intervals.office.any_of[1].days_of_month[0]", "day 0"),
        ("zone: Europe/Berlin}", "zone: Mars/Base}", "time_intervals.office.any_of[0].zone", "is no time zone"),
        ("target_matchers: ['severity=\"warning\"']", "target_matchers: []", "inhibitions.down.target_matchers", "every alert"),
        ("services: [web], teams: [core]", "services: [], teams: []", "maintenance.disks", "nobody's maintenance"),
        ("ends: 2026-01-06T02:00+01:00", "ends: 2026-01-04T02:00Z", "maintenance.disks.ends", "ends before it starts"),
        ("ends: 2026-01-06T02:00+01:00", "ends: 2026-01-06T02:00", "maintenance.disks.ends", "needs an offset"),
        ("ends: 2026-01-06T02:00+01:00, ", "", "maintenance.disks", "would never end"),
        ("{per_minute: 60,", "{per_minute: 0,", "integrations.am.limit", "let nothing in"),
    ],
)  # fmt: skip
def test_what_leads_nowhere_or_means_nothing_is_refused_by_line(old: str, new: str, field: str, message: str) -> None:
    ((told, said),) = refusals(old, new)
    assert told == field
    assert message in said


def test_a_route_behind_one_that_takes_everything_is_refused() -> None:
    _, problems = read(EXAMPLE + "routing:\n  routes:\n    all: {policy: default}\n    never: {matchers: [a=b]}\n")
    assert ["so that never is never asked" in problem.message for problem in problems] == [True]


def test_a_key_that_names_two_routes_is_refused() -> None:
    text = "routing:\n  routes:\n    a: {matchers: [a=b], routes: {c: {matchers: [x=y]}}}\n    b: {matchers: [c=d], routes: {c: {}}}\n"
    _, problems = read(EXAMPLE + text)
    assert [(p.field, p.message) for p in problems] == [
        ("routing.routes.a.routes.c.key", "c names 2 routes"),
        ("routing.routes.b.routes.c.key", "c names 2 routes"),
    ]


def test_a_repeat_shorter_than_the_interval_is_refused() -> None:
    _, problems = read(EXAMPLE + "routing: {group_interval: 5m, repeat_interval: 1m}")
    assert [p.field for p in problems] == ["routing.repeat_interval"]


def test_a_change_of_a_route_is_one_line_of_difference() -> None:
    old, new = good(WHOLE), good(WHOLE.replace("severity=~critical|page", "severity=~page"))
    assert diff(old, new) == [
        '~ routing.routes.database.matchers.1: severity=~"critical|page" -> severity=~"page"',
    ]
    spans = diff(old, good(WHOLE.replace("09:00-17:00", "08:00-17:00")))
    assert len(spans) == 1
    keyless = EXAMPLE + "routing: {routes: [{matchers: [a=b], policy: default}, {matchers: [a=c]}]}"
    assert diff(good(keyless), good(keyless.replace("a=b", "a=d"))) == ['~ routing.routes.0.matchers.0: a="b" -> a="d"']


def test_a_drill_s_speed_divides_the_clocks_of_routes() -> None:
    fast = scale_catalogue(good(WHOLE), 60).routing.routes[0]
    assert fast.group_wait == timedelta(seconds=0.5)
    assert fast.matchers == good(WHOLE).routing.routes[0].matchers
