"""Blameless wording is checked, and plain reports pass."""

from __future__ import annotations

import pytest

from tocsin.domain.learning.blame import PHRASES, blame_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It was the fault of the database team.", "fault of"),
        ("Bob should have tested this.", "should have"),
        ("They forgot to run the migration.", "They forgot"),
        ("A careless deploy.", "careless"),
        ("The cause was human error.", "human error"),
        ("Carol failed to follow the runbook.", "failed to follow"),
        ("Bob's fault", "Bob's fault"),
        ("He broke the build", "He broke"),
    ],
)
def test_phrases_that_point_at_people_are_found(text: str, words: str) -> None:
    found = blame_words(text)
    assert [b.words for b in found] == [words]
    assert found[0].suggestion


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The pool was exhausted because sessions leaked on the error path.",
        "We had no alert on pool saturation; the request failed to connect.",
        "The default configuration allows 100 connections. A fault in the disk was ruled out.",
        "Should we have an alert?",
    ],
)
def test_plain_reports_pass(text: str) -> None:
    assert blame_words(text) == []


def test_lines_are_counted_and_hits_come_in_reading_order() -> None:
    found = blame_words("Fine.\nIt was sloppy and they should have known better.\nlazy")
    assert [(b.line, b.words) for b in found] == [(2, "sloppy"), (2, "they should have"), (3, "lazy")]


def test_every_phrase_has_a_suggestion() -> None:
    assert all(phrase and hint for phrase, hint in PHRASES)
