from __future__ import annotations

from datetime import timedelta

import pytest

from tocsin.domain.durations import parse_duration
from tocsin.domain.errors import InvalidError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15m", 900),
        ("90s", 90),
        ("1h30m", 5400),
        ("1h 30min", 5400),
        ("3d", 259200),
        ("2w", 1209600),
        ("250ms", 0.25),
        ("1.5h", 5400),
        ("0", 0),
        ("PT15M", 900),
        ("P3D", 259200),
        ("P1DT2H", 93600),
        ("P2W", 1209600),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "15", "m", "-5m", "5 minutes please", "P", "PT", "1y", "m5", "99999999999999w"])
def test_what_is_no_duration_is_refused_with_a_way_to_mend_it(text: str) -> None:
    with pytest.raises(InvalidError) as refused:
        parse_duration(text)

    assert "15m" in refused.value.mend
