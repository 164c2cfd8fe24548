"""Containers' states are read through the engine's documented API, by a server of the tests' own that keeps to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.support.http import Received, Reply, closed_port, http_sink
from tests.support.unix import unix_sink

from tocsin.adapters.probes.docker import Docker, validate_options
from tocsin.domain.diagnosis.checks.catalogue import run_checks
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import WorkloadFacts, bundle_of
from tocsin.domain.diagnosis.look import Look
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.net.http import Http

NOW = datetime(2026, 3, 15, 14, 0, tzinfo=UTC)
LIMIT_S = 20.0
Container = dict[str, object]


def collect(**options: object) -> WorkloadFacts:
    return Docker(lambda: NOW, Http()).collect(
        Target(name="shop box", kind="docker", service="shop", options=options), LIMIT_S
    )


def container(name: str, *, status: str = "running", restarts: int = 0, **state: object) -> Container:
    """Return what `GET /containers/{id}/json` tells of a container, the fields that matter here among some that do not."""
    ended = {"FinishedAt": "0001-01-01T00:00:00Z", "ExitCode": 0, "OOMKilled": False, "Error": "", "Dead": False}
    return {
        "Id": name * 4,
        "Name": f"/{name}",
        "Image": "sha256:0123456789abcdef0123456789abcdef",
        "RestartCount": restarts,
        "State": {"Status": status, "Running": status in {"running", "restarting"}, **ended, **state},
        "Config": {"Image": "shop:2.4.1", "Env": ["DB_PASSWORD=hunter-two"]},
        "HostConfig": {},
    }


def engine(*containers: Container) -> Callable[[Received], Reply]:
    """Answer the two questions as Docker's API 1.41 documents them."""

    def answer(received: Received) -> Reply:
        path = urlsplit(received.path).path
        if path == "/containers/json":
            found = [{"Id": one["Id"], "Names": [one["Name"]], "State": "x", "Labels": {}} for one in containers]
            return Reply(body=json.dumps(found).encode())
        if path == "/events":
            return Reply()
        one = next((one for one in containers if path == f"/containers/{one['Id']}/json"), None)
        if one is None:
            return Reply(status=404, body=b'{"message":"No such container"}')
        return Reply(body=json.dumps(one).encode())

    return answer


def verdicts(facts: WorkloadFacts) -> Mapping[str, str]:
    bundle = bundle_of([facts], started_at=NOW, ended_at=NOW)
    return {one.check_id: one.verdict for one in run_checks(Look(bundle=bundle)) if one.bad}


def test_containers_are_told_with_what_they_run_and_how_they_are(tmp_path: Path) -> None:
    healthy = container("shop-1", Health={"Status": "healthy", "FailingStreak": 0, "Log": []})
    with unix_sink(tmp_path / "docker.sock", engine(healthy, container("worker-1"))) as asked:
        facts = collect(socket=str(tmp_path / "docker.sock"))

    assert [(one.name, one.status, one.ready) for one in facts.containers] == [
        ("shop-1", "running", True),
        ("worker-1", "running", None),
    ]
    assert facts.containers[0].image == "shop:2.4.1 sha256:0123456789ab"
    assert (facts.error, facts.blind, verdicts(facts)) == (None, (), {})
    assert {one.method for one in asked} == {"GET"}
    assert "hunter-two" not in str(facts)


def test_only_what_the_engine_calls_killed_for_memory_was() -> None:
    ended = (NOW - timedelta(minutes=1)).isoformat()
    killed = container("shop-1", status="exited", OOMKilled=True, ExitCode=137, FinishedAt=ended)
    stopped = container("shop-2", status="exited", ExitCode=137, FinishedAt=ended)
    with http_sink(engine(killed)) as sink:
        assert verdicts(collect(url=sink.url))["workload.killed_for_memory"] == "critical"
    with http_sink(engine(stopped)) as sink:
        said = verdicts(collect(url=sink.url))

    assert "workload.killed_for_memory" not in said
    assert said["workload.ended"] == "critical"


