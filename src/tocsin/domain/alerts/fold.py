"""One alert over time: what each report of it changes.

Alertmanager's rules, so that both tell the same story:
- reports of one episode merge: earliest start, newest annotations;
- an end that was reported beats one that was only concluded from silence;
- firing again after the end is a new episode;
- a firing report may carry a future end: a lease, over when it passes without a refresh (Prometheus sends these). An end that the sender
  named replaces one that only its silence was given; of two of a kind the later one stands.

Reports may come in any order. What the sender says of when is compared with what it said before; with our own clock only where it said
nothing, and then with as much patience as late delivery gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec
from msgspec.structs import replace

Change = Literal["fired", "refreshed", "resolved", "refired", "ignored"]
LATE = timedelta(minutes=10)
"""How long a firing report of an ended episode counts as late delivery; after that it is believed.

So far may a sender's clock be from ours, too, before an end that it told is taken for one of an earlier episode.
"""


class _Report(Protocol):
    """What a source told about one alert (`InboundAlert` has this shape)."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...
    @property
    def summary(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...
    @property
    def end_told(self) -> bool: ...
    @property
    def annotations(self) -> Mapping[str, str]: ...
    @property
    def links(self) -> Mapping[str, str]: ...
    @property
    def extra(self) -> Mapping[str, object]: ...


class AlertState(msgspec.Struct, frozen=True, kw_only=True):
    """One alert as known now. `episode` counts how often it fired; 0 means that only its end was ever seen.

    `ends_at` is set when it ended, `expires_at` while a firing alert lives on a lease. `timed_out` marks an end that
    nobody reported. `told_start` is the latest start that the sender named for the episode, `end_told` whether it
    named its end, or that of the lease: the rest are times at which we heard of it. `incident` belongs to the flow.
    `extra` is what the sender said besides, in its own words. A storm makes, copies and writes thousands of these,
    which is why it is a struct (docs/adr/0038).
    """

    fingerprint: str
    name: str
    status: Literal["firing", "resolved"]
    labels: Mapping[str, str]
    starts_at: datetime
    last_seen_at: datetime
    summary: str = ""
    severity: str = ""
    service: str = ""
    ends_at: datetime | None = None
    expires_at: datetime | None = None
    timed_out: bool = False
    told_start: datetime | None = None
    end_told: bool = False
    episode: int = 1
    incident: str = ""
    annotations: Mapping[str, str] = {}
    links: Mapping[str, str] = {}
    extra: Mapping[str, object] = {}

    def in_incident(self, incident: str) -> AlertState:
        """Return the alert as one of an incident's."""
        return replace(self, incident=incident)

    def on_lease(self, expires_at: datetime | None, last_seen_at: datetime) -> AlertState:
        """Return the alert as heard of last and living until then: what a refresh changes, and nothing else."""
        return replace(self, expires_at=expires_at, last_seen_at=last_seen_at)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The alert after a report, and what the report changed."""

    state: AlertState
    change: Change


def take(state: AlertState | None, inbound: _Report, at: datetime) -> Taken:
    """Return what `inbound`, received `at`, makes of `state`; the same report twice changes nothing the second time."""
    ended = inbound.status == "resolved" or (inbound.ends_at is not None and inbound.ends_at <= at)
    if state is None:
        return _first(inbound, at, ended=ended)
    if _is_late(state, inbound, at, ended=ended):
        return Taken(state=state, change="ignored")
    told = _with_words(state, inbound, at) if at >= state.last_seen_at else state
    if ended:
        return _ended(told, inbound, at)
    if state.status == "firing":
        return Taken(state=_merged(told, inbound, at), change="refreshed")
    return _again(told, inbound, at)


def expire(state: AlertState, at: datetime) -> Taken:
    """Return `state` resolved when its lease passed by `at` without a refresh, else unchanged ("ignored")."""
    if state.status != "firing" or state.expires_at is None or state.expires_at > at:
        return Taken(state=state, change="ignored")
    return Taken(state=unheard(state, state.expires_at), change="resolved")


def unheard(state: AlertState, since: datetime) -> AlertState:
    """Return `state` as ended then, as far as anybody knows: nobody told."""
    return replace(state, status="resolved", ends_at=since, expires_at=None, timed_out=True, end_told=False)


def _first(inbound: _Report, at: datetime, *, ended: bool) -> Taken:
    ends_at = (inbound.ends_at or at) if ended else None
    state = AlertState(
        fingerprint=inbound.fingerprint,
        name=inbound.name or inbound.fingerprint,
        status="resolved" if ended else "firing",
        labels=inbound.labels,
        summary=inbound.summary,
        severity=inbound.severity,
        service=inbound.service,
        starts_at=inbound.starts_at or ends_at or at,
        ends_at=ends_at,
        expires_at=None if ended else inbound.ends_at,
        last_seen_at=at,
        told_start=inbound.starts_at,
        end_told=_names_end(inbound),
        episode=0 if ended else 1,
        annotations=inbound.annotations,
        links=inbound.links,
        extra=inbound.extra,
    )
    return Taken(state=state, change="ignored" if ended else "fired")


def _ended(state: AlertState, inbound: _Report, at: datetime) -> Taken:
    ends_at = inbound.ends_at or at
    if state.status == "firing":
        over = replace(_merged(state, inbound, at), status="resolved", expires_at=None)
        over = replace(over, ends_at=max(ends_at, over.starts_at), end_told=_names_end(inbound))
        return Taken(state=over, change="resolved")
    return Taken(
        state=replace(state, ends_at=ends_at, timed_out=False, end_told=_names_end(inbound)), change="refreshed"
    )


def _again(state: AlertState, inbound: _Report, at: datetime) -> Taken:
    ends_at = state.ends_at or state.last_seen_at
    started = inbound.starts_at or at
    overlapping = state.timed_out and started < ends_at  # it never ended, we only stopped hearing of it
    fresh = replace(
        state,
        status="firing",
        starts_at=min(started, state.starts_at) if overlapping else started,
        ends_at=None,
        expires_at=inbound.ends_at,
        timed_out=False,
        told_start=_later(inbound.starts_at, state.told_start) if overlapping else inbound.starts_at,
        end_told=_names_end(inbound),
        episode=state.episode + 1,
    )
    return Taken(state=fresh, change="refired" if state.episode else "fired")


def _is_late(state: AlertState, inbound: _Report, at: datetime, *, ended: bool) -> bool:
    """Return whether a report is overtaken by what is known.

    A firing one that goes on coming is believed once LATE has passed since the last that was not late.
    """
    if not ended:
        return state.status == "resolved" and at - state.last_seen_at < LATE and _began_before_end(state, inbound)
    if inbound.ends_at is None:
        return state.status == "resolved"
    if inbound.ends_at < _earliest_end(state, inbound.ends_at, at):
        return True  # the end of an earlier episode
    over = state.status == "resolved" and not state.timed_out
    return over and state.ends_at is not None and inbound.ends_at <= state.ends_at


def _earliest_end(state: AlertState, told: datetime, at: datetime) -> datetime:
    """Return when the known episode may have ended at the earliest, at the resolution of the end that is `told`.

    A start that nobody told is when we heard of it, by another clock; one that is still to come says nothing of any end.
    """
    begun = state.told_start or state.starts_at - LATE
    if begun > at:
        return told
    return begun if told.microsecond else begun.replace(microsecond=0)


def _began_before_end(state: AlertState, inbound: _Report) -> bool:
    """Return whether a firing report tells of a start that lies within what was reported as ended."""
    started, told, leased = inbound.starts_at, state.told_start, inbound.ends_at is not None
    if started is None or state.timed_out:
        return False
    if leased:  # it may come from its sender's twin, which still sees the alert; and if not, the lease ends by itself
        return told is not None and started <= state.starts_at
    inside = state.end_told and state.ends_at is not None and started < state.ends_at
    return inside or (told is not None and started <= told)


def _merged(state: AlertState, inbound: _Report, at: datetime) -> AlertState:
    return replace(
        state,
        starts_at=min(inbound.starts_at or at, state.starts_at),
        told_start=_later(inbound.starts_at, state.told_start),
        expires_at=_lease(state, inbound),
        end_told=_names_end(inbound),
    )


def _lease(state: AlertState, inbound: _Report) -> datetime | None:
    """Return how long an alert fires that is heard of again: a report without an end of its own shortens no lease."""
    known, told = state.expires_at, inbound.ends_at
    if known is None or told is None or (inbound.end_told and not state.end_told):
        return told
    return max(told, known)


def _names_end(inbound: _Report) -> bool:
    return inbound.end_told and inbound.ends_at is not None


def _later(one: datetime | None, two: datetime | None) -> datetime | None:
    return max(one, two) if one and two else one or two


def _with_words(state: AlertState, inbound: _Report, at: datetime) -> AlertState:
    """Return `state` as newly described; what the report leaves out (a resolved alert often does) stays as it was."""
    return replace(
        state,
        last_seen_at=at,
        name=inbound.name or state.name,
        labels=inbound.labels or state.labels,
        summary=inbound.summary or state.summary,
        severity=inbound.severity or state.severity,
        service=inbound.service or state.service,
        annotations=inbound.annotations or state.annotations,
        links=inbound.links or state.links,
        extra=inbound.extra or state.extra,
    )
