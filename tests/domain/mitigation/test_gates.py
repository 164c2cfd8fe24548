"""Back to normal is judged from samples; what cannot be judged is not a pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.domain.mitigation.samples import NOON
from tests.domain.tape import MAYBE, choosing

from tocsin.domain.mitigation.gates import GateResult, Judging, Sample, judge, watch_state
from tocsin.domain.policy.pack import Gate, Verification

ERRORS = Gate(key="errors", text="Error rate as before", metric="error_percent")
ERRORS_BELOW_1 = Gate(key="errors", text="Error rate below 1 %", metric="error_percent", limit=1.0)
LATENCY = Gate(key="p95", text="p95 as before", metric="p95_ms")
READY = Gate(key="ready", text="/ready answers", metric="ready")
SIGNATURES = Gate(key="new", text="No new error signatures", metric="new_errors", limit=0)
USERS = Gate(key="users", text="Users stopped reporting", metric="complaints", automatic=False)
PACK = Verification(gates=(READY, ERRORS, LATENCY), watch=timedelta(minutes=15), good_samples=3)

NOW = NOON + timedelta(minutes=5)
GOOD = Sample(at=NOW, error_percent=0.2, p95_ms=50.0, ready=True, requests=200, new_errors=0)
BAD = replace(GOOD, error_percent=30.0, p95_ms=5000.0, ready=False, new_errors=2)
BASELINE = tuple(replace(GOOD, at=NOON - timedelta(minutes=60 - n), error_percent=0.2) for n in range(5))


def series(*samples: Sample) -> list[Sample]:
    """The samples 15 s apart, the last one now."""
    return [replace(s, at=NOW - timedelta(seconds=15 * (len(samples) - 1 - n))) for n, s in enumerate(samples)]


def look(
    *samples: Sample,
    gates: tuple[Gate, ...] = PACK.gates,
    baseline: tuple[Sample, ...] = BASELINE,
    judging: Judging | None = None,
) -> dict[str, GateResult]:
    results = judge(replace(PACK, gates=gates), baseline=baseline, recent=series(*samples), now=NOW, judging=judging)
    return {result.gate: result for result in results}


def verdicts(found: dict[str, GateResult]) -> set[str]:
    return {result.verdict for result in found.values()}


def test_three_good_samples_in_a_row_pass() -> None:
    assert verdicts(look(BAD, GOOD, GOOD, GOOD)) == {"pass"}


def test_three_bad_samples_in_a_row_fail() -> None:
    assert verdicts(look(GOOD, BAD, BAD, BAD)) == {"fail"}


@pytest.mark.parametrize("samples", [(GOOD, BAD, GOOD), (BAD, GOOD, GOOD), (GOOD, GOOD, BAD)])
def test_one_swallow_makes_no_summer(samples: tuple[Sample, ...]) -> None:
    found = look(*samples)

    assert verdicts(found) == {"inconclusive"}
    assert "of the last 3 samples are good" in found["errors"].why


def test_fewer_samples_than_needed_are_inconclusive() -> None:
    assert "2 of 3 fresh samples" in look(GOOD, GOOD)["ready"].why


def test_old_samples_say_nothing_about_now() -> None:
    old = [replace(GOOD, at=NOW - timedelta(minutes=10 - n)) for n in range(5)]
    results = judge(PACK, baseline=BASELINE, recent=old, now=NOW)

    assert {r.verdict for r in results} == {"inconclusive"}
    assert results[0].observed == "no fresh sample"


def test_too_little_traffic_is_inconclusive_where_traffic_is_needed() -> None:
    found = look(*(replace(GOOD, requests=2),) * 3)

    assert found["ready"].verdict == "pass"
    assert found["errors"].verdict == "inconclusive"
    assert "too little traffic: 2 requests" in found["errors"].why


def test_what_was_not_measured_is_inconclusive() -> None:
    found = look(*(replace(GOOD, ready=None),) * 3)

    assert found["ready"].verdict == "inconclusive"
    assert found["ready"].observed == "not measured"


def test_without_the_period_before_a_relative_gate_cannot_be_judged() -> None:
    found = look(GOOD, GOOD, GOOD, baseline=())

    assert found["ready"].verdict == "pass"
    assert found["errors"].verdict == "inconclusive"
    assert "no measurement of the period before" in found["errors"].why


def test_without_the_period_before_a_stated_limit_serves_and_says_so() -> None:
    found = look(GOOD, GOOD, GOOD, baseline=(), judging=Judging(fallback={"error_percent": 1.0, "p95_ms": 1000.0}))

    assert verdicts(found) == {"pass"}
    assert found["errors"].expected == "below 1 % (stated; the period before is unknown)"


def test_a_stated_limit_is_strict() -> None:
    at_limit = replace(GOOD, error_percent=1.0)

    assert look(at_limit, at_limit, at_limit, gates=(ERRORS_BELOW_1,))["errors"].verdict == "fail"
    assert look(GOOD, GOOD, GOOD, gates=(ERRORS_BELOW_1,))["errors"].verdict == "pass"


def test_new_errors_need_no_period_before() -> None:
    unlimited = replace(SIGNATURES, limit=None)

    assert look(GOOD, GOOD, GOOD, gates=(unlimited,), baseline=())["new"].verdict == "pass"
    assert look(BAD, BAD, BAD, gates=(unlimited,), baseline=())["new"].verdict == "fail"


def test_a_limit_of_none_at_all_is_met_by_none() -> None:
    assert look(GOOD, GOOD, GOOD, gates=(SIGNATURES,))["new"].verdict == "pass"
    assert look(BAD, BAD, BAD, gates=(SIGNATURES,))["new"].verdict == "fail"


def test_the_period_before_is_told_beside_what_is_allowed() -> None:
    assert look(GOOD, GOOD, GOOD)["p95"].expected == "at most 75 ms (before: 50 ms)"


def test_a_service_whose_normal_is_zero_errors_can_still_pass() -> None:
    perfect = tuple(replace(s, error_percent=0.0) for s in BASELINE)
    almost = replace(GOOD, error_percent=0.05)

    assert look(almost, almost, almost, baseline=perfect)["errors"].verdict == "pass"


def test_what_only_people_can_tell_is_asked_of_them() -> None:
    open_gate = look(GOOD, GOOD, GOOD, gates=(USERS,))["users"]
    ticked = look(GOOD, GOOD, GOOD, gates=(USERS,), judging=Judging(ticked={"users": "alice"}))["users"]

    assert (open_gate.verdict, open_gate.automatic) == ("inconclusive", False)
    assert (ticked.verdict, ticked.observed) == ("pass", "alice says so")


def test_a_person_settles_what_cannot_be_measured_but_not_what_fails() -> None:
    vouched = Judging(ticked={"ready": "alice"})

    assert look(*(replace(GOOD, ready=None),) * 3, judging=vouched)["ready"].verdict == "pass"
    assert look(BAD, BAD, BAD, judging=vouched)["ready"].verdict == "fail"


samples = choosing(
    Sample,
    at=(NOW,),
    error_percent=(None, 0.0, 0.2, 30.0),
    p95_ms=(None, 40.0, 900.0),
    ready=MAYBE,
    requests=(None, 0, 5, 100),
)


def results(*found: str) -> tuple[GateResult, ...]:
    return tuple(
        GateResult(gate=f"g{n}", text=f"Gate {n}", verdict=v, observed="x", expected="y", automatic=n != 9)  # type: ignore[arg-type]  # verdicts by name
        for n, v in enumerate(found)
    )


def test_the_watch_waits_until_every_gate_passes() -> None:
    watch = watch_state(PACK, results("pass", "inconclusive"), begun_at=None, now=NOW)

    assert watch.state == "waiting"
    assert watch.until is None
    assert watch.reasons == ("Gate 1: x, expected y",)


def test_the_watch_begins_with_the_first_full_pass_and_lasts_its_window() -> None:
    watch = watch_state(PACK, results("pass", "pass"), begun_at=None, now=NOW)

    assert (watch.state, watch.begun_at, watch.until) == ("watching", NOW, NOW + timedelta(minutes=15))
    almost = watch_state(PACK, results("pass"), begun_at=NOW, now=NOW + timedelta(minutes=15, microseconds=-1))
    assert almost.state == "watching"
    assert watch_state(PACK, results("pass"), begun_at=NOW, now=NOW + timedelta(minutes=15)).state == "complete"


def test_a_gate_that_fails_after_all_had_passed_is_a_regression() -> None:
    watch = watch_state(PACK, results("pass", "fail"), begun_at=NOW, now=NOW + timedelta(minutes=2))

    assert watch.state == "regressed"
    assert watch.reasons


def test_a_gate_that_fails_before_all_had_passed_is_none() -> None:
    assert watch_state(PACK, results("fail", "pass"), begun_at=None, now=NOW).state == "waiting"


def test_a_doubt_during_the_watch_is_no_regression_and_at_its_end_no_pass() -> None:
    doubtful = results("pass", "inconclusive")

    assert watch_state(PACK, doubtful, begun_at=NOW, now=NOW + timedelta(minutes=2)).state == "watching"
    assert watch_state(PACK, doubtful, begun_at=NOW, now=NOW + timedelta(minutes=20)).state == "undecided"


def test_a_gate_for_people_does_not_hold_up_the_watch_but_its_end() -> None:
    asked = (*results("pass"), replace(results("inconclusive")[0], automatic=False))

    assert watch_state(PACK, asked, begun_at=None, now=NOW).state == "watching"
    assert watch_state(PACK, asked, begun_at=NOW, now=NOW + timedelta(minutes=20)).state == "undecided"


def test_a_pack_without_a_watch_is_done_when_all_pass() -> None:
    assert watch_state(replace(PACK, watch=None), results("pass"), begun_at=None, now=NOW).state == "complete"
