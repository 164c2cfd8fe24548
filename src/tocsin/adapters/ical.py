"""Calendar files (iCalendar, RFC 5545), written and read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import recurring_ical_events
from icalendar import Calendar, Event

from tocsin.domain.errors import InvalidError
from tocsin.domain.oncall.wall_clock import instant, zone
from tocsin.flows.calendar_format import Entry, Found

MOST_EVENTS: Final = 500
EARLIEST: Final = 2000
# Rules that make many events a day are no rota, and would take as long to count as somebody likes.
_FAST: Final = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_PARTS: Final = ("BYHOUR", "BYMINUTE", "BYSECOND")
_MEND: Final = "Export it again from where it is kept."
_BROKEN = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)


class ICalendar:
    """iCalendar by the `icalendar` library."""

    def write(self, name: str, entries: Sequence[Entry], stamp: datetime) -> str:
        """Return a calendar file that was made at `stamp`."""
        calendar = Calendar()
        calendar.add("prodid", "-//Tocsin//on-call//EN")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", name)
        for entry in entries:
            calendar.add_component(_event(entry, stamp))
        return str(calendar.to_ical().decode())

    def read(self, text: str, begin: datetime, end: datetime, zone: str) -> list[Found]:
        """Return what happens from `begin` to `end`; times without a zone are those of `zone`.

        Raises:
            InvalidError: the text is no calendar, or holds more than can be taken over.
        """
        try:
            calendar = _newest(Calendar.from_ical(text))
            happening = recurring_ical_events.of(calendar).between(begin - timedelta(days=1), end + timedelta(days=1))
            found = [_found(event, zone) for event in happening if str(event.get("STATUS", "")).upper() != "CANCELLED"]
        except InvalidError:
            raise
        except _BROKEN as error:
            message = f"this is no calendar that can be read: {type(error).__name__}"
            raise InvalidError(message, field="calendar", mend=_MEND) from error
        inside = {one for one in found if one.starts < one.ends and one.ends > begin and one.starts < end}
        return sorted(inside, key=lambda one: (one.starts, one.ends, one.names))


def _event(entry: Entry, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", stamp)
    event.add("dtstart", entry.starts.astimezone(UTC))
    event.add("dtend", entry.ends.astimezone(UTC))
    event.add("summary", entry.title)
    if entry.email:
        event.add("attendee", f"mailto:{entry.email}")
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    # A revision is higher than any before it, so that calendars take the newest.
    event.add("sequence", int(stamp.timestamp()) if entry.cancelled else 0)
    event.add("transp", "TRANSPARENT")
    return event


def _newest(calendar: Any) -> Calendar:  # noqa: ANN401 (the library answers with components of any kind)
    """Return the calendar with the newest revision of each event; equal revisions at other times are events of their own."""
    events = list(calendar.walk("VEVENT"))
    if len(events) > MOST_EVENTS:
        raise InvalidError(f"there are more than {MOST_EVENTS} events", field="calendar", mend="Export a shorter span.")
    kept: dict[tuple[str, str, str], Any] = {}
    revisions: dict[tuple[str, str], tuple[int, str]] = {}
    for event in events:
        _check(event)
        name, revision = _name(event), _revision(event)
        newest = revisions.get(name)
        if newest is not None and revision < newest:
            continue
        if newest is not None and revision > newest:
            kept = {key: one for key, one in kept.items() if key[:2] != name}
        revisions[name] = revision
        kept[*name, str(event["DTSTART"].dt)] = event
    fresh = Calendar()
    for value in (v for v in ("X-WR-TIMEZONE",) if v in calendar):
        fresh.add(value, calendar[value])
    for part in (*calendar.walk("VTIMEZONE"), *_apart(kept)):
        fresh.add_component(part)
    return fresh


def _apart(kept: dict[tuple[str, str, str], Any]) -> Iterator[Any]:
    """Give events that share a name with another one a name of their own, since one would hide the other."""
    seen: set[tuple[str, str]] = set()
    for number, (key, event) in enumerate(kept.items()):
        if key[:2] in seen:
            event["UID"] = f"{key[0]}#{number}"
        seen.add(key[:2])
        yield event


def _name(event: Any) -> tuple[str, str]:  # noqa: ANN401 (a component of the library)
    recurrence = event.get("RECURRENCE-ID")
    return str(event.get("UID", "")), str(recurrence.dt) if recurrence is not None else ""


def _revision(event: Any) -> tuple[int, str]:  # noqa: ANN401 (a component of the library)
    changed = event.get("LAST-MODIFIED")
    return int(event.get("SEQUENCE", 0)), changed.dt.isoformat() if changed is not None else ""


def _check(event: Any) -> None:  # noqa: ANN401 (a component of the library)
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        if _FAST & {str(f).upper() for f in rule.get("FREQ", ())} or any(part in rule for part in _PARTS):
            raise InvalidError("an event repeats more than once a day", field="calendar", mend="Use days or weeks.")
    if event["DTSTART"].dt.year < EARLIEST:
        raise InvalidError(f"an event begins before {EARLIEST}", field="calendar", mend=_MEND)


def _found(event: Any, name: str) -> Found:  # noqa: ANN401 (a component of the library)
    title = str(event.get("SUMMARY", "")).strip()
    attendees = event.get("ATTENDEE", [])
    addresses = attendees if isinstance(attendees, list) else [attendees]
    names = (*(_address(one) for one in addresses), title.lower())
    starts, ends = (_instant(event[edge].dt, name) for edge in ("DTSTART", "DTEND"))
    return Found(starts=starts, ends=ends, names=tuple(n for n in names if n), title=title)


def _address(value: object) -> str:
    return str(value).lower().removeprefix("mailto:").strip()


def _instant(moment: date, name: str) -> datetime:
    """Return an instant; a day begins at midnight, and what has no zone is by the clocks of the one called `name`."""
    if not isinstance(moment, datetime):
        return instant(datetime.combine(moment, time()), zone(name))
    return instant(moment, zone(name)) if moment.tzinfo is None else moment.astimezone(UTC)
