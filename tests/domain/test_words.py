"""The one formatter for times, spans and numbers that people read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tocsin.domain import words

MOMENT = datetime(2026, 1, 20, 10, 30, 5, tzinfo=UTC)


def test_times_are_in_utc_and_say_so() -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=9)))
    for moment in (MOMENT, there):
        assert words.at(moment) == "2026-01-20 10:30 UTC"
        assert words.clock(moment) == "10:30:05 UTC"


def test_what_is_unknown_says_so_or_what_it_is_told_to() -> None:
    for say in (words.at, words.clock, words.span, words.share, words.count):
        assert say(None) == "unknown"
        assert say(None, unknown="-") == "-"
    assert words.bullets([]) == words.bullets([""]) == "unknown"


def test_a_brief_text_is_one_line_cut_after_a_word() -> None:
    assert words.brief("two\nlines") == "two lines"
    assert words.brief("the database refuses: no route", longest=12) == "the…"
    assert words.brief("x" * 20, longest=12) == "x" * 12 + "…"


def test_each_of_the_first_three_ranks_has_a_shape_of_its_own() -> None:
    assert [words.shape(rank) for rank in (1, 2, 3, 4, 5)] == ["▲", "◆", "■", "●", "●"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (35, "35 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (725, "12 min 5 s"),
        (3600, "1 h"),
        (3605, "1 h"),
        (4920, "1 h 22 min"),
        (86_400, "1 d"),
        (3 * 86_400 + 4 * 3600 + 59, "3 d 4 h"),
        (-90, "-1 min 30 s"),
        (-0.2, "0 s"),
    ],
)
def test_spans_give_their_two_largest_units(seconds: float, said: str) -> None:
    assert words.span(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("percent", "said"),
    [
        (0, "0 %"),
        (0.3002, "0.3 %"),
        (0.05, "0.05 %"),
        (0.0004, "less than 0.001 %"),
        (30, "30 %"),
        (33.333, "33.3 %"),
        (99.9, "99.9 %"),
        (99.97, "99.97 %"),
        (99.9999, "99.99 %"),
        (100, "100 %"),
        (1250, "1,250 %"),
        (-5, "-5 %"),
    ],
)
def test_a_share_never_rounds_to_all_or_nothing(percent: float, said: str) -> None:
    assert words.share(percent) == said


def test_numbers_have_their_thousands_apart() -> None:
    assert words.count(12450) == "12,450"
    assert words.count(0) == "0"


def test_lists_have_one_item_a_line() -> None:
    assert words.bullets(["a", "", "b"]) == "- a\n- b"
