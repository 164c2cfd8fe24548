"""The token bucket of a source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.domain.alerts.limits import Bucket, RateLimit, spend

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LIMIT = RateLimit(per_minute=60, burst=3)


def test_a_source_may_send_its_burst_and_then_its_rate() -> None:
    bucket, allowed = None, []
    for _ in range(4):
        spent = spend(LIMIT, bucket, NOON)
        bucket = spent.bucket
        allowed.append(spent.allowed)
    assert allowed == [True, True, True, False]
    assert spend(LIMIT, bucket, NOON).wait == SECOND
    assert not spend(LIMIT, bucket, NOON + SECOND / 2).allowed
    assert spend(LIMIT, bucket, NOON + SECOND).allowed


def test_a_refused_post_costs_nothing() -> None:
    spent = spend(LIMIT, Bucket(tokens=1, at=NOON), NOON, 2)
    assert (spent.allowed, spent.bucket.tokens, spent.wait) == (False, 1, SECOND)


def test_a_batch_above_the_burst_passes_a_full_bucket_and_is_paid_back() -> None:
    spent = spend(LIMIT, None, NOON, 10)
    assert (spent.allowed, spent.bucket.tokens) == (True, -7)
    assert spend(LIMIT, spent.bucket, NOON).wait == 8 * SECOND
    assert not spend(LIMIT, Bucket(tokens=2.5, at=NOON), NOON, 10).allowed


def test_a_bucket_never_holds_more_than_the_burst_and_a_clock_that_goes_back_fills_nothing() -> None:
    assert spend(LIMIT, Bucket(tokens=0, at=NOON), NOON + 3600 * SECOND).bucket.tokens == 2
    behind = spend(LIMIT, Bucket(tokens=1, at=NOON), NOON - 60 * SECOND)
    assert (behind.bucket.tokens, behind.bucket.at) == (0, NOON)


def test_a_source_without_a_rate_has_its_burst_once() -> None:
    none = RateLimit(per_minute=0, burst=1)
    assert spend(none, None, NOON).allowed
    assert spend(none, Bucket(tokens=0, at=NOON), NOON + 3600 * SECOND).wait == timedelta.max
