"""The probes against answers of a real Docker engine, and the tests' own server against the same."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

from tests.adapters.probes.docker_engine import AT, RECORDED, recorded
from tests.adapters.probes.test_docker import container
from tests.support.unix import unix_sink

from tocsin.adapters.probes.docker import Docker
from tocsin.adapters.probes.logs import Logs
from tocsin.domain.diagnosis.checks.catalogue import run_checks
from tocsin.domain.diagnosis.facts import LogFacts, WorkloadFacts, bundle_of
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.targets import Target
from tocsin.net.http import Http

_NUMBERS = itertools.count()


def collect(tmp_path: Path, **options: object) -> WorkloadFacts:
    socket = tmp_path / f"docker-{next(_NUMBERS)}.sock"
    with unix_sink(socket, recorded()):
        target = Target(name="box", kind="docker", options={"socket": str(socket), **options})
        return Docker(lambda: AT, Http()).collect(target, 20.0)


def test_every_state_a_real_engine_tells_is_read(tmp_path: Path) -> None:
    facts = collect(tmp_path)
    states = {one.name: (one.status, one.reason, one.exit_code, one.ready) for one in facts.containers}

    assert (facts.error, facts.blind) == (None, ())
    assert states == {
        "web": ("unhealthy", "", None, False),
        "job": ("exited", "", 3, False),
        "batch": ("completed", "", 0, None),
        "loop": ("restarting", "", 1, False),
        "eater": ("exited", "OOMKilled", 137, False),
        "typo": ("created", "StartError", 127, False),
    }
    assert {one.image.partition(" ")[0] for one in facts.containers} == {"shop:2.4.1"}
    assert "hunter-two" not in str(facts)


def test_what_the_engine_reported_is_counted_once_each(tmp_path: Path) -> None:
    events = {(one.about, one.reason): one.message for one in collect(tmp_path).events}

    assert events["job", "die"] == "exit code 3"
    assert events["eater", "oom"].startswith("killed for memory")
    assert events["loop", "die"].startswith("exit code 1, ")
    assert events["web", "unhealthy"]
    assert ("batch", "die") not in events
    assert collect(tmp_path, events_s=0).events == ()


def test_only_events_of_the_containers_that_are_looked_at_are_told(tmp_path: Path) -> None:
    assert {one.about for one in collect(tmp_path, containers=["web", "job"]).events} == {"web", "job"}


def test_a_real_engines_containers_are_judged(tmp_path: Path) -> None:
    bundle = bundle_of([collect(tmp_path)], started_at=AT, ended_at=AT)
    said = {one.check_id: one for one in run_checks(Look(bundle=bundle)) if one.bad}

    assert said["workload.killed_for_memory"].observed.startswith("eater")
    assert said["workload.crash_loop"].observed.startswith("loop")
    assert said["workload.not_ready"].observed.startswith("web: unhealthy")
    assert any("no such file or directory" in text for text in said["workload.settings"].evidence)


def test_a_real_engines_frames_of_logs_are_read(tmp_path: Path) -> None:
    socket = tmp_path / "docker.sock"
    options = {"source": "docker", "containers": ["job", "gone"], "socket": str(socket)}
    with unix_sink(socket, recorded()):
        facts = Logs(lambda: AT, Http()).collect(Target(name="logs", kind="logs", options=options), 20.0)

    assert isinstance(facts, LogFacts)
    assert [one.text for one in facts.templates] == ["cannot read settings"]
    assert [spot.what for spot in facts.blind] == ["container gone"]


def test_the_tests_own_engine_says_nothing_that_a_real_one_would_not() -> None:
    """Each field it gives has the name and type that the real one gives it."""
    real = [found["json"] for path, found in RECORDED.items() if path.endswith("/json") and "Id" in found["json"]]
    ours = container("shop-1", Health={"Status": "healthy", "FailingStreak": 0, "Log": [{"Output": "", "ExitCode": 0}]})

    assert sorted(_unknown(ours, real)) == []
    assert json.dumps(RECORDED["/containers/gone/json"]["json"]) == '{"message": "No such container: gone"}'


def _unknown(ours: Any, real: list[Any], path: str = "") -> list[str]:  # Any: JSON
    if isinstance(ours, dict):
        known = [one for one in real if isinstance(one, dict)]
        missing = [f"{path}.{key}" for key in ours if not any(key in one for one in known)]
        deeper = [
            text
            for key, value in ours.items()
            for text in _unknown(value, [one[key] for one in known if key in one], f"{path}.{key}")
        ]
        return missing + deeper
    if isinstance(ours, list):
        inside = [item for one in real if isinstance(one, list) for item in one]
        return [text for item in ours for text in _unknown(item, inside, f"{path}[]")]
    return [] if any(type(ours) is type(one) for one in real) or not real else [f"{path}: {type(ours).__name__}"]
