"""Silences: alerts that match tell nobody for a while, once or again and again.

A silence is pending, active or expired by its start and end alone. One that recurs holds, while it is active, only
during its spans. It always ends: a forgotten silence hides the next outage. Editing makes a new one and expires the old,
so that what was silenced at a time can still be told afterwards; where Alertmanager's clients expect to find the same
silence, it keeps what it said before (docs/adr/0040).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from tocsin.domain.alerts.intervals import TimeSpan, holds
from tocsin.domain.alerts.matchers import Matcher, all_match, show_matchers
from tocsin.domain.errors import InvalidError, RefusedError

SilenceState = Literal["pending", "active", "expired"]
Rules = Literal["ours", "alertmanager"]
"""By ours, a silence says why, and names something that alerts have. Alertmanager takes one without a comment, and one
that only says what alerts have not, such as `team!="core"`."""
MOST_FORMER: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """What a silence said until it was changed in place; `updated_by` is who had said so."""

    starts_at: datetime
    ends_at: datetime
    comment: str
    updated_by: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Which alerts tell nobody from `starts_at` up to, not including, `ends_at`, who said so and why.

    `during` makes it recur: it holds only while one of those spans does. `replaces` is the silence it is an edit of,
    `updated_by` whoever ended it or made it. Where it came `via` an integration, nobody vouches for the name in `created_by`.
    `former` is what it said before, the oldest first.
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
    via: str = ""
    former: tuple[Former, ...] = ()

    @property
    def author(self) -> str:
        """Who made it, as people are shown it: a name that was only said stands beside the integration it came through."""
        return " via ".join(part for part in (self.created_by, self.via) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What somebody says of a silence. Without a start it starts at once, and an edit keeps the start there was."""

    matchers: tuple[Matcher, ...]
    ends_at: datetime
    comment: str
    starts_at: datetime | None = None
    during: tuple[TimeSpan, ...] = ()
    rules: Rules = "ours"


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
    if all(_wants_nothing(matcher, terms.rules) for matcher in terms.matchers):
        raise InvalidError(
            f"{show_matchers(terms.matchers)} also matches alerts without any label, so it would silence everything",
            field="matchers",
            mend='Say what the alerts have, such as alertname="HighCPU".',
        )
    if terms.ends_at <= starts:
        raise InvalidError("the silence would end before it starts", field="ends_at", mend="Let it end later.")
    if not terms.comment.strip() and terms.rules == "ours":
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


def _wants_nothing(matcher: Matcher, rules: Rules) -> bool:
    """Return whether alerts without any label meet a condition; to Alertmanager one that excludes something wants something."""
    return matcher.matches({}) and not (rules == "alertmanager" and matcher.operator in {"!=", "!~"})


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


def changed(old: Silence, terms: Terms, by: str, now: datetime) -> Silence | None:
    """Return the silence with another end, comment or, while it is pending, start; None where it has to be another silence.

    As in Alertmanager, the matchers must be the same, and the start of an active one, to the second.

    Raises:
        InvalidError: the terms make no silence.
    """
    said = terms.starts_at or old.starts_at
    made = silence(old.id, replace(terms, starts_at=said), by, now)
    match state_of(old, now):
        case "active":
            starts, same = old.starts_at, _second(said) == _second(old.starts_at)
        case "pending":
            starts, same = said, said >= now
        case _:
            return None
    if not same or terms.matchers != old.matchers or len(old.former) >= MOST_FORMER:
        return None
    new = replace(old, starts_at=starts, ends_at=made.ends_at, comment=made.comment, created_by=by)
    if new == old:
        return old
    former = Former(
        starts_at=old.starts_at,
        ends_at=old.ends_at,
        comment=old.comment,
        updated_by=old.updated_by,
        until=now,
    )
    return replace(new, updated_at=now, updated_by=by, former=(*old.former, former))


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


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
