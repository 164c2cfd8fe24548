"""Times that come again, and how they are written."""

from tocsin.domain.alerts.intervals.reading import (
    parse_month_days,
    parse_months,
    parse_span,
    parse_times,
    parse_weekdays,
    parse_years,
)
from tocsin.domain.alerts.intervals.spans import (
    MonthDays,
    Months,
    TimeInterval,
    Times,
    TimeSpan,
    Weekdays,
    Years,
    holding,
    holds,
)

__all__ = [
    "MonthDays", "Months", "TimeInterval", "TimeSpan", "Times", "Weekdays", "Years", "holding", "holds",
    "parse_month_days", "parse_months", "parse_span", "parse_times", "parse_weekdays", "parse_years",
]  # fmt: skip
