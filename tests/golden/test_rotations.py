"""The recorded hand-offs of a rotation that others got right, through every change of clocks in them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tocsin.domain.oncall.rotation import Rotation, handoff, turn_at
from tocsin.domain.oncall.schedule import on_call
from tocsin.domain.oncall.wall_clock import instant, zone
from tocsin.domain.schedules import Schedule

CROWD = tuple(f"p{n}" for n in range(500))


@pytest.mark.shared
def test_hand_offs_are_those_of_the_recorded_cases(shared_dir: Path) -> None:
    cases = json.loads((shared_dir / "vectors" / "goalert_rotation_handoffs.json").read_text())["cases"]

    assert len(cases) >= 16
    for case in cases:
        rotation = Rotation(
            zone=case["tz"],
            starts=datetime.fromisoformat(case["start"]),
            turn=case["type"],
            length=case["shift_length"],
        )
        schedule = Schedule(
            key="x",
            zone=rotation.zone,
            people=CROWD,
            starts=rotation.starts,
            turn=rotation.turn,
            length=rotation.length,
        )
        expected = {datetime.strptime(one, "%Y-%m-%d %H:%M:%S %z") for one in case["expected_handoffs"]}
        begin, end = (instant(datetime.fromisoformat(edge), zone(case["tz"])) for edge in case["window"])
        seen = set()
        for at in _looks(begin, end, expected):
            number = turn_at(rotation, at)
            assert handoff(rotation, number) <= at < handoff(rotation, number + 1)
            assert on_call(schedule, at) == ((CROWD[number % 500],) if number >= 0 else ())
            seen |= {handoff(rotation, number), handoff(rotation, number + 1)}
        assert seen == expected, case


def _looks(begin: datetime, end: datetime, handoffs: set[datetime]) -> list[datetime]:
    """Return every ten minutes of the window, and half a minute to either side of each hand-off in it."""
    step, near = timedelta(minutes=10), timedelta(seconds=30)
    steady = [begin + n * step for n in range((end - begin) // step + 1)]
    return [*steady, *(at for h in handoffs for at in (h - near, h, h + near) if begin <= at <= end)]
