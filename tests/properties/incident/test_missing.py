"""What is missing now, at any moment."""

from __future__ import annotations

from datetime import timedelta

from tests.domain.incident.logs import PACK, clock, fold, log
from tests.domain.incident.test_missing import RESOLVED, STAFFED

from tocsin.domain.incident.missing import missing


def test_a_length_is_never_negative() -> None:
    now = clock("14:15")
    for hours in range(0, 200, 7):
        for gap in (*missing(fold(log(*STAFFED)), PACK, now), *missing(fold(log(*RESOLVED)), PACK, now)):
            assert gap.late is None or gap.due_in is None
            assert all(span is None or span >= timedelta(0) for span in (gap.late, gap.due_in))
        now += timedelta(hours=hours)
