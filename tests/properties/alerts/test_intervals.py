"""Times that come again, by Alertmanager's rules, over generated values."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.alerts.test_intervals import span

from tocsin.domain.alerts.intervals import (
    holds,
    parse_month_days,
    parse_months,
    parse_times,
    parse_weekdays,
    parse_years,
)
from tocsin.domain.errors import InvalidError


@given(st.text(max_size=12) | st.from_regex(r"-?\d{0,3}[:-]-?\d{0,3}"))
def test_nothing_but_a_refusal_comes_of_any_text(text: str) -> None:
    for parse in (parse_weekdays, parse_months, parse_month_days, parse_years, parse_times):
        try:
            said = str(parse(text))
        except InvalidError:
            continue
        assert str(parse(said)) == said


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 (the zone is beside)
def test_office_hours_and_the_rest_of_the_week_leave_no_instant_out(at: datetime) -> None:
    zone = "America/New_York"
    inside = span(times="09:00-17:00", weekdays="monday:friday", zone=zone)
    outside = (
        span(times="17:00-09:00", weekdays="monday:friday", zone=zone),
        span(weekdays="saturday:sunday", zone=zone),
        span(times="00:00-09:00", weekdays="monday", zone=zone),
    )
    assert inside.holds(at) or holds(outside, at)
