"""When it began, in the words of somebody in a hurry: 'since 14:23', 'for 1h', '20 minutes ago', 'yesterday 22:10'."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol

import re2

SKEW = timedelta(minutes=2)
"""A clock time this far ahead of ours is now, not yesterday."""


class Match(Protocol):
    """What RE2 finds."""

    def group(self, key: int | str = 0) -> str | None: ...  # noqa: D102 (as in `re`)
    def start(self, key: int | str = 0) -> int: ...  # noqa: D102 (as in `re`)
    def end(self, key: int | str = 0) -> int: ...  # noqa: D102 (as in `re`)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A point in time that the text names between `start` and `end`; None when it cannot be told which."""

    at: datetime | None
    start: int
    end: int


_LEAD = r"(?:\b(?:since|from|at|around|about|circa|starting|started|starts|began|begun|beginning|as of|ca\.?)\s+|~\s*)*"
_DAY = r"(?:(?P<day>today|yesterday|last night)(?:,|\s+at|\s+around|\s+since)?\s+)?"
_STAMP = re2.compile(
    rf"(?i){_LEAD}\b(?P<date>\d{{4}}-\d{{2}}-\d{{2}})(?:[t ]\s*|\s+at\s+)"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:\.\d+)?\s*(?P<zone>z\b|utc\b|gmt\b|[+-]\d{2}:?\d{2}\b)?"
)
_CLOCK = re2.compile(
    rf"(?i){_LEAD}{_DAY}\b(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
    r"(?:\s*(?P<half>am|pm|a\.m\.|p\.m\.))?(?:\s*h\b)?(?:\s*(?P<zone>utc|gmt|z)\b)?"
    r"(?:\s*(?P<elsewhere>cet|cest|bst|est|edt|cst|cdt|mst|mdt|pst|pdt|ist|jst|aest|aedt|msk|local)\b)?"
)
_HALF_DAY = re2.compile(
    r"(?i)\b(?:since|from|at|around|about|started|began)\s+(?:at\s+|around\s+|about\s+)?(?P<hour>\d{1,2})\s*(?P<half>am|pm)\b"
)
_NAMED = re2.compile(r"(?i)\b(?:since|at|around|about|from)\s+(?P<name>midnight|noon|midday)\b")
_NOW = re2.compile(r"(?i)\b(?:just now|right now|just started|as we speak|this minute)\b")
_WORD_NUMBER = r"an?|one|two|three|four|five|ten|fifteen|twenty|thirty|half an?|half"
_NUMBER = rf"(?:\d{{1,5}}(?:\.\d{{1,3}})?|{_WORD_NUMBER})"
_UNIT = r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)"
_SPAN = rf"(?P<span>{_NUMBER}[\s-]*{_UNIT}\b(?:\s*(?:and\s+)?\d{{1,3}}\s*{_UNIT}\b)?|\d{{1,3}}h\d{{1,2}}\b)"
_NEAR = r"(?:about|around|approximately|approx\.?|roughly|nearly|almost|over|more than|at least|the last|the past|last|past|~)"
_AGO = re2.compile(
    rf"(?i)\b(?:(?:since|from|as of|started|starting|began|beginning)\s+)*(?:{_NEAR}\s*)*{_SPAN}\s+ago\b"
)
_FOR = re2.compile(rf"(?i)\b(?:since|for|in|over|during|within|past|last)\s+(?:{_NEAR}\s*)*{_SPAN}")
_PART = re2.compile(rf"(\d[\d.]*|\b(?:{_WORD_NUMBER})\b)[\s-]*({_UNIT})?")
_WORDS = {
    "a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "ten": 10.0, "fifteen": 15.0,
    "twenty": 20.0, "thirty": 30.0, "half": 0.5, "half a": 0.5, "half an": 0.5,
}  # fmt: skip
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def began(text: str, now: datetime) -> Moment | None:
    """Return when `text` says it began, `now` being aware UTC; None when it says nothing.

    A clock time without a zone is UTC, today, or yesterday when that would be in the future.
    """
    for pattern, read in ((_STAMP, _stamp), (_CLOCK, _clock), (_HALF_DAY, _clock), (_NAMED, _named)):
        match = pattern.search(text)
        moment = read(match, now) if match else None
        if moment:
            return moment
    for pattern in (_AGO, _FOR):
        match = pattern.search(text)
        if match:
            return Moment(at=now - _duration(match.group("span") or ""), start=match.start(), end=match.end())
    match = _NOW.search(text)
    return Moment(at=now, start=match.start(), end=match.end()) if match else None


def _stamp(match: Match, now: datetime) -> Moment | None:  # noqa: ARG001 (read like the others)
    zone = (match.group("zone") or "Z").upper()
    offset = zone if zone[0] in "+-" else "+00:00"
    hour, second = (match.group("hour") or "").zfill(2), match.group("second") or "00"
    try:
        at = datetime.fromisoformat(f"{match.group('date')}T{hour}:{match.group('minute')}:{second}{offset}")
        return Moment(at=at.astimezone(UTC), start=match.start(), end=match.end())
    except (ValueError, OverflowError):  # the 31st of February
        return None


def _clock(match: Match, now: datetime) -> Moment | None:
    groups = _groups(match)
    hour, minute, second = (int(groups.get(name) or 0) for name in ("hour", "minute", "second"))
    half = (groups.get("half") or "").lower()[:1]
    if half and not 1 <= hour <= 12:  # noqa: PLR2004 (the hours of a half day)
        return None
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour % 24
    if groups.get("elsewhere"):
        return Moment(at=None, start=match.start(), end=match.end())  # a local time: which UTC that is must be asked
    at = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    day = (groups.get("day") or "").lower()
    if day == "yesterday" or (day == "last night" and hour >= 12) or (day != "today" and at > now + SKEW):  # noqa: PLR2004 (noon)
        at -= timedelta(days=1)
    return Moment(at=min(at, now), start=match.start(), end=match.end())


def _named(match: Match, now: datetime) -> Moment:
    hour = 0 if (match.group("name") or "").lower() == "midnight" else 12
    at = datetime.combine(now.date(), time(hour), tzinfo=UTC)
    return Moment(at=at if at <= now else at - timedelta(days=1), start=match.start(), end=match.end())


def _groups(match: Match) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in ("hour", "minute", "second", "half", "day", "elsewhere"):
        try:
            found[name] = match.group(name)
        except (IndexError, KeyError):  # this pattern has no such part
            found[name] = None
    return found


def _duration(span: str) -> timedelta:
    seconds, last = 0.0, 60
    for part in _PART.finditer(span.lower()):
        word, unit = part.group(1), part.group(2)
        last = _SECONDS[unit[0]] if unit else last // 60 or 60  # the 30 of 1h30 are minutes
        seconds += (_WORDS.get(word) or float(word)) * last
    return timedelta(seconds=seconds)
