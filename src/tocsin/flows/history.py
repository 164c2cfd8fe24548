"""Schedules as they were: what is past is answered by the configuration in force then, whatever has been applied since.

Hours before the first configuration have no history; they are told by the newest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.domain.catalogue import Catalogue
from tocsin.domain.oncall.shifts import Gap, Shift, gaps, shifts
from tocsin.domain.oncall.verification import with_confirmed
from tocsin.domain.schedules import Schedule
from tocsin.flows.former import version_of
from tocsin.flows.laid import lay
from tocsin.flows.policies import catalogue, confirmed
from tocsin.flows.storage import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a span in which one configuration was in force."""

    starts: datetime
    ends: datetime
    catalogue: Catalogue


def catalogue_at(tx: Tx, at: datetime) -> Catalogue:
    """Return the configuration in force at an instant, with what people changed of single hours; of one to come, the newest.

    Raises:
        NotConfiguredError: there is none.
    """
    newest = catalogue(tx, since=at)
    if at >= tx.now():
        return newest
    known = tx.catalogue_versions(at, at)
    return _as_it_was(tx, known[0][0], at, newest) if known else newest


def pieces(tx: Tx, begin: datetime, end: datetime) -> tuple[Piece, ...]:
    """Return the configurations of a span, in order; neighbours with the same schedules are one piece.

    Raises:
        NotConfiguredError: there is none.
    """
    newest = catalogue(tx, since=begin)
    now = min(tx.now(), end)
    known = tx.catalogue_versions(begin, now) if begin < now else ()
    found = [Piece(starts=begin, ends=end, catalogue=newest)] if not known or known[0][1] > begin else []
    for version, since in known:
        then = _as_it_was(tx, version, begin, newest)
        _put(found, Piece(starts=max(begin, since), ends=end, catalogue=then))
    return tuple(found)


def shifts_then(spans: tuple[Piece, ...], key: str) -> tuple[Shift, ...]:
    """Return who was and will be on call by a schedule."""
    found: list[Shift] = []
    for schedule, one in _of(spans, key):
        for shift in shifts(schedule, one.starts, one.ends):
            last = found[-1] if found else None
            if last is not None and last.ends == shift.starts and last.duties == shift.duties:
                found[-1] = replace(last, ends=shift.ends)
            else:
                found.append(shift)
    return tuple(found)


def gaps_then(spans: tuple[Piece, ...], key: str) -> tuple[Gap, ...]:
    """Return the hours in which nobody was or will be on call by a schedule."""
    found: list[Gap] = []
    for schedule, one in _of(spans, key):
        for gap in gaps(schedule, one.starts, one.ends):
            if found and found[-1].ends == gap.starts:
                found[-1] = replace(found[-1], ends=gap.ends)
            else:
                found.append(gap)
    return tuple(found)


def _of(spans: tuple[Piece, ...], key: str) -> Iterator[tuple[Schedule, Piece]]:
    for one in spans:
        yield one.catalogue.schedule(key) or Schedule(key=key, zone="UTC"), one


def _put(found: list[Piece], piece: Piece) -> None:
    last = found[-1] if found else None
    if last is not None and last.catalogue.schedules == piece.catalogue.schedules:
        found[-1] = replace(last, catalogue=piece.catalogue)
        return
    if last is not None:
        found[-1] = replace(last, ends=piece.starts)
    found.append(piece)


def _as_it_was(tx: Tx, version: int, since: datetime, newest: Catalogue) -> Catalogue:
    stored = None if version == newest.version else version_of(tx, version)
    if stored is None:
        return newest
    return lay(with_confirmed(stored, confirmed(tx)), tx.schedule_changes(since))