def test_an_unhealthy_container_says_what_its_check_said() -> None:
    log = [{"Output": "ok", "ExitCode": 0}, {"Output": "no route to redis password=hunter-two\n", "ExitCode": 1}]
    ill = container("shop-1", Health={"Status": "unhealthy", "FailingStreak": 4, "Log": log})
    with http_sink(engine(ill)) as sink:
        facts = collect(url=sink.url)

    assert "4 times in a row: no route to redis" in facts.containers[0].message
    assert "hunter-two" not in str(facts)
    assert verdicts(facts)["workload.not_ready"] == "warn"


def test_a_container_that_restarts_confirms_what_is_down() -> None:
    with http_sink(engine(container("shop-1", status="restarting", restarts=9, ExitCode=1))) as sink:
        facts = collect(url=sink.url)

    top = diagnose(bundle_of([facts], started_at=NOW, ended_at=NOW)).top
    assert top is not None
    assert top.key == "application_down"


def test_jobs_that_ended_well_or_long_ago_are_no_trouble() -> None:
    done = container("migrate", status="exited", FinishedAt=(NOW - timedelta(minutes=5)).isoformat())
    old = container("old", status="exited", ExitCode=1, FinishedAt=(NOW - timedelta(days=9)).isoformat())
    with http_sink(engine(container("shop-1"), done, old)) as sink:
        facts = collect(url=sink.url)
        named = collect(url=sink.url, containers=["old"])

    assert [one.name for one in facts.containers] == ["migrate", "shop-1"]
    assert verdicts(facts) == {}
    assert [one.name for one in named.containers] == ["old"]


def test_what_is_wanted_is_asked_for_and_what_is_left_out_is_said() -> None:
    with http_sink(engine(*(container(f"shop-{n}") for n in range(4)))) as sink:
        facts = collect(
            url=sink.url, max_containers=2, label="app=shop", containers=["shop-0", "shop-1", "shop-3", "x"]
        )

    assert parse_qs(urlsplit(sink.received[0].path).query)["filters"] == ['{"label": ["app=shop"]}']
    assert [one.name for one in facts.containers] == ["shop-0", "shop-1"]
    assert [spot.what for spot in facts.blind] == ["container x", "containers"]


def test_an_engine_that_refuses_is_a_blind_spot_and_never_silence(tmp_path: Path) -> None:
    gone = collect(socket=str(tmp_path / "none.sock"))
    closed = collect(url=f"http://127.0.0.1:{closed_port()}")
    with http_sink(lambda _: Reply(status=403, body=b'{"message":"denied"}')) as sink:
        denied = collect(url=sink.url)
    with http_sink(lambda _: Reply(body=b"<html>")) as sink:
        odd = collect(url=sink.url)

    assert [one.error for one in (gone, closed, denied, odd)] == ["refused", "refused", "denied", "other"]
    spots = diagnose(bundle_of([gone], started_at=NOW, ended_at=NOW)).blind_spots
    assert [str(one) for one in spots if one.target == "shop box"]


def test_an_answer_beyond_the_budget_is_refused(tmp_path: Path) -> None:
    many = engine(*(container(f"shop-{n}") for n in range(60)))
    with unix_sink(tmp_path / "docker.sock", many), http_sink(many) as sink:
        by_socket = collect(socket=str(tmp_path / "docker.sock"), max_bytes=1024)
        by_url = collect(url=sink.url, max_bytes=1024)

    assert [(one.error, "max_bytes" in one.error_text) for one in (by_socket, by_url)] == [("other", True)] * 2


@pytest.mark.parametrize(
    ("options", "field"),
    [({"url": "ftp://box"}, "url"), ({"socket": ""}, "socket"), ({"max_containers": 0}, "max_containers")],
)
def test_options_that_cannot_be_are_named(options: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        validate_options(options)

    assert caught.value.field == field
