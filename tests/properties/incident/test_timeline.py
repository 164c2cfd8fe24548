"""The timeline and the milestones are projections by the time things were true, over generated values."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.incident.logs import renumbered
from tests.domain.incident.test_timeline import SRE_465

from tocsin.domain.incident.timeline import entries, milestones


@given(st.permutations(range(1, len(SRE_465))))
def test_the_order_of_recording_changes_no_timeline_and_no_milestone(order: list[int]) -> None:
    shuffled = renumbered(SRE_465, [0, *order])

    lines = [(line.at, line.kind, line.text, line.who) for line in entries(shuffled)]

    assert lines == [(line.at, line.kind, line.text, line.who) for line in entries(SRE_465)]
    assert {n: s.at for n, s in milestones(shuffled).items()} == {n: s.at for n, s in milestones(SRE_465).items()}


@given(st.permutations(range(1, len(SRE_465))), st.integers(1, len(SRE_465) - 1))
def test_wrong_stamps_corrected_later_give_the_true_timeline(order: list[int], wrong: int) -> None:
    shuffled = renumbered(SRE_465, [0, *order])
    at = next(n for n, x in enumerate(shuffled) if x.id == f"e{wrong + 1}")
    right = shuffled[at]
    shuffled[at] = replace(right, occurred_at=right.occurred_at + timedelta(hours=9))
    fixed = replace(right, id="fix", seq=len(shuffled) + 1, supersedes=right.id)

    stamps = milestones([*shuffled, fixed])

    assert {n: s.at for n, s in stamps.items()} == {n: s.at for n, s in milestones(SRE_465).items()}
