"""What a client asks to see: matchers in `filter`, states, and a regular expression for receivers."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.domain.alerts.matchers import Matcher, all_match, parse_matchers
from tocsin.domain.alerts.matchers.matcher import made
from tocsin.doors.ingest.request import Request

MOST = 50
YES = frozenset({"true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"})


def matchers(request: Request) -> tuple[Matcher, ...]:
    """Return the matchers in every `filter`.

    Raises:
        MatcherError: one is no matcher.
    """
    return tuple(matcher for text in request.every("filter")[:MOST] for matcher in parse_matchers(text))


def receiver(request: Request) -> Matcher | None:
    """Return the condition on a receiver's name, None without one.

    Raises:
        MatcherError: it is no regular expression.
    """
    asked = request.one("receiver")
    return made("receiver", "=~", asked, position=0) if asked else None


def wanted(request: Request, state: str) -> bool:
    """Return whether alerts of a state are asked for: by default, and by what an Alertmanager takes for yes; all else is no."""
    asked = request.every(state)
    return not asked or asked[-1].lower() in YES


def meets(labels: Mapping[str, str], conditions: tuple[Matcher, ...]) -> bool:
    """Return whether labels meet every condition."""
    return all_match(conditions, labels)
