"""A metric moved when it left its own band for good, over generated values."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.diagnosis.correlation.test_shifts import series

from tocsin.domain.diagnosis.correlation.shifts import shift_of


@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_noise_around_a_level_is_no_shift(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (made-up noise)

    assert shift_of(series([100 + chance.uniform(-8, 8) for _ in range(90)]), None) is None
