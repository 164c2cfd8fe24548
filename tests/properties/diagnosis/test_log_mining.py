"""Which lines are of one kind, in the formats that programs write, over generated values."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.diagnosis.log_lines import START, stamped

from tocsin.domain.diagnosis.logs.clock import Clock
from tocsin.domain.diagnosis.logs.heads import Head, Heads
from tocsin.domain.diagnosis.logs.miner import Miner
from tocsin.domain.diagnosis.logs.words import Words, masked_line

_HEADS = (
    "2026-03-15 14:03:04,123 ERROR [exec-1] com.acme.Orders - ", "2026-03-15T14:03:05.1+01:00  INFO 1 --- [main] c.a.App : ",
    "2026-03-15 14:03:07,555 - shop.orders - ERROR - ", "1773583387.125 WARNING [orders] ", "ERROR:shop.orders:",
    "Mar 15 14:03:00 web-1 sshd[12]: ", "2026-03-15 14:03:07,555 shop.orders ", "web-1  | 2026-03-15 14:03:11 WARN ", "",
)  # fmt: skip


_SAID = st.lists(
    st.sampled_from(("slow", "ERROR", "-", "12", "[a]", "'x y'", "a.b", "k=1", "INFO:")), min_size=1, max_size=7
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_HEADS), _SAID), min_size=2, max_size=12))
def test_a_line_that_begins_like_one_before_it_has_the_head_that_reading_it_gives(
    said: list[tuple[str, list[str]]],
) -> None:
    def head(heads: Heads, line: str) -> Head:
        return heads.of(line, masked_line(line, Words()))

    heads = Heads(Clock(START), Words())
    for begin, words in said:
        line = begin + " ".join(words)
        known, read = head(heads, line), head(Heads(Clock(START), Words()), line)

        assert (known.header.source, known.header.stamp, known.skipped, known.words) == (
            read.header.source, read.header.stamp, read.skipped, read.words
        )  # fmt: skip
        assert line[known.header.message :].split() == line[read.header.message :].split()


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


def test_a_log_that_never_repeats_itself_is_read_in_bounded_memory() -> None:
    lines = [
        stamped(n / 100, f"INFO {'abcdefghij'[n % 10] * (n % 97 + 1)} {'klmnopqrst'[n % 7] * (n % 89 + 1)} x")
        for n in range(4000)
    ]
    miner = Miner(START)
    miner.feed(lines)

    assert sum(one.count for one in miner.finish()) == 4000
