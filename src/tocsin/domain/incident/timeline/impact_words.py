"""The figures of an impact in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from tocsin.domain import words
from tocsin.domain.impact import Impact

_IMPACT_WORDS: Final[Mapping[str, str]] = {
    "data_loss": "data loss",
    "breach": "security breach",
    "workaround": "workaround",
    "core_feature_down": "core feature down",
    "feature_critical": "critical feature",
    "third_party": "caused by a third party",
    "internal_only": "internal only",
    "false_positive": "false positive",
    "cosmetic": "cosmetic",
}


def impact_figures(impact: Impact) -> list[str]:
    """Return what was stated of an impact, a few words a figure."""
    blank = Impact()
    figures = [
        f"about {words.count(impact.users_affected)} users" if impact.users_affected is not None else "",
        f"{words.share(impact.users_percent)} of users" if impact.users_percent is not None else "",
        _errors(impact),
        f"latency {impact.latency_multiple:g}x normal" if impact.latency_multiple is not None else "",
        _failed(impact),
        impact.revenue_note
        or (f"revenue {words.count(impact.revenue_lost)}" if impact.revenue_lost is not None else ""),
        f"{words.count(impact.tickets)} tickets" if impact.tickets is not None else "",
        f"still works: {impact.still_works}" if impact.still_works else "",
        f"trend {impact.trend}" if impact.trend != "unknown" else "",
        f"scope {impact.scope}" if impact.scope != "unknown" else "",
    ]
    marks = [
        words_ if getattr(impact, f.name) else f"no {words_}"
        for f in fields(Impact)
        if (words_ := _IMPACT_WORDS.get(f.name)) and getattr(impact, f.name) != getattr(blank, f.name)
    ]
    return [f for f in (*figures, *marks) if f]


def _errors(impact: Impact) -> str:
    if impact.error_percent is None:
        return ""
    normal = (
        f" (normally {words.share(impact.error_percent_normal)})" if impact.error_percent_normal is not None else ""
    )
    return f"{words.share(impact.error_percent)} of requests fail{normal}"


def _failed(impact: Impact) -> str:
    if impact.failed_requests is None:
        return ""
    of = f" of {words.count(impact.total_requests)}" if impact.total_requests is not None else ""
    return f"{words.count(impact.failed_requests)}{of} requests failed"
