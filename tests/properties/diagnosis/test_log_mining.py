"""Which lines are of one kind, in the formats that programs write, over generated values."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.diagnosis.log_lines import START

from tocsin.domain.diagnosis.logs.miner import Miner


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=25))
def test_any_text_is_read_and_no_line_is_lost_or_counted_twice(lines: list[str]) -> None:
    miner = Miner(START)
    folded = 0
    for line in lines:
        miner.feed((line,))
        folded += miner.form is None
    found = miner.finish()

    assert miner.lines == len(lines)
    assert sum(one.count for one in found if one.source.kind == "message") == len(lines) - folded
