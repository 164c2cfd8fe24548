"""Lengths name both their ends, and what is unknown is never zero."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.domain.incident.logs import DECLARED, correct, log
from tests.domain.incident.test_timeline import SRE_465

from tocsin.domain.incident import events as e
from tocsin.domain.incident.timeline import milestones
from tocsin.domain.learning.durations import Duration, between, durations, statistics


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("begins", "ends", "length"),
    [
        ("impact_started", "detected", 1),
        ("impact_started", "declared", 7),
        ("declared", "mitigated", 35),
        ("declared", "impact_ended", 59),
        ("impact_started", "impact_ended", 66),
        ("detected", "impact_ended", 65),
        ("impact_started", "resolved", 96),
    ],
)
def test_incident_465_of_the_sre_book_gives_the_book_s_lengths(begins: str, ends: str, length: int) -> None:
    assert between(milestones(SRE_465), begins, ends).value == minutes(length)


def test_the_four_lengths_have_the_ends_of_the_architecture() -> None:
    spans = durations(milestones(SRE_465))
    assert (spans.detect.value, spans.acknowledge.value) == (minutes(1), minutes(1))
    assert (spans.mitigate.value, spans.resolve.value) == (minutes(42), minutes(96))
    assert [(d.begins, d.ends) for d in spans.all()[:4]] == [
        ("impact_started", "detected"),
        ("notified", "acknowledged"),
        ("impact_started", "mitigated"),
        ("impact_started", "resolved"),
    ]


def test_a_missing_stamp_is_unknown_and_named() -> None:
    spans = durations(milestones(log(("14:00", DECLARED))))
    assert spans.resolve.value is None
    assert spans.resolve.missing == ("impact_started", "resolved")
    assert str(spans.resolve) == "unknown (impact started unknown to resolved unknown)"


def test_contradictory_stamps_give_no_length() -> None:
    known = log(
        ("14:00", DECLARED),
        ("14:01", e.Acknowledged(person="ana")),
        ("14:02", e.Delivered(key="i1/page/1/ana/mail", kind="page", to="ana", via="email")),
    )
    span = durations(milestones(known)).acknowledge
    assert (span.value, span.contradictory, span.missing) == (None, True, ())
    assert str(span).startswith("contradictory stamps (notified 14:02:00 UTC")


def test_a_correction_moves_the_length() -> None:
    known = log(("14:00", DECLARED), ("13:50", e.MilestoneReached(name="impact_started")))
    known = correct(known, 2, e.MilestoneReached(name="impact_started"), at="13:40", recorded="15:00")
    assert durations(milestones(known)).detect.value == minutes(20)


def spans_of(*lengths: float | None) -> list[Duration]:
    stamps = milestones(SRE_465)
    begin = stamps["impact_started"].at
    return [
        Duration(
            name="x",
            begins="a",
            ends="b",
            begin_at=begin,
            end_at=None if length is None else begin + timedelta(minutes=length),
        )
        for length in lengths
    ]


def test_statistics_give_n_median_p90_and_missing() -> None:
    found = statistics(spans_of(10, 20, 30, 40, 1000, None, None))
    assert (found.n, found.missing) == (5, 2)
    assert found.median == minutes(30)
    assert found.p90 == minutes(616)


def test_statistics_of_nothing_are_unknown() -> None:
    assert statistics(spans_of(None)) == statistics([]).__class__(n=0, median=None, p90=None, missing=1)


def test_one_length_is_its_own_median_and_p90() -> None:
    found = statistics(spans_of(7))
    assert found.median == found.p90 == minutes(7)


def test_a_contradictory_length_counts_as_missing() -> None:
    assert statistics(spans_of(-5, 10)).missing == 1
