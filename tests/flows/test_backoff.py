"""How long to wait before another try: longer each time, never for ever, and not all at one moment."""

from __future__ import annotations

from datetime import timedelta

from tocsin.flows.backoff import LONGEST_S, backoff


def middle() -> float:
    return 0.5


def test_each_wait_is_twice_the_one_before_up_to_the_longest() -> None:
    waits = [backoff(attempt, first_s=2, jitter=middle) for attempt in (1, 2, 3, 4)]

    assert waits == [timedelta(seconds=s) for s in (2, 4, 8, 16)]
    assert backoff(10_000, jitter=middle) == timedelta(seconds=LONGEST_S)


def test_a_wait_is_spread_by_half_either_way() -> None:
    assert backoff(3, jitter=lambda: 0.0) == timedelta(seconds=2)
    assert backoff(3, jitter=lambda: 1.0) == timedelta(seconds=6)


def test_those_that_failed_together_do_not_come_back_together() -> None:
    waits = {backoff(3) for _ in range(20)}

    assert len(waits) > 1
    assert all(timedelta(seconds=2) <= wait < timedelta(seconds=6) for wait in waits)
