"""Is it back to normal? Reads the monitors' samples, judges the gates, begins and breaks the watch (R-VER-1, R-VER-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.domain.actor import SYSTEM
from tocsin.domain.incident.events import GatesChecked, GateSeen, Reopened, WatchEnded
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.policy import Policy
from tocsin.domain.incident.state import Incident
from tocsin.domain.mitigation.gates import GateResult, Judging, Sample, judge
from tocsin.domain.visibility import WORKER
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, UnknownIncidentError, find, record
from tocsin.flows.policies import policy_of
from tocsin.flows.storage import Timer, Tx
from tocsin.flows.transact import transact

BASELINE = timedelta(minutes=30)
LONGEST_PAUSE = timedelta(seconds=15)
SHORTEST_PAUSE = timedelta(milliseconds=500)
# Nothing looks at these services: a person has to, and ticks the gates.
BLIND_PAUSE = timedelta(minutes=5)
STALE_LOOKS = 8


def check(engine: Engine, timer: Timer) -> None:
    """Judge the gates of one incident and arm the next look while there is something to verify."""
    transact(engine, lambda tx: _check(engine, tx, timer))


def _check(engine: Engine, tx: Tx, timer: Timer) -> None:
    if not tx.finish_timer(timer):
        return
    try:
        incident = find(tx, timer.stream, WORKER)
    except UnknownIncidentError:
        return
    if incident.timers.get(timer.name) != timer.generation or _done(incident):
        return
    policy = policy_of(tx, incident.pack)
    _tell(engine, tx, incident, results_now(tx, incident, policy))
    tx.set_timer(timer.stream, timer.name, timer.generation, tx.now() + _pause(incident, policy))


def _pause(incident: Incident, policy: Policy) -> timedelta:
    if not any(m.service in incident.services for m in policy.catalogue.monitors):
        return BLIND_PAUSE
    if incident.phase is Phase.POST_INCIDENT and "watch" not in incident.timers:
        return BLIND_PAUSE  # resolved, and undecided at the window's end: this may go on until somebody closes it
    return min(LONGEST_PAUSE, max(SHORTEST_PAUSE, (policy.pack.verification.watch or LONGEST_PAUSE) / 20))


def _done(incident: Incident) -> bool:
    if incident.phase is Phase.POST_INCIDENT:
        return incident.verification.passed
    return incident.phase is not Phase.ACTIVE


def _tell(engine: Engine, tx: Tx, incident: Incident, results: Sequence[GateResult]) -> None:
    """Record the verdicts when any changed, and what a failure after the watch began means."""
    seen = tuple(
        GateSeen(gate=r.gate, verdict=r.verdict, observed=r.observed, expected=r.expected)
        for r in results
        if r.automatic
    )
    before = {g.gate: g.verdict for g in incident.verification.gates}
    if not seen or before == {g.gate: g.verdict for g in seen}:
        return
    broken = [g for g in seen if g.verdict == "fail"] if incident.verification.watch_began_at else []
    changes = [Change(body=GatesChecked(gates=seen), actor=SYSTEM)]
    if broken:
        why = f"gate {broken[0].gate} fails again: {broken[0].observed}, expected {broken[0].expected}"
        changes.append(Change(body=WatchEnded(result="regressed", reason=why), actor=SYSTEM))
        if incident.phase is Phase.POST_INCIDENT:
            changes.append(Change(body=Reopened(reason=why), actor=SYSTEM))
    record(engine, tx, incident, changes)


def results_now(tx: Tx, incident: Incident, policy: Policy) -> tuple[GateResult, ...]:
    """Return every gate's verdict from what the monitors saw before the impact and since the fix."""
    now = tx.now()
    began = incident.began_at
    fixed = max((p.started_at for p in incident.plans if p.started_at), default=began)
    every = max((m.every for m in policy.catalogue.monitors if m.service in incident.services), default=LONGEST_PAUSE)
    ticked = {key.removeprefix("gate/"): "people" for key, done in incident.ticks.items() if done}
    how = Judging(min_requests=3, fresh=every * STALE_LOOKS, ticked=ticked)
    recent_from = max(fixed, now - how.fresh)
    return judge(
        policy.pack.verification,
        baseline=_samples(tx, incident, began - BASELINE, began),
        # What is no longer fresh is not judged, so a long incident need not be read whole at every look.
        recent=[s for s in _samples(tx, incident, recent_from - KEPT_FOR, now) if s.at >= recent_from],
        now=now,
        judging=how,
    )


def _samples(tx: Tx, incident: Incident, since: datetime, until: datetime) -> list[Sample]:
    points = [p for service in incident.services for p in tx.samples(f"service/{service}", since, until)]
    return joined(sorted(points, key=lambda p: p[0]))


@dataclass(slots=True)
class _Known:
    """The newest value of each fact while samples of several monitors are joined."""

    values: dict[str, object]
    at: dict[str, datetime]


KEPT_FOR = timedelta(minutes=2)


def joined(points: Sequence[tuple[datetime, Mapping[str, object]]]) -> list[Sample]:
    """Join the samples of several monitors: each point also carries the others' newest facts, for a while.

    `requests` belongs to the look that counted it.
    """
    known = _Known(values={}, at={})
    found: list[Sample] = []
    for at, facts in points:
        for name, value in facts.items():
            known.values[name] = value
            known.at[name] = at
        fresh = {n: v for n, v in known.values.items() if at - known.at[n] <= KEPT_FOR}
        found.append(_sample(at, fresh))
    return found


def _sample(at: datetime, facts: Mapping[str, object]) -> Sample:
    def number(name: str) -> float | None:
        value = facts.get(name)
        return float(value) if isinstance(value, int | float) else None

    ready, health = facts.get("ready"), facts.get("health")
    both = [v for v in (ready, health) if isinstance(v, bool)]
    requests = number("requests")
    return Sample(
        at=at,
        error_percent=number("error_percent"),
        p95_ms=number("p95_ms"),
        ready=all(both) if both else None,
        requests=round(requests) if requests is not None else None,
    )
