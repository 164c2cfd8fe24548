"""What stands after corrections: a record is never rewritten, so what is true now is worked out here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.domain.incident.events import Event, Retracted


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One fact as first entered, and the event that stands for it now.

    `now` is a `Retracted` when the fact was withdrawn; it is `first` itself when nothing corrected it.
    """

    first: Event
    now: Event

    @property
    def withdrawn(self) -> bool:
        """Whether nothing of it is true any more."""
        return isinstance(self.now.body, Retracted)


def effective(events: Iterable[Event], *, as_known_at: datetime | None = None) -> list[Event]:
    """Return the events that stand, ordered by when they were true (then as recorded).

    The newest correction of an event replaces it. A retraction withdraws it with all its corrections; a retraction of a
    correction or of a retraction brings back what stood before. With `as_known_at`, only what had been recorded by then
    counts.
    """
    kept = [s.now for s in standings(events, as_known_at=as_known_at) if not s.withdrawn]
    return sorted(kept, key=lambda e: (e.occurred_at, e.seq))


def standings(events: Iterable[Event], *, as_known_at: datetime | None = None) -> list[Standing]:
    """Return every fact once, in recorded order of its first entry."""
    known = sorted((e for e in events if as_known_at is None or e.recorded_at <= as_known_at), key=lambda e: e.seq)
    by_id = {e.id: e for e in known}
    firsts: list[Event] = []
    corrections: defaultdict[str, list[Event]] = defaultdict(list)
    for event in known:
        target = by_id.get(event.supersedes)
        if target is not None and target.seq < event.seq:
            corrections[target.id].append(event)
        elif not isinstance(event.body, Retracted):
            firsts.append(event)
    stands: dict[str, Event | None] = {}
    for event in reversed(known):
        stands[event.id] = _stands(event, [stands[c.id] for c in corrections[event.id]])
    return [Standing(first=f, now=now) for f in firsts if (now := _outcome(f, corrections[f.id], stands))]


def _stands(event: Event, corrections: Sequence[Event | None]) -> Event | None:
    """Return what stands for `event`, None when it was withdrawn; `corrections` are its own, already worked out."""
    newest = next((c for c in reversed(corrections) if c is not None), event)
    return None if newest is not event and isinstance(newest.body, Retracted) else newest


def _outcome(first: Event, corrections: Sequence[Event], stands: dict[str, Event | None]) -> Event:
    now = stands[first.id]
    if now is not None:
        return now
    return next(s for c in reversed(corrections) if (s := stands[c.id]) is not None)
