"""By which ways one person is reached, when, and until when what can wait is held back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.domain.catalogue import Catalogue, ContactMethod, Person
from tocsin.domain.notification import Urgency
from tocsin.domain.oncall.escalation import usable_contacts
from tocsin.domain.oncall.schedule import within
from tocsin.domain.oncall.wall_clock import instant, reached, zone
from tocsin.domain.schedules import Hours

_DAY = timedelta(days=1)
# Every weekday's hours once, and one more to see that they never end.
_MOST_JOINED = 8 * 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A contact method in its place of a person's order. `after` is None for one that is used only when another failed.

    `name` is the method's key; the second time a method is used it ends in `/2`.
    """

    name: str
    contact: ContactMethod
    after: timedelta | None


def ways(catalogue: Catalogue, person: str, urgency: Urgency) -> tuple[Way, ...]:
    """Return a person's ways for an urgency, in order; only verified contacts count.

    Without rules that lead anywhere, the first verified contact is used at once and each other when the one before it
    failed. With rules, contacts that they leave out still stand behind them, for the same case.
    """
    usable = {c.key: c for c in usable_contacts(catalogue, person)}
    found = catalogue.person(person)
    asked = [n for n in (found.notify.of(urgency) if found else ()) if n.method in usable]
    if not asked:
        return tuple(_in_turn(tuple(usable.values())))
    times: Counter[str] = Counter()
    ruled = []
    for one in sorted(asked, key=lambda n: n.after):
        times[one.method] += 1
        name = one.method if times[one.method] == 1 else f"{one.method}/{times[one.method]}"
        ruled.append(Way(name=name, contact=usable[one.method], after=one.after))
    spare = (Way(name=key, contact=c, after=None) for key, c in usable.items() if key not in times)
    return (*ruled, *spare)


def _in_turn(contacts: tuple[ContactMethod, ...]) -> Iterator[Way]:
    for place, contact in enumerate(contacts):
        yield Way(name=contact.key, contact=contact, after=None if place else timedelta(0))


def quiet_until(person: Person | None, at: datetime) -> datetime | None:
    """Return when the quiet hours that hold at `at` end, joined with those that follow on; None when none hold.

    Hours without an end hold nothing back: what can wait must still arrive.
    """
    if person is None or not person.notify.quiet:
        return None
    where = zone(person.zone)
    until = at
    for _ in range(_MOST_JOINED):
        clock = reached(until, where)
        ends = [instant(_end(h, clock), where) for h in person.notify.quiet if within(h, clock)]
        later = max(ends, default=until)
        if later <= until:
            return until if until > at else None
        until = later
    return None


def _end(hours: Hours, clock: datetime) -> datetime:
    """Return when the hours that hold at `clock` end, by the same clock; past midnight they belong to the day before."""
    today = datetime.combine(clock.date(), hours.to)
    return today if clock < today else today + _DAY
