"""Silences: alerts that match tell nobody for a while, once or again and again.

A silence is pending, active or expired by its start and end alone. One that recurs holds, while it is active, only
during its spans. It always ends: a forgotten silence hides the next outage. Editing makes a new one and expires the old,
so that what was silenced at a time can still be told afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from tocsin.domain.alerts.intervals import TimeSpan, holds
from tocsin.domain.alerts.matchers import Matcher, all_match, show_matchers
from tocsin.domain.errors import InvalidError, RefusedError

SilenceState = Literal["pending", "active", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Which alerts tell nobody from `starts_at` up to, not including, `ends_at`, who said so and why.

    `during` makes it recur: it holds only while one of those spans does. `replaces` is the silence it is an edit of,
    `updated_by` whoever ended it or made it.
    """

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str
    created_at: datetime
    updated_at: datetime
    updated_by: str
    during: tuple[TimeSpan, ...] = ()
    replaces: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a person says of a silence. Without a start it starts at once, and an edit keeps the start there was."""

    matchers: tuple[Matcher, ...]
    ends_at: datetime
    comment: str
    starts_at: datetime | None = None
    during: tuple[TimeSpan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The old silence as it is now, and the one that takes its place."""

    old: Silence
    new: Silence


def silence(silence_id: str, terms: Terms, by: str, now: datetime) -> Silence:
    """Return a new silence; one that should have started already starts now.

    Raises:
        InvalidError: it would match every alert, hold never, or be over already, or nobody says why.
    """
    starts = max(terms.starts_at or now, now)
    if all(matcher.matches({}) for matcher in terms.matchers):
        raise InvalidError(
            f"{show_matchers(terms.matchers)} also matches alerts without any label, so it would silence everything",
            field="matchers",
            mend='Say what the alerts have, such as alertname="HighCPU".',
        )
    if terms.ends_at <= starts:
        raise InvalidError("the silence would end before it starts", field="ends_at", mend="Let it end later.")
    if not terms.comment.strip():
        raise InvalidError("the silence has no comment", field="comment", mend="Say why, for whoever finds it.")
    return Silence(
        id=silence_id,
        matchers=terms.matchers,
        starts_at=starts,
        ends_at=terms.ends_at,
        created_by=by,
        comment=terms.comment.strip(),
        created_at=now,
        updated_at=now,
        updated_by=by,
        during=terms.during,
    )


def state_of(one: Silence, now: datetime) -> SilenceState:
    """Return whether the silence is pending, active or expired."""
    if now >= one.ends_at:
        return "expired"
    return "pending" if now < one.starts_at else "active"


def in_force(one: Silence, now: datetime) -> bool:
    """Return whether the silence silences at `now`: it is active and, if it recurs, this is one of its times."""
    return state_of(one, now) == "active" and (not one.during or holds(one.during, now))


def edit(old: Silence, new_id: str, terms: Terms, by: str, now: datetime) -> Edited:
    """Return the silence expired, and a new one by the new terms in its place; an expired one stays as it was.

    Raises:
        InvalidError: the new terms make no silence.
        RefusedError: the terms are those it has.
    """
    starts = old.starts_at if terms.starts_at in {None, old.starts_at} else max(terms.starts_at or now, now)
    now_said = (terms.matchers, starts, terms.ends_at, terms.comment.strip(), terms.during)
    if now_said == (old.matchers, old.starts_at, old.ends_at, old.comment, old.during) and now < old.ends_at:
        raise RefusedError("the silence says that already", mend="Change its matchers, times or comment.")
    new = silence(new_id, replace(terms, starts_at=starts), by, now)
    return Edited(old=expire(old, by, now), new=replace(new, replaces=old.id))


def expire(one: Silence, by: str, now: datetime) -> Silence:
    """Return the silence ended at `now` by `by`; one that never began is over before it did, and an expired one stays as it was."""
    match state_of(one, now):
        case "expired":
            return one
        case "pending":
            return replace(one, starts_at=now, ends_at=now, updated_at=now, updated_by=by)
        case _:
            return replace(one, ends_at=now, updated_at=now, updated_by=by)


def silenced_by(labels: Mapping[str, str], silences: Iterable[Silence], now: datetime) -> tuple[Silence, ...]:
    """Return the silences in force at `now` that match the labels."""
    return tuple(one for one in silences if in_force(one, now) and all_match(one.matchers, labels))
