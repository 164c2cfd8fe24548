"""`kill -9` under a flood of alerts: every alert that was answered 2xx is there afterwards, with its last answered lease."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.kept import BETWEEN_S, run
from bench.kills import Wanted

# A limit for what never ends: real processes on a busy machine take as long as they take.
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kills"), pytest.mark.timeout(600)]


def test_five_kills_lose_no_alert_that_was_answered(tmp_path: Path) -> None:
    figures = run(Wanted(kills=5, directory=tmp_path, seed=11, say=print, between_s=BETWEEN_S))

    assert figures.good, figures
    assert figures.posts_answered > 50
    assert figures.posts_broken_off >= 5
