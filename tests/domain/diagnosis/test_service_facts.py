"""What monitors measured becomes rows that can be compared, and the rows name the service whose own the excess is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from tests.domain.diagnosis.service_cases import ONSET, REQUESTS, SPAN, STEP, bundle_of, look, measured

from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import Bundle, ServiceRow
from tocsin.domain.diagnosis.findings import Finding
from tocsin.domain.diagnosis.service_facts import (
    QUIET_ROWS,
    ROWS_BEFORE,
    ROWS_SINCE,
    Samples,
    Span,
    rows_of,
)


def finding(samples: Mapping[str, Samples], affected: tuple[str, ...] = ("shop",)) -> Finding | None:
    bundle = bundle_of(samples, affected)
    assert Bundle.from_json(bundle.to_json()) == bundle
    found = [one for one in diagnose(bundle, ONSET).findings if one.check_id == "services.attribution"]
    return found[0] if found else None


def test_looks_of_the_same_row_are_added_up_by_their_requests() -> None:
    looks = (
        look(ONSET, requests=30, p95_ms=100.0, error_percent=0.0),
        look(ONSET + STEP / 2, requests=10, p95_ms=300.0, error_percent=40.0),
        look(ONSET + STEP / 3, ready=True),
        look(ONSET + STEP, requests=0, p95_ms=None, error_percent=None),
        look(SPAN.since - STEP, requests=5, p95_ms=1.0),
        look(SPAN.until, requests=5, p95_ms=1.0),
    )

    rows = rows_of(looks, SPAN)

    first = QUIET_ROWS + ROWS_BEFORE
    assert len(rows) == first + 4
    assert rows[first].requests == 40
    assert rows[first].latency_s == pytest.approx(0.15)
    assert rows[first].error_ratio == pytest.approx(0.1)
    assert rows[first + 1] == ServiceRow(requests=0.0)
    assert [row for n, row in enumerate(rows) if n not in {first, first + 1}] == [ServiceRow()] * (first + 2)


def test_rows_end_long_after_an_onset_that_is_long_ago() -> None:
    old = Span(onset=ONSET, now=ONSET + timedelta(days=2), step=STEP)
    coming = Span(onset=ONSET, now=ONSET - timedelta(hours=1), step=STEP)

    assert old.length == QUIET_ROWS + ROWS_BEFORE + ROWS_SINCE
    assert old.until == ONSET + ROWS_SINCE * STEP
    assert coming.until == ONSET


def test_a_dependency_whose_excess_explains_the_service_s_is_named() -> None:
    slow = {"payments": 200.0, "bank": 200.0, "shop": 40.0, "search": 0.0}

    found = finding({key: measured(key, slower_ms=more) for key, more in slow.items()})

    assert found is not None
    assert (found.verdict, found.target) == ("warn", "shop")
    assert "bank's own excess is" in found.observed
    assert found.evidence[0].startswith("bank (latency): ")
    assert [(one.hypothesis, one.kind) for one in found.supports] == [("dependency_outage", "supporting")]
    assert found.refutes == ()


def test_trouble_that_began_before_people_said_so_is_seen() -> None:
    samples = {"shop": measured("shop", failing_percent=5, since=ONSET - 3 * STEP)}
    samples["search"] = measured("search", failing_percent=7, since=ONSET - 3 * STEP)

    found = finding(samples)

    assert found is not None
    assert "search's own excess is" in found.observed


def test_a_service_that_nothing_it_depends_on_explains_answers_for_itself() -> None:
    found = finding({"shop": measured("shop", failing_percent=20), "search": measured("search")})

    assert found is not None
    assert found.verdict == "warn"
    assert "which nothing it depends on explains" in found.observed
    assert found.supports == ()
    assert [one.hypothesis for one in found.refutes] == ["dependency_outage"]


def test_a_service_as_in_quiet_times_is_well() -> None:
    found = finding({key: measured(key) for key in REQUESTS})

    assert found is not None
    assert found.verdict == "ok"
    assert (found.supports, found.refutes) == ((), ())


def test_without_a_quiet_period_nothing_is_claimed() -> None:
    young = {key: [one for one in measured(key, slower_ms=100) if one[0] >= ONSET] for key in REQUESTS}

    found = finding(young)

    assert found is not None
    assert found.verdict == "unknown"
    assert "nothing is known of shop's errors before the trouble" in found.observed


def test_a_service_that_nobody_measures_or_that_does_not_suffer_is_not_judged() -> None:
    assert finding({}) is None
    assert finding({"shop": measured("shop")}, affected=()) is None
    assert finding({"search": measured("search")}) is None
