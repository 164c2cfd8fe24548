"""What a sender's word for severity means in a pack: its own key, else the usual words by rank."""

from __future__ import annotations

from typing import Final

from tocsin.domain.policy.pack import Pack

_RANKS: Final = {
    "critical": 1, "fatal": 1, "page": 1, "emergency": 1, "p1": 1, "high": 2, "error": 2, "major": 2, "p2": 2,
    "warning": 3, "warn": 3, "medium": 3, "p3": 3, "low": 4, "info": 4, "minor": 4, "p4": 4, "p5": 4,
}  # fmt: skip


def severity_of(word: str, pack: Pack) -> str:
    """Return the pack's key for a sender's word; '' when it means nothing here (the criteria decide then)."""
    own = {s.key.casefold(): s.key for s in pack.severities}
    if word.casefold() in own:
        return own[word.casefold()]
    rank = _RANKS.get(word.casefold())
    if rank is None:
        return ""
    return min(pack.severities, key=lambda s: abs(s.rank - rank)).key


def severity_of_alert(word: str, pack: Pack) -> str:
    """Return the severity that an alert opens an incident with; one that names none wakes somebody, who then decides.

    Without a word the pack's own default holds, else its least severe level that pages. '' when no level pages.
    """
    named = severity_of(word, pack) or pack.default_severity
    paging = [severity for severity in pack.severities if severity.pages]
    return named or (max(paging, key=lambda severity: severity.rank).key if paging else "")
