"""Everything at once on PostgreSQL with two workers, for a short while; the long run is `python -m bench.chaos`."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.chaos import run
from bench.kills import Wanted

# A limit for what never ends: real processes on a busy machine take as long as they take.
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kills"), pytest.mark.timeout(600)]


def test_kills_and_a_stopped_database_lose_no_page_and_a_killed_workers_page_is_taken_over(tmp_path: Path) -> None:
    wanted = Wanted(kills=1, directory=tmp_path, database="postgres", seed=3, say=print, between_s=(0.5, 1.5))

    figures = run(wanted, kinds=("kill", "restart"))

    assert (figures.lost, figures.unneeded_pages, figures.repeats_unmarked) == (0, 0, 0), figures
    assert figures.incidents_declared == figures.incidents_found > 0
    assert set(figures.disturbances) > {"restart"}
    assert figures.taken_over_marked
