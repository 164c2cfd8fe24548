"""The impact in one line that a person reads at a glance."""

from __future__ import annotations

from typing import Final

from tocsin.domain import words
from tocsin.domain.impact import Impact

_TRENDS: Final = {"worse": "Getting worse", "steady": "Holding steady", "better": "Getting better"}
_FACTS: Final = (
    ("data_loss", "Data was lost", "No data lost"),
    ("breach", "Security breach", ""),
    ("workaround", "There is a way round it", "No way round it"),
)


def impact_line(impact: Impact) -> str:
    """Return what is known of the impact as short sentences; empty when nothing is."""
    said = [_users(impact), _requests(impact)]
    if impact.latency_multiple is not None:
        said.append(f"Answers take {impact.latency_multiple:.3g} times as long as usual")
    for name, yes, no in _FACTS:
        known = getattr(impact, name)
        said.append("" if known is None else yes if known else no)
    said += [f"Still works: {impact.still_works}" if impact.still_works else "", _TRENDS.get(impact.trend, "")]
    return ". ".join(s.rstrip(".") for s in said if s) + "." if any(said) else ""


def _users(impact: Impact) -> str:
    share, number = impact.users_percent, impact.users_affected
    if share is None and number is None:
        return ""
    if share is None:
        return f"{words.count(number)} users affected"
    return f"{words.share(share)} of users affected" + (f" ({words.count(number)})" if number is not None else "")


def _requests(impact: Impact) -> str:
    if impact.error_percent is not None:
        usual = impact.error_percent_normal
        return f"{words.share(impact.error_percent)} of requests fail" + (
            f" (usually {words.share(usual)})" if usual is not None else ""
        )
    if impact.failed_requests is not None:
        total = f" of {words.count(impact.total_requests)}" if impact.total_requests is not None else ""
        return f"{words.count(impact.failed_requests)}{total} requests failed"
    return ""
