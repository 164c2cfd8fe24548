"""Hand-offs of rotations as recorded elsewhere, worked out there by brute force."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tocsin.domain.catalogue import Schedule
from tocsin.domain.oncall.schedule import on_call

CROWD = tuple(f"p{n}" for n in range(5000))


def cases(shared: Path) -> list[dict[str, object]]:
    found = json.loads((shared / "vectors" / "goalert_rotation_handoffs.json").read_text())["cases"]
    return [c for c in found if c["type"] != "monthly"]


@pytest.mark.shared
def test_hand_offs_are_those_of_goalerts_brute_force_vectors(shared_dir: Path) -> None:
    """Their rotations also run backwards from the start; ours begin there."""
    known = cases(shared_dir)
    assert len(known) == 14
    for case in known:
        starts = datetime.fromisoformat(str(case["start"]))
        schedule = Schedule(
            key="x",
            zone=str(case["tz"]),
            people=CROWD,
            starts=starts,
            turn=case["type"],
            length=case["shift_length"],  # type: ignore[arg-type]  # as recorded
        )
        expected = [datetime.strptime(h, "%Y-%m-%d %H:%M:%S %z") for h in case["expected_handoffs"]]  # type: ignore[attr-defined]  # a list of strings
        begun = [h for h in expected if h.replace(tzinfo=None) > starts]
        for one, following in pairwise(begun):
            span = following - one
            inside = {on_call(schedule, one + span * part / 60) for part in range(60)}
            assert len(inside) == 1, (case, one)
            assert on_call(schedule, following) not in inside
            assert on_call(schedule, one - timedelta(seconds=1)) not in inside
