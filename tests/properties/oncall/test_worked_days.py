"""Daily turns that count only worked days: a weekend off is nobody's turn, over generated values."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from tests.domain.oncall.test_worked_days import DAY, LAYER, MONDAY, OFFICE
from tests.domain.tape import Tape, tapes

from tocsin.domain.oncall.rotation import begins, turn_by
from tocsin.domain.schedules import WEEK


@settings(max_examples=60, deadline=None)
@given(tapes(20))
def test_turns_and_their_beginnings_agree(tape: Tape) -> None:
    days = tuple(day for day in WEEK if tape.pick((True, False))) or ("wed",)
    layer = replace(
        LAYER,
        starts=MONDAY + tape.pick(range(9)) * DAY + tape.pick((0, 9, 23)) * timedelta(hours=1),
        length=tape.pick((1, 2, 5)),
        hours=(replace(OFFICE, days=days),),
    )
    number = tape.pick(range(-20, 200))
    start, end = begins(layer, number), begins(layer, number + 1)
    assert start < end
    assert turn_by(layer, start) == number
    assert turn_by(layer, end - timedelta(minutes=1)) == number
    assert WEEK[start.weekday()] in days
