"""What was out of the ordinary around an alert: lines, spans and metrics that were not like that before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

import re2

from tocsin.domain.diagnosis.correlation.incident import FrozenIncident, LogLine, Span
from tocsin.domain.diagnosis.correlation.shifts import Shift, is_demand, shift_of
from tocsin.domain.diagnosis.correlation.technologies import technologies
from tocsin.domain.diagnosis.correlation.tokens import identifiers, masked, spaced, words

_BASELINE_SHARE = 0.3
_LOUDER = 3.0
_MOST_FIELDS = 40
_STARTING = re2.compile(
    r"(?i)^\W*(?:re)?(?:start(?:ing|ed|up)|boot|listening|initiali[sz])|feature flag .* enabled|deployed|rollout"
)
_ID = re2.compile(
    r"(?i)\b((?:record|message|msg|event|order|row|document|doc|item|file|job|object|entity|payload|batch|task)[_ -]?(?:id|key|name)|[a-z]+_id"
    r"|offset|sequence(?:_number)?|seq(?:no)?|lsn)[\"']?[=: ]+[\"']?([\w./-]*[0-9][\w./-]*)"
)
# Ids of who asks, of where it runs and of how it is followed are the same in many lines without being to blame.
_WHOSE = re2.compile(
    r"(?i)trace|span|request|correlation|session|user|tenant|account|org|project|client|consumer|group|customer|instance|node|host|pod|container|"
    r"cluster|region|zone|process|thread|worker|shard|app|service|build|version|deploy|run|member|connection|parent"
)
_MANY = 4
_WORD = re2.compile(r"[a-z0-9]+")
_PLACE = re2.compile(
    r"([\w./-]*[\w-]+\.(?:go|py|js|ts|tsx|jsx|java|kt|rb|rs|php|cs|scala|cpp|cc|c|ex|swift))(?:[:\"(, ]+(?:line )?\d+)"
)
_CODE = re2.compile(r"(?i)status|code|exit|errno|signal")
_AMONG: Final = 0.25
_FAR_MORE: Final = 1.8


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """Something said that was not said before. `loud` marks warnings, errors and failed calls; `fields` are `name=value`.

    `steady` are ids that stay the same in every line of the group, though each line should speak of another one.
    """

    service: str
    text: str
    source: str
    at: datetime | None = None
    count: int = 1
    loud: bool = True
    fields: tuple[tuple[str, str], ...] = ()
    steady: tuple[str, ...] = ()

    @cached_property
    def whole(self) -> str:
        """Return everything it says; bare numbers of fields are left out, because 404 ms is no status code."""
        return " ".join((self.text, *(f"{name}={_said_of(name, value)}" for name, value in self.fields)))

    @cached_property
    def told(self) -> str:
        """Return everything it says, the words of its names apart as well."""
        return spaced(self.whole)

    def blames(self, services: Iterable[str]) -> bool:
        """Whether it speaks of one of some services by name."""
        said = self.whole.lower()
        return any(one and one.lower() in said for one in services)

    def __str__(self) -> str:
        """Give one line for a person."""
        when = f" from {self.at:%H:%M:%S}" if self.at else ""
        return f"{self.source} of {self.service or 'somebody'}: {self.text[:160]} ({self.count}x{when})"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """An incident with what was unusual in it."""

    incident: FrozenIncident
    symptoms: tuple[Symptom, ...]
    shifts: tuple[Shift, ...]
    usual: frozenset[str]

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of what was said, less those that are said on any day."""
        return frozenset(word for one in self.symptoms for word in words(one.whole)) - self.usual

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """Names made of several words in what was said."""
        return frozenset(name for one in self.symptoms for name in identifiers(one.whole))

    @cached_property
    def prose(self) -> str:
        """Everything that was said aloud, in lower case, its words a blank apart."""
        return f" {' '.join(word for one in self.symptoms if one.loud for word in _WORD.findall(one.whole.lower()))} "

    @cached_property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Who fails where in the code, as traces of it say: service and file."""
        return tuple((one.service, found) for one in self.symptoms if one.loud for found in _PLACE.findall(one.whole))

    @cached_property
    def services(self) -> frozenset[str]:
        """Every service that is named as one anywhere."""
        named = {span.service for span in self.incident.spans} | {line.service for line in self.incident.logs}
        named |= {series.service for series in self.incident.series} | {self.incident.alarm.service}
        named |= {rollout.service for change in self.incident.changes for rollout in change.rollouts}
        return frozenset(named - {""})

    @cached_property
    def heard(self) -> frozenset[str]:
        """Every service that telemetry knows; a name that only deploys know is of settings that others share."""
        found = {span.service for span in self.incident.spans} | {line.service for line in self.incident.logs}
        return frozenset(found | {series.service for series in self.incident.series})

    @cached_property
    def technologies(self) -> frozenset[int]:
        """The products and parts of platforms that complaints name, or that complain themselves."""
        said = " ".join(f"{one.service} {one.text}" for one in self.symptoms if one.loud)
        return technologies(said)

    @cached_property
    def callers(self) -> dict[str, frozenset[str]]:
        """Who calls whom, from the traces: service to those that call it."""
        found: dict[str, set[str]] = defaultdict(set)
        for span in self.incident.spans:
            if span.caller and span.caller != span.service:
                found[span.service].add(span.caller)
        return {service: frozenset(by) for service, by in found.items()}

    def asked_more(self, service: str) -> bool:
        """Whether a service is asked for far more than it was."""
        return any(one.up and one.ratio >= _FAR_MORE and is_demand(one) for one in self.shifts_of(service))

    @cached_property
    def suffering(self) -> frozenset[str]:
        """Services that complain or whose metrics hurt."""
        told = {one.service for one in self.symptoms if one.loud}
        return frozenset(told | {one.service for one in self.shifts if one.hurts})

    def of(self, service: str) -> tuple[Symptom, ...]:
        """Return what one service says itself."""
        return tuple(one for one in self.symptoms if one.service == service)

    def shifts_of(self, service: str) -> tuple[Shift, ...]:
        """Return the metrics of one service that moved."""
        return tuple(one for one in self.shifts if one.service == service)


def look_at(incident: FrozenIncident) -> Scene:
    """Return what was unusual in an incident."""
    fired = incident.alarm.fired_at
    found = (shift_of(series, fired) for series in incident.series)
    shifts = tuple(sorted((one for one in found if one is not None), key=lambda one: one.at))
    spoken = [*_said(incident.logs, fired), *_failed(incident.spans), *_counted(incident)]
    if incident.alarm.summary:
        spoken.append(Symptom(service=incident.alarm.service, text=incident.alarm.summary, source="alert", at=fired))
    quiet = [line for line in incident.logs if line.level in {"info", "debug"}]
    usual = frozenset(word for line in quiet[: max(1, int(len(quiet) * _BASELINE_SHARE))] for word in words(line.text))
    return Scene(incident=incident, symptoms=tuple(spoken), shifts=shifts, usual=usual)


def _said(logs: Sequence[LogLine], fired: datetime | None) -> Iterator[Symptom]:
    """Group alike lines; keep groups that are new or far more frequent than in the first part of the time seen."""
    if not logs:
        return
    begin, end = logs[0].at, logs[-1].at
    until = begin + (min(fired or end, end) - begin) * _BASELINE_SHARE
    groups: dict[tuple[str, str, str], list[LogLine]] = defaultdict(list)
    for line in logs:
        groups[line.service, line.level, masked(line.text)].append(line)
    for (service, level, _), lines in groups.items():
        loud = level in {"warn", "error"}
        before = sum(line.at <= until for line in lines)
        if _STARTING.search(lines[0].text) or not _unusual(before, len(lines), loud=loud):
            continue
        fresh = [line for line in lines if line.at > until] or lines
        yield Symptom(
            service=service,
            text=fresh[0].text,
            source="log",
            at=fresh[0].at,
            count=len(lines),
            loud=loud,
            fields=_fields(fresh),
            steady=_steady(fresh) if loud else (),
        )


def _unusual(before: int, whole: int, *, loud: bool) -> bool:
    if not before:
        return True
    rate, rate_after = before / _BASELINE_SHARE, (whole - before) / (1 - _BASELINE_SHARE)
    return loud and rate_after >= _LOUDER * rate


def _fields(lines: Sequence[LogLine]) -> tuple[tuple[str, str], ...]:
    found = dict.fromkeys(pair for line in lines for pair in line.fields.items())
    return tuple(found)[:_MOST_FIELDS]


def _steady(lines: Sequence[LogLine]) -> tuple[str, ...]:
    if len(lines) < _MANY:
        return ()
    kept: set[tuple[str, str]] | None = None
    for line in lines:
        pairs = {
            (name.lower(), value)
            for text in (line.text, *(f"{key}={value}" for key, value in line.fields.items()))
            for name, value in _ID.findall(text)
            if not _WHOSE.search(name)
        }
        kept = pairs if kept is None else kept & pairs
    return tuple(sorted(f"{name}={value}" for name, value in kept or ()))


def _failed(spans: Sequence[Span]) -> Iterator[Symptom]:
    groups: dict[tuple[str, str, str], list[Span]] = defaultdict(list)
    for span in spans:
        if span.failed:
            groups[span.service, span.name, masked(" ".join(span.fields.values()))].append(span)
    for (service, name, _), alike in groups.items():
        fields = tuple(pair for pair in alike[0].fields.items() if pair[0] != "status")
        yield Symptom(service=service, text=name, source="span", at=alike[0].at, count=len(alike), fields=fields)


def _counted(incident: FrozenIncident) -> Iterator[Symptom]:
    for one in incident.signatures:
        grew = one.delta > 0 and one.delta >= _AMONG * one.count
        if (one.negative or grew) and not _STARTING.search(one.text):
            yield Symptom(
                service=one.service, text=one.text, source="signature", count=max(one.count, 1), loud=one.negative
            )


def _said_of(name: str, value: str) -> str:
    bare = value.replace(".", "", 1).lstrip("-").isdigit()
    return "#" if bare and not _CODE.search(name) else value
