"""The main job, end to end, on real servers: a leak is noticed, people are paged, the cause is named, undone and written up."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bench.instance import ROOT, Instance

from tocsin.config.catalogue import EXAMPLE
from tocsin.config.packs import read_pack
from tocsin.drill.run import Outcome, Play, run

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]
SPEED = 60.0
LIMIT_S = 120.0


def play(directory: Path) -> Play:
    return Play(scenario="connection-exhaustion", directory=directory, speed=SPEED, auto=True, say=print)


def right(outcome: Outcome) -> None:
    assert (outcome.phase, outcome.status) == ("post_incident", "resolved")
    assert "v2.4.1" in outcome.root_cause
    assert "/api/v1/reports/export" in outcome.root_cause
    assert outcome.lost_pages == 0
    assert outcome.pages_received >= outcome.pages_expected >= 1
    assert outcome.fault_to_resolved_s is not None
    assert outcome.fault_to_resolved_s <= LIMIT_S
    for name in ("detect", "acknowledge", "mitigate", "resolve"):
        seconds = outcome.durations[name]
        assert isinstance(seconds, float), name
        assert 0 <= seconds <= LIMIT_S


def every_section_is_there(document: str) -> None:
    pack, problems = read_pack("platform")
    assert pack is not None, problems
    headings = re.findall(r"^#+ (.+)$", document, re.MULTILINE)
    missing = [s.title for s in pack.sections if s.title not in headings]
    assert missing == []


def test_the_drill_in_an_instance_of_its_own_ends_resolved_with_its_cause_and_post_mortem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))

    outcome = run(play(tmp_path / "drill"))

    right(outcome)
    every_section_is_there(Path(outcome.postmortem).read_text(encoding="utf-8"))


def test_the_drill_on_postgresql_survives_a_kill_of_each_process(
    tmp_path: Path, fresh_database: Callable[..., str]
) -> None:
    database = fresh_database()
    with Instance(tmp_path / "tocsin", EXAMPLE, admin="ada-lovelace", drills=True, database=database) as instance:
        kills = Kills(instance)
        outcome = run(replace(play(tmp_path / "drill"), context=instance.context, say=kills.on))
        kills.wait()

    right(outcome)
    assert kills.done == ["work", "serve"]


class Kills:
    """Kills `work` as the incident opens and `serve` as somebody acknowledged, from beside the player."""

    MOMENTS = (("opened:", "work"), ("acknowledged", "serve"))

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._threads: list[threading.Thread] = []
        self._said: list[str] = []
        self.done: list[str] = []

    def on(self, said: str) -> None:
        self._said.append(said)
        for words, role in self.MOMENTS:
            if words in said and role not in self.done:
                self.done.append(role)
                thread = threading.Thread(target=self._instance.kill, args=(role,))
                thread.start()
                self._threads.append(thread)

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()
