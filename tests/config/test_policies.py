"""Escalation policies in `tocsin.yaml`: every target leads somewhere, and somebody can be paged, or the line is named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.config.catalogue import check_text
from tocsin.config.problems import Problem
from tocsin.domain.catalogue import Catalogue

FILE = """\
catch_all: ana
people:
  ana: {name: Ana, contacts: {mail: {kind: email, address: ana@example.com, verified: true}}}
  bo: {name: Bo, contacts: {mail: {kind: email, address: bo@example.com}}}
teams:
  core: {name: Core, pack: sre, policy: core, members: [ana], leadership: [LEADER], oncall_manager: "schedule:managers"}
schedules:
  managers: {zone: UTC, people: [ana], starts: 2026-01-05T09:00}
services:
  shop: {name: Shop, team: core, owner: OWNER}
channels:
  log: {kind: webhook, audiences: [responders], options: {url: "https://hooks.example.com/x"}}
policies:
  core:
    again_after: 20m
    again_times: 2
    ack_timeout: 30m
    steps:
      - STEP
"""
ALL = (
    '{targets: [service_owner, oncall_manager, leadership, "team:core"], inform: ["channel:log", "person:bo"], '
    "round_robin: true, max_rank: 2}"
)


def read(step: str = ALL, *, owner: str = "ana", leader: str = "ana") -> tuple[Catalogue | None, list[Problem]]:
    text = FILE.replace("STEP", step).replace("OWNER", owner).replace("LEADER", leader)
    return check_text(text, "tocsin.yaml", Path())


def test_a_policy_in_full() -> None:
    catalogue, problems = read()
    assert problems == []
    assert catalogue is not None
    (policy,) = catalogue.policies
    assert (policy.again_after, policy.again_times, policy.ack_timeout) == (
        timedelta(minutes=20),
        2,
        timedelta(minutes=30),
    )
    (step,) = policy.steps
    assert step.targets == ("service_owner", "oncall_manager", "leadership", "team:core")
    assert step.inform == ("channel:log", "person:bo")
    assert (step.round_robin, step.max_rank) == (True, 2)


@pytest.mark.parametrize(
    ("step", "field", "message"),
    [
        ("{wait: 5m}", "policies.core.steps[0]", "names nobody"),
        ('{targets: ["channel:log"]}', "policies.core.steps[0].targets[0]", "cannot answer"),
        ('{targets: ["owner"]}', "policies.core.steps[0].targets[0]", "is no target"),
        ('{inform: ["channel:lag"]}', "policies.core.steps[0].inform[0]", "is no channel"),
        ('{inform: ["hook"]}', "policies.core.steps[0].inform[0]", "is no target"),
        ('{targets: ["person:ana"], max_rank: 0}', "policies.core.steps[0].max_rank", "is no rank"),
        ('{targets: ["person:ana"], wait: 0m}', "policies.core.steps[0].wait", "waits for nobody"),
    ],
)
def test_a_step_that_cannot_be_is_refused_on_its_line(step: str, field: str, message: str) -> None:
    catalogue, problems = read(step)
    assert catalogue is None
    found = {p.field: p for p in problems}
    assert message in found[field].message
    assert found[field].line == 19
    assert found[field].mend


@pytest.mark.parametrize(
    ("step", "reachable"),
    [
        ("{targets: [service_owner]}", {"owner": "ana"}),
        ("{targets: [leadership]}", {"leader": "ana"}),
        ("{targets: [oncall_manager]}", {}),
        ('{targets: ["person:bo", "person:ana"]}', {}),
    ],
)
def test_a_role_counts_by_who_holds_it(step: str, reachable: dict[str, str]) -> None:
    assert read(step, **{"owner": "bo", "leader": "bo", **reachable})[1] == []


@pytest.mark.parametrize(
    "step", ["{targets: [service_owner, leadership]}", '{targets: ["person:bo"]}', '{inform: ["person:ana"]}']
)
def test_a_policy_that_pages_nobody_is_refused_with_its_line(step: str) -> None:
    _, problems = read(step, owner="bo", leader="bo")
    assert [(p.field, p.line) for p in problems] == [("policies.core", 14)]
    assert "core can reach nobody" in problems[0].message


@pytest.mark.parametrize(
    ("line", "field"),
    [("again_after: 0m", "again_after"), ("again_times: -1", "again_times"), ("ack_timeout: 0m", "ack_timeout")],
)
def test_figures_that_cannot_be_are_refused(line: str, field: str) -> None:
    old = next(one for one in FILE.splitlines() if one.strip().startswith(field))
    text = FILE.replace(old, f"    {line}").replace("STEP", ALL).replace("OWNER", "ana").replace("LEADER", "ana")
    _, problems = check_text(text, "tocsin.yaml", Path())
    assert [p.field for p in problems] == [f"policies.core.{field}"]


def test_a_manager_who_is_nobody_is_refused() -> None:
    text = FILE.replace("schedule:managers", "schedule:bosses").replace("STEP", ALL)
    _, problems = check_text(text.replace("OWNER", "ana").replace("LEADER", "ana"), "tocsin.yaml", Path())
    assert "teams.core.oncall_manager" in [p.field for p in problems]
