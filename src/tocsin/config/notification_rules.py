"""What people's notification rules must keep to: every method is one of theirs, and quiet hours end."""

from __future__ import annotations

from datetime import timedelta

from tocsin.config.checker import Checker
from tocsin.config.tree import Where
from tocsin.domain.catalogue import Person
from tocsin.domain.schedules import WEEK

_DAY = timedelta(days=1)


def check_notification(c: Checker, at: Where, person: Person) -> None:
    """Check the rules of one person; `at` is where they stand."""
    methods = [contact.key for contact in person.contacts]
    for urgency in ("high", "low"):
        for i, one in enumerate(getattr(person.notify, urgency)):
            c.word((*at, urgency, i, "method"), one.method, methods, f"contact of {person.key}")
            if not timedelta(0) <= one.after < _DAY:
                c.say((*at, urgency, i, "after"), "this is no time to wait", "Give one from 0s to less than a day.")
    for i, hours in enumerate(person.notify.quiet):
        if not hours.days:
            c.say((*at, "quiet", i, "days"), "these hours are on no day", "Leave `days` out for every day.")
        if hours.from_.tzinfo is not None or hours.to.tzinfo is not None:
            c.say((*at, "quiet", i), "these hours carry an offset, and belong to the person's zone", "Leave it out.")
    if {day for hours in person.notify.quiet if hours.from_ == hours.to for day in hours.days} >= set(WEEK):
        mend = "End them before they begin again, such as {from: 22:00, to: 07:00}."
        c.say((*at, "quiet"), "the quiet hours never end, so that they would hold nothing back", mend)
