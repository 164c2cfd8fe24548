"""The files under deploy/ are whole, and name only what Tocsin has: its verbs, its settings, its endpoints."""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tocsin.doors.cli.program import COMMANDS, load
from tocsin.flows.mitigate import RUN_DEADLINE_S

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted(DEPLOY.glob("systemd/*.service"))
YAMLS = sorted(DEPLOY.rglob("*.yaml"))
REFERENCE = DEPLOY.parent / "docs/reference/settings.md"
KNOWN = {word for word in REFERENCE.read_text().replace("`", " ").split() if word.startswith("TOCSIN_")}


def documents(path: Path) -> list[Any]:
    return list(YAML(typ="safe").load_all(path.read_text()))


def unit(path: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment, method-assign]  # the way to keep the case of keys
    found.read_string(path.read_text())
    return found


def containers() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every container of Kubernetes, with the pod that it is in."""
    for document in documents(DEPLOY / "kubernetes/tocsin.yaml"):
        pod = document.get("spec", {}).get("template", {}).get("spec", {})
        for one in (*pod.get("initContainers", ()), *pod.get("containers", ())):
            yield one, pod


def require_verb(words: list[str]) -> None:
    """Fail unless the words begin with a verb of the command line."""
    assert words[0] in COMMANDS, words
    command: Any = load(words[0])
    for word in words[1:]:
        if not hasattr(command, "commands"):
            return
        assert word in command.commands, words
        command = command.commands[word]


@pytest.mark.parametrize("path", UNITS, ids=lambda p: p.name)
def test_a_unit_starts_a_verb_that_exists_and_lets_a_running_plan_finish(path: Path) -> None:
    service = unit(path)["Service"]

    words = service["ExecStart"].split()
    require_verb(words[1:])
    assert Path(words[0]).name == "tocsin"
    names = [line.partition("=")[2].partition("=")[0] for line in path.read_text().splitlines() if "=TOCSIN_" in line]
    assert set(names) <= KNOWN
    assert names
    if words[1] in {"work", "up"}:
        assert float(service["TimeoutStopSec"]) > RUN_DEADLINE_S


def test_there_is_a_unit_for_each_way_to_run() -> None:
    assert {unit(path)["Service"]["ExecStart"].split()[1] for path in UNITS} == {"up", "serve", "work"}


@pytest.mark.parametrize("path", YAMLS, ids=lambda p: p.name)
def test_every_document_can_be_read(path: Path) -> None:
    assert all(isinstance(document, dict) for document in documents(path))


def test_compose_starts_verbs_that_exist_with_settings_that_exist() -> None:
    (compose,) = documents(DEPLOY / "compose.yaml")
    ours = {name: one for name, one in compose["services"].items() if one["image"] == "tocsin"}

    assert {"migrate", "configure", "serve", "work"} == set(ours)
    for one in ours.values():
        require_verb(one["command"])
        assert set(one["environment"]) <= KNOWN
        assert set(one["secrets"]) <= set(compose["secrets"])
        assert set(one["depends_on"]) <= set(compose["services"])
    assert float(ours["work"]["stop_grace_period"].removesuffix("s")) > RUN_DEADLINE_S
    assert "/ready" in ours["serve"]["healthcheck"]["test"][-1]


def test_kubernetes_starts_verbs_that_exist_with_settings_that_exist() -> None:
    found = list(containers())

    assert [one["args"][0] for one, _ in found] == ["migrate", "config", "serve", "work"]
    for one, pod in found:
        require_verb(one["args"])
        assert {variable["name"] for variable in one["env"]} <= KNOWN
        assert {m["name"] for m in one["volumeMounts"]} <= {v["name"] for v in pod["volumes"]}
    grace = {one["name"]: pod.get("terminationGracePeriodSeconds", 30) for one, pod in found}
    assert grace["work"] > RUN_DEADLINE_S


def test_kubernetes_asks_what_tells_a_dead_process_from_a_database_that_is_away() -> None:
    serve = next(one for one, _ in containers() if one["name"] == "serve")

    assert (serve["livenessProbe"]["httpGet"]["path"], serve["readinessProbe"]["httpGet"]["path"]) == (
        "/health",
        "/ready",
    )


def test_kubernetes_selectors_meet_their_pods() -> None:
    every = documents(DEPLOY / "kubernetes/tocsin.yaml")
    labels = [d["spec"]["template"]["metadata"]["labels"] for d in every if "template" in d["spec"]]
    selectors = [
        d["spec"]["selector"].get("matchLabels", d["spec"]["selector"]) for d in every if "selector" in d["spec"]
    ]

    assert all(any(one.items() <= pod.items() for pod in labels) for one in selectors)
    assert {d["kind"] for d in every} == {"Job", "Deployment", "PodDisruptionBudget", "Service"}
