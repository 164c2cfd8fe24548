"""`kill -9` of either process at random points loses no page and no timer."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.crash import run
from bench.kills import Wanted

# A limit for what never ends: real processes on a busy machine take as long as they take.
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kills"), pytest.mark.timeout(600)]
SEED = 11


def test_five_kills_lose_no_page_and_no_timer(tmp_path: Path) -> None:
    figures = run(Wanted(kills=5, directory=tmp_path, seed=SEED, say=print, between_s=(2.5, 4.5)))

    assert figures.good, figures
    assert figures.kills == {"serve": 3, "work": 2}
    assert figures.incidents_declared >= 5
    assert figures.late_max_s < 25
