"""What logs did differently after a moment than before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.domain.diagnosis.facts.logs import LogFacts, LogTemplate
from tocsin.domain.diagnosis.logs.statistics import chance_of_silence, discoveries, dispersion, surprise

_FALSE_RATE = 0.05
_JUMP_RATIO = 2.0
_JUMP_SURPRISE = 5.0
_JUMP_LINES = 10
_VANISHED_LINES = 10
_REGULAR = 0.6
_VOLUME = 1.5
# What an incident brings is often written before somebody notices it: a tenth of the time before, at most ten minutes.
_LEAD_SHARE = 0.1
_LEAD_S = 600
_MIX_SURPRISE = 5.0
_MIX_RATIO = 1.5
_MIX_SHARE = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A template's lines before and after; `expected` is how many would have come after had nothing changed."""

    template: LogTemplate
    before: int
    after: int
    expected: float
    surprise: float

    @property
    def ratio(self) -> float:
        """How many times more lines came than were to be expected; of what is new, the number of lines."""
        return self.after / self.expected if self.expected else float(self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstError:
    """When a service first wrote an error that is new or jumped."""

    service: str
    at: datetime
    template: LogTemplate


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelMix:
    """The share of error lines before and after."""

    before: float
    after: float
    surprise: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChanges:
    """Everything that differs. `first_seen` are errors of which there are too few to be sure that they are new."""

    before_s: float
    after_s: float
    new: tuple[Shift, ...] = ()
    first_seen: tuple[Shift, ...] = ()
    jumped: tuple[Shift, ...] = ()
    vanished: tuple[Shift, ...] = ()
    first_errors: tuple[FirstError, ...] = ()
    mix: LevelMix | None = None
    volume_ratio: float = 1.0

    @property
    def comparable(self) -> bool:
        """Whether there is a time before and one after."""
        return self.before_s > 0 and self.after_s > 0


def changes(facts: LogFacts, onset: datetime | None) -> LogChanges:
    """Return what changed at `onset`; where that is unknown or outside the log, what differs between its halves."""
    if facts.start_at is None or facts.end_at is None or not facts.templates:
        return LogChanges(before_s=0.0, after_s=0.0)
    size = max(len(one.counts) for one in facts.templates)
    cut = facts.bucket(onset) if onset is not None else size // 2
    cut = cut if 0 < cut < size else 0 if onset is not None and onset <= facts.start_at else size // 2
    before_s, after_s = cut * facts.bucket_s, (size - cut) * facts.bucket_s
    if not before_s or not after_s:
        return LogChanges(before_s=float(before_s), after_s=float(after_s))
    shifts, volume = _shifts(facts.templates, cut, size)
    lead = max(1, min(int(_LEAD_SHARE * cut), _LEAD_S // facts.bucket_s)) if cut > 1 else 0
    new, weak = _new(shifts, cut - lead, size)
    known = [one for one in shifts if one not in new and one not in weak]
    jumped = tuple(sorted((one for one in known if _jumps(one, cut)), key=lambda one: -one.surprise))
    return LogChanges(
        before_s=float(before_s),
        after_s=float(after_s),
        new=new,
        first_seen=weak,
        jumped=jumped,
        vanished=_vanished(shifts, cut, after_s / (before_s + after_s)),
        first_errors=_first_errors(facts, (*new, *jumped), cut) or _first_errors(facts, weak, cut),
        mix=_mix(shifts),
        volume_ratio=volume,
    )


def _shifts(templates: Sequence[LogTemplate], cut: int, size: int) -> tuple[list[Shift], float]:
    """Return every template's counts on both sides; where all of the log grew, each is held against that growth."""
    counted = [(one, sum(one.counts[:cut]), sum(one.counts[cut:])) for one in templates]
    scale = (size - cut) / cut
    total_before, total_after = sum(one[1] for one in counted), sum(one[2] for one in counted)
    volume = total_after / (total_before * scale) if total_before else 1.0
    if not 1 / _VOLUME < volume < _VOLUME and volume > 0:
        scale *= volume
    shifts = [
        Shift(
            template=one,
            before=before,
            after=after,
            expected=before * scale,
            surprise=surprise(before, after, scale),
        )
        for one, before, after in counted
    ]
    return shifts, volume


def _new(shifts: Sequence[Shift], begins: int, size: int) -> tuple[tuple[Shift, ...], tuple[Shift, ...]]:
    """Return what surely came first after bucket `begins`, the most frequent first, and errors too rare to be sure of."""
    sure: list[Shift] = []
    weak: list[Shift] = []
    for kind in ("message", "trace"):
        of = [one for one in shifts if one.template.kind == kind]
        fresh = [one for one in of if one.after and not any(one.template.counts[:begins])]
        chances = [chance_of_silence(one.template.count, begins / size) for one in fresh]
        limit = discoveries(chances, len(of), _FALSE_RATE)
        for one, chance in zip(fresh, chances, strict=True):
            if chance <= limit:
                sure.append(one)
            elif one.template.trouble:
                weak.append(one)
    sure.sort(key=lambda one: (not one.template.trouble, -one.after))
    weak.sort(key=lambda one: -one.after)
    return tuple(sure), tuple(weak) if _unusual(weak, shifts, begins, size) else ()


def _unusual(weak: Sequence[Shift], shifts: Sequence[Shift], begins: int, size: int) -> bool:
    """Whether more rare errors appeared than fell silent by chance: where every error is seen once, none is news."""
    silent = sum(one.template.trouble and not any(one.template.counts[begins:]) for one in shifts)
    return len(weak) > 2 * silent * (size - begins) / max(1, begins)


def _jumps(one: Shift, cut: int) -> bool:
    if not one.before or one.ratio < _JUMP_RATIO or one.after - one.expected < _JUMP_LINES:
        return False
    return one.surprise / math.sqrt(dispersion(one.template.counts[:cut])) >= _JUMP_SURPRISE


def _vanished(shifts: Sequence[Shift], cut: int, share: float) -> tuple[Shift, ...]:
    """Return what came all the time and then did not."""
    gone = [one for one in shifts if one.before and not one.after and one.template.kind == "message"]
    chances = [chance_of_silence(one.before, share) for one in gone]
    limit = discoveries(chances, len(shifts), _FALSE_RATE)
    found = [
        one
        for one, chance in zip(gone, chances, strict=True)
        if chance <= limit and one.expected >= _VANISHED_LINES and _regular(one.template, cut)
    ]
    return tuple(sorted(found, key=lambda one: -one.before))


def _regular(one: LogTemplate, cut: int) -> bool:
    counts = one.counts[:cut]
    return sum(count > 0 for count in counts) >= min(_REGULAR * len(counts), _VANISHED_LINES)


def _first_errors(facts: LogFacts, shifts: Sequence[Shift], cut: int) -> tuple[FirstError, ...]:
    found: dict[str, FirstError] = {}
    for shift in shifts:
        one = shift.template
        if not one.trouble:
            continue
        at = one.first_at if not shift.before else _risen(facts, shift, cut)
        service = one.service or facts.service or facts.target
        if service not in found or at < found[service].at:
            found[service] = FirstError(service=service, at=at, template=one)
    return tuple(sorted(found.values(), key=lambda one: (one.at, one.service)))


def _risen(facts: LogFacts, shift: Shift, cut: int) -> datetime:
    """Return the beginning of the first bucket in which more came than were to be expected."""
    counts = shift.template.counts
    usual = shift.expected / max(1, len(counts) - cut)
    number = next((n for n in range(cut, len(counts)) if counts[n] > _JUMP_RATIO * usual), cut)
    start = facts.start_at or shift.template.first_at
    return start + timedelta(seconds=number * facts.bucket_s)


def _mix(shifts: Sequence[Shift]) -> LevelMix | None:
    before, after = sum(one.before for one in shifts), sum(one.after for one in shifts)
    bad_before = sum(one.before for one in shifts if one.template.trouble)
    bad_after = sum(one.after for one in shifts if one.template.trouble)
    if not before or not after:
        return None
    share_before, share_after = bad_before / before, bad_after / after
    score = surprise(bad_before, bad_after, after / before)
    risen = share_after - share_before >= _MIX_SHARE and share_after >= _MIX_RATIO * share_before
    return (
        LevelMix(before=share_before, after=share_after, surprise=score) if risen and score >= _MIX_SURPRISE else None
    )
