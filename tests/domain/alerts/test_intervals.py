"""Times that come again, by Alertmanager's rules."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tocsin.domain.alerts.intervals import (
    TimeInterval,
    TimeSpan,
    holding,
    holds,
    parse_month_days,
    parse_months,
    parse_span,
    parse_times,
    parse_weekdays,
    parse_years,
)
from tocsin.domain.errors import InvalidError


def span(
    *, times: str = "", weekdays: str = "", days: str = "", months: str = "", years: str = "", zone: str = "UTC"
) -> TimeSpan:
    return parse_span(
        times=times.split(),
        weekdays=weekdays.split(),
        days_of_month=days.split(),
        months=months.split(),
        years=years.split(),
        zone=zone,
    )


def _at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


OFFICE = span(times="09:00-17:00", weekdays="monday:friday")


@pytest.mark.parametrize(
    ("span", "at", "expected"),
    [
        (span(), "2026-01-05T00:00", True),
        (OFFICE, "2026-01-05T09:00", True),
        (OFFICE, "2026-01-05T16:59:59.999999", True),
        (OFFICE, "2026-01-05T17:00", False),
        (OFFICE, "2026-01-05T08:59:59", False),
        (OFFICE, "2026-01-10T12:00", False),
        (span(times="00:00-24:00"), "2026-01-05T23:59:59", True),
        (span(times="09:00-10:00 14:00-15:00"), "2026-01-05T14:30", True),
        (span(times="09:00-10:00 14:00-15:00"), "2026-01-05T12:00", False),
        (span(days="1:5"), "2026-01-05T12:00", True),
        (span(days="1:5"), "2026-01-06T12:00", False),
        (span(days="-1"), "2026-02-28T12:00", True),
        (span(days="-1"), "2028-02-28T12:00", False),
        (span(days="-1"), "2028-02-29T12:00", True),
        (span(days="-3:-1"), "2026-04-28T00:00", True),
        (span(days="-3:-1"), "2026-04-27T23:59", False),
        (span(days="31"), "2026-02-28T12:00", False),
        (span(days="25:31"), "2026-02-28T12:00", True),
        (span(days="29:-1"), "2026-02-28T12:00", False),
        (span(days="-31:-30"), "2026-02-01T12:00", False),
        (span(days="-31:-1"), "2026-02-01T12:00", True),
        (span(days="25:-1"), "2026-02-25T12:00", True),
        (span(months="january:march"), "2026-03-31T23:59", True),
        (span(months="january:march"), "2026-04-01T00:00", False),
        (span(months="12"), "2026-12-01T00:00", True),
        (span(years="2026:2027"), "2027-12-31T23:59", True),
        (span(years="2026:2027"), "2028-01-01T00:00", False),
        (span(weekdays="sunday saturday"), "2026-01-10T12:00", True),
        (span(weekdays="friday", days="13"), "2026-02-13T12:00", True),
        (span(weekdays="friday", days="13"), "2026-03-12T12:00", False),
    ],
)
def test_a_span_holds_when_each_of_its_fields_does(span: TimeSpan, at: str, *, expected: bool) -> None:
    assert span.holds(_at(at)) is expected


@pytest.mark.parametrize(
    ("days", "held"),
    [
        ("sunday:thursday", "1111001"), ("saturday:sunday", "0000011"), ("friday:monday", "1000111"),
        ("sunday:saturday", "1111111"), ("monday:sunday", "1111111"), ("tuesday:monday", "1111111"),
        ("sunday", "0000001"), ("tuesday:friday", "0111100"),
    ],
)  # fmt: skip
def test_days_of_the_week_may_pass_its_end_wherever_that_is(days: str, held: str) -> None:
    monday = _at("2026-01-05T12:00")
    found = [span(weekdays=days).holds(monday + timedelta(days=number)) for number in range(7)]
    assert "".join("01"[one] for one in found) == held


def test_a_span_is_read_on_the_clock_of_its_zone() -> None:
    berlin = span(times="09:00-17:00", weekdays="monday:friday", zone="Europe/Berlin")
    assert berlin.holds(_at("2026-01-05T08:00"))
    assert berlin.holds(_at("2026-07-06T07:00"))
    assert not berlin.holds(_at("2026-01-05T07:00"))
    tokyo = span(weekdays="monday", zone="Asia/Tokyo")
    assert tokyo.holds(_at("2026-01-04T15:00"))


def test_an_hour_that_comes_twice_is_in_the_range_twice_and_one_left_out_never_is() -> None:
    two_to_three = span(times="02:00-03:00", zone="Europe/Berlin")
    autumn = [_at("2026-10-25T00:00") + timedelta(minutes=minute) for minute in range(24 * 60)]
    spring = [_at("2026-03-29T00:00") + timedelta(minutes=minute) for minute in range(22 * 60)]
    assert sum(two_to_three.holds(at) for at in autumn) == 120
    assert sum(two_to_three.holds(at) for at in spring) == 0


def test_a_range_past_midnight_belongs_to_the_day_it_begins_on() -> None:
    night = span(times="22:00-06:00", weekdays="saturday")
    assert not night.holds(_at("2026-01-10T05:59"))
    assert night.holds(_at("2026-01-10T22:00"))
    assert night.holds(_at("2026-01-11T05:59"))
    assert not night.holds(_at("2026-01-11T06:00"))
    assert not night.holds(_at("2026-01-11T22:00"))
    last_night = span(times="23:00-01:00", days="-1")
    assert last_night.holds(_at("2026-02-01T00:30"))
    assert not last_night.holds(_at("2026-01-31T00:30"))
    until_midnight = span(times="22:00-00:00")
    assert until_midnight.holds(_at("2026-01-10T23:59"))
    assert not until_midnight.holds(_at("2026-01-10T00:00"))


def test_an_interval_holds_while_one_of_its_spans_does() -> None:
    intervals = {
        "off": TimeInterval(key="off", any_of=(span(weekdays="saturday:sunday"), span(days="1", months="january"))),
        "never": TimeInterval(key="never", any_of=()),
    }
    assert holding(("off", "never", "unknown"), intervals, _at("2026-01-01T12:00")) == ("off",)
    assert holding(("off",), intervals, _at("2026-01-02T12:00")) == ()
    assert not holds((), _at("2026-01-01T12:00"))


@pytest.mark.parametrize("text", ["", "mon", "monday:", ":friday", "1:5", "monday:friday:sunday"])
def test_days_of_the_week_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        parse_weekdays(text)


@pytest.mark.parametrize("text", ["", "0", "32", "-32", "5:1", "-1:-3", "-5:3", "0:3", "1.5", "٣", "31:-31", "a:b"])
def test_days_of_the_month_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        parse_month_days(text)


@pytest.mark.parametrize("text", ["", "13", "0", "november:february", "jan"])
def test_months_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        parse_months(text)


@pytest.mark.parametrize(
    "text",
    ["", "9-17", "09:00", "09:00-09:00", "24:00-25:00", "09:60-10:00", "09:00-24:01", "24:00-06:00", "9:5-10:00"],
)
def test_times_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        parse_times(text)


@pytest.mark.parametrize("text", ["", "2028:2026", "year", "-1", "99999"])
def test_years_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        parse_years(text)


def test_a_span_says_what_it_is() -> None:
    assert str(OFFICE) == "monday:friday; 09:00-17:00 UTC"
    assert str(TimeSpan()) == "always UTC"
    assert str(span(days="-3:-1", months="2", years="2026")) == "-3:-1; february; 2026 UTC"


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../etc/passwd", "\x00"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(InvalidError, match="no time zone"):
        parse_span(zone=zone)
