"""From a plan to the all-clear over HTTP: the operator's own command really runs, once, and a real monitor sees that it helped."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.api import TOCSIN_YAML, Office, ago, problem_of
from tests.support.http import HTTPSink, Received, Reply, http_sink

from tocsin.config.catalogue import check_text
from tocsin.wiring.duties import duties

SOON_S = 60.0
BAD, GOOD = "v2.4.1", "v2.4.0"
PACK = """\
key: quick
title: Platform rules with a watch that a test can wait for
source: this test
extends: platform
verification: {watch: 1s, good_samples: 2, gates: {errors: null, latency: null}}
"""
# What a team would call: it notes the version it was told to deploy, and that it ran.
DEPLOY = """\
import json, os, sys
with open("history.jsonl", "a") as history:
    history.write(json.dumps({"version": sys.argv[1], "service": "orders", "by": "deploy"}) + "\\n")
with open("runs", "a") as runs:
    runs.write(os.environ["TOCSIN_RUN_KEY"] + "\\n")
print("deployed", sys.argv[1])
"""


@dataclass(frozen=True)
class Shop:
    """A service whose newest version is not ready, the command that deploys another, and Tocsin over both."""

    office: Office
    home: Path
    sink: HTTPSink

    def history(self) -> list[str]:
        return [json.loads(line)["version"] for line in (self.home / "history.jsonl").read_text().splitlines()]

    def runs(self) -> int:
        runs = self.home / "runs"
        return len(runs.read_text().splitlines()) if runs.exists() else 0

    def answer(self, _: Received) -> Reply:
        return Reply(status=503 if self.history()[-1] == BAD else 200)

    def plans(self, *verb: str, by: str = "ben", **body: Any) -> Any:
        path = "/".join(("/v1/incidents/INC-1/plans", *verb))
        return self.office.person(by).send("POST", path, json=body)

    def work(self, done: Callable[[Any], bool]) -> Any:
        """Do what a worker does until the incident is as awaited, and return it."""
        duty, store = duties(self.office.app), self.office.app.engine.store
        end = time.monotonic() + SOON_S
        while not done(seen := self.office.cleo.see("INC-1")):
            assert time.monotonic() < end, (seen["status"], seen["plans"], seen["verification"])
            for job in store.claim_jobs("test", limit=50, lease_s=60, kinds=("run_plan",)):
                duty.jobs[job.kind](job)
            for timer in store.claim_timers("test", limit=50, lease_s=60):
                duty.timer(timer)
            store.wait(0.05)
        return seen


@pytest.fixture
def shop(office: Office, tmp_path: Path) -> Iterator[Shop]:
    (tmp_path / "deploy.py").write_text(DEPLOY)
    (tmp_path / "quick.yaml").write_text(PACK)
    lines = [{"version": version, "service": "orders", "at": ago(90)} for version in (GOOD, BAD)]
    (tmp_path / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with http_sink() as sink:
        made = Shop(office, tmp_path, sink)
        sink.answer = made.answer
        office.ana.post("/v1/config", {"catalogue": configured(tmp_path, sink.url)})
        yield made


def configured(home: Path, url: str) -> dict[str, Any]:
    """Return the tests' configuration with an action and a monitor for the orders API."""
    options = {
        "service": "orders",
        "argv": [sys.executable, "deploy.py", "{to_version}"],
        "history": str(home / "history.jsonl"),
        "cwd": str(home),
    }
    action = {"rollback": {"kind": "service.rollback", "risk": "low", "options": options}}
    monitor = {"service": "orders", "kind": "http", "every": "1s", "options": {"ready": f"{url}/ready"}}
    text = TOCSIN_YAML.replace(
        "endpoints: [/orders]}", f"endpoints: [/orders], actions: {json.dumps(action)}}}"
    ).replace("core: {name: Core, pack: platform", "core: {name: Core, pack: quick")
    text += f"packs: [quick.yaml]\nmonitors: {json.dumps({'orders-ready': monitor})}\n"
    catalogue, problems = check_text(text, "tocsin.yaml", home)
    assert catalogue is not None, problems
    as_json: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(catalogue))
    return as_json


def test_a_plan_is_approved_by_its_hash_run_once_and_verified(shop: Shop) -> None:
    office = shop.office
    office.ana.declare(severity="SEV2")
    office.ben.act("INC-1", "acknowledge")

    planned = shop.plans(actions=[{"action": "orders/rollback"}]).json()["plans"][-1]
    assert (planned["state"], planned["approvals"]) == ("proposed", [])
    assert any(f"from {BAD} to {GOOD}" in step for step in planned["steps"])
    assert shop.history() == [GOOD, BAD]

    digest = planned["hash"]
    problem_of(shop.plans(digest, "run", hash=digest), 409)
    problem_of(shop.plans(planned["plan"], "approve", by="dan", hash="0" * 12), 409)
    approved = shop.plans(planned["plan"], "approve", by="dan", hash=digest).json()["plans"][-1]
    assert (approved["state"], approved["approvals"]) == ("approved", ["dan"])

    started = shop.plans(planned["plan"], "run", hash=digest)
    assert (started.status_code, started.json()["plans"][-1]["state"]) == (202, "running")
    shop.plans(planned["plan"], "run", hash=digest)

    ran = shop.work(lambda seen: seen["plans"][-1]["state"] != "running")["plans"][-1]
    assert ran["state"] == "done"
    assert f"deployed {GOOD}" in ran["output"]
    assert (shop.history(), shop.runs()) == ([GOOD, BAD, GOOD], 1)

    verified = shop.work(lambda seen: seen["verification"]["passed"])
    assert [(gate["gate"], gate["verdict"]) for gate in verified["verification"]["gates"]] == [("ready", "pass")]
    over = office.ben.act("INC-1", "resolve", {"resolution": f"rolled back to {GOOD}"})
    assert over["phase"] == "post_incident"

    told = " ".join(line["text"] for line in office.cleo.timeline("INC-1"))
    assert all(part in told for part in ("Planned: Roll orders back", "Dan approved", "Started: Roll orders back"))


def test_a_plan_whose_world_changed_runs_nothing(shop: Shop) -> None:
    shop.office.ana.declare(severity="SEV2")
    planned = shop.plans(actions=[{"action": "orders/rollback"}]).json()["plans"][-1]
    shop.plans(planned["plan"], "approve", by="dan", hash=planned["hash"])
    with (shop.home / "history.jsonl").open("a") as history:
        history.write(json.dumps({"version": "v2.4.2", "service": "orders"}) + "\n")
    shop.plans(planned["plan"], "run", hash=planned["hash"])

    ended = shop.work(lambda seen: seen["plans"][-1]["state"] != "running")["plans"][-1]
    assert ended["state"] == "stale"
    assert shop.runs() == 0
