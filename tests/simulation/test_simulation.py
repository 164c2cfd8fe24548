"""Weeks of incidents and faults from a seed keep every promise; a seed is the same run wherever it is played."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from bench.simulation.run import run

from tocsin.drill.servers.process import clean_environment
from tocsin.store.memory.outbox import OutboxRows

SEEDS = 200
CHUNK = 25
ROOT = Path(__file__).resolve().parents[2]
DIGESTS = "from bench.simulation.run import run; print(*(run(seed).digest for seed in range(300, 306)))"


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_weeks_of_incidents_and_faults_keep_every_promise(first: int) -> None:
    for seed in range(first, first + CHUNK):
        assert run(seed).wrong == (), f"play it again: python -m bench.simulation --seed {seed}"


def test_a_seed_is_the_same_run_in_another_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DIGESTS],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**clean_environment(), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", "PYTHONHASHSEED": "4711"},
        text=True,
        timeout=120,
    )

    assert done.stdout.split() == [run(seed).digest for seed in range(300, 306)]


def test_a_store_that_forgets_clocks_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgets(self: OutboxRows, stream: str, name: str, generation: int, due: datetime) -> None:
        if name != "escalate":
            keeps(self, stream, name, generation, due)

    keeps = OutboxRows.set_timer
    monkeypatch.setattr(OutboxRows, "set_timer", forgets)

    assert any("its clocks are" in complaint for seed in range(5) for complaint in run(seed).wrong)


def test_a_page_for_what_somebody_has_already_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tocsin.flows.needless.is_wanted", lambda *_: True)

    assert any(" has INC-" in complaint for seed in range(SEEDS) for complaint in run(seed).wrong)


def test_a_repeat_that_does_not_say_so_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tocsin.flows.deliver.UnansweredError", LookupError)

    assert any("does not say so" in complaint for seed in range(SEEDS) for complaint in run(seed).wrong)
