"""What earlier looks at the same targets read: kept small, carried by every bundle, so that a replay sees the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.domain.diagnosis.facts import (
    Bundle,
    DnsFacts,
    HostFacts,
    MetricsBaseline,
    MetricsFacts,
    PostgresFacts,
    Reading,
    RedisFacts,
    TlsFacts,
    WorkloadFacts,
)
from tocsin.domain.diagnosis.look import Look

MOST_READINGS = 40
KEPT = timedelta(days=7)
_Facts = PostgresFacts | RedisFacts | HostFacts | MetricsFacts | DnsFacts | TlsFacts | WorkloadFacts
Read = tuple[Mapping[str, float], Mapping[str, str]]


def readings(bundle: Bundle) -> tuple[Reading, ...]:
    """Return what is worth comparing with the next look, one reading a target that answered."""
    found: tuple[tuple[_Facts, Read], ...] = (
        *((one, _postgres(one)) for one in bundle.postgres if one.error is None),
        *((one, _redis(one)) for one in bundle.redis if one.error is None),
        *((one, _host(one)) for one in bundle.host),
        *((one, _metrics(one)) for one in bundle.metrics if one.error is None),
        *((one, _dns(one)) for one in bundle.dns),
        *((one, _tls(one)) for one in bundle.tls if one.error is None),
        *((one, _workloads(one)) for one in bundle.workloads if one.error is None),
    )
    return tuple(
        Reading(target=facts.target, at=facts.at, numbers=numbers, words=said) for facts, (numbers, said) in found
    )


def with_history(bundle: Bundle, earlier: Iterable[Reading]) -> Bundle:
    """Return `bundle` with the newest `earlier` readings of its own targets, oldest first."""
    by_target: dict[str, list[Reading]] = defaultdict(list)
    for one in sorted(earlier, key=lambda one: (one.at, one.target)):
        if one.target in bundle.targets and one.at < bundle.started_at:
            by_target[one.target].append(one)
    return replace(
        bundle, history=tuple(one for target in sorted(by_target) for one in kept(by_target[target], bundle.ended_at))
    )


def kept(of_one_target: Iterable[Reading], now: datetime) -> tuple[Reading, ...]:
    """Return the readings of one target that are worth keeping."""
    return tuple(one for one in of_one_target if now - one.at <= KEPT)[-MOST_READINGS:]


def with_baselines(bundle: Bundle, normal: Mapping[str, MetricsBaseline]) -> Bundle:
    """Return `bundle` with what was `normal` for a service, where nobody configured that."""
    metrics = tuple(
        replace(one, baseline=one.baseline or normal.get(one.service)) if one.service else one for one in bundle.metrics
    )
    return replace(bundle, metrics=metrics)


def series(look: Look, target: str, name: str) -> tuple[tuple[datetime, float], ...]:
    """Return (time, value) of a number read at `target` earlier and now, oldest first."""
    now = (one for one in readings(look.bundle) if one.target == target)
    return tuple((one.at, one.numbers[name]) for one in (*look.earlier(target), *now) if name in one.numbers)


def changed_words(look: Look, target: str, prefix: str) -> Iterator[tuple[str, str, str, datetime]]:
    """Yield (name, before, now, last seen so) of the words under `prefix` that differ from the newest earlier reading."""
    now = next((one for one in readings(look.bundle) if one.target == target), None)
    before = next((one for one in reversed(look.earlier(target)) if any(w.startswith(prefix) for w in one.words)), None)
    if now is None or before is None:
        return
    for name in sorted({*now.words, *before.words}):
        was, is_now = before.words.get(name, ""), now.words.get(name, "")
        if name.startswith(prefix) and was != is_now:
            yield name.removeprefix(prefix), was, is_now, before.at


def slope_per_s(points: tuple[tuple[datetime, float], ...]) -> float:
    """Return the least-squares slope of a series, per second; 0.0 for fewer than two moments."""
    if len(points) < 2:  # noqa: PLR2004 (a line takes two points)
        return 0.0
    began = points[0][0]
    xs = [(at - began).total_seconds() for at, _ in points]
    mean_x, mean_y = sum(xs) / len(xs), sum(value for _, value in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x in xs)
    return (
        sum((x - mean_x) * (value - mean_y) for x, (_, value) in zip(xs, points, strict=True)) / spread
        if spread
        else 0.0
    )


def _postgres(facts: PostgresFacts) -> Read:
    numbers: dict[str, float] = {}
    if facts.used is not None:
        numbers["used"] = facts.used
    if facts.counters:
        numbers["deadlocks"] = facts.counters.deadlocks
    if facts.size_bytes is not None:
        numbers["size_bytes"] = facts.size_bytes
    for one in facts.statements or ():
        numbers |= {f"mean_s:{one.query_id}": one.mean_s, f"calls:{one.query_id}": one.calls}
    if facts.upkeep is None:
        return numbers, {}
    if facts.upkeep.uptime_s is not None:
        numbers["uptime_s"] = facts.upkeep.uptime_s
    return numbers, {f"setting:{name}": value for name, value in facts.upkeep.settings.items()}


def _redis(facts: RedisFacts) -> Read:
    levels = {"keys": facts.keys, "used_bytes": facts.used_bytes, "uptime_s": facts.uptime_s, "flushes": facts.flushes}
    numbers = {name: float(value) for name, value in levels.items() if value is not None}
    numbers |= {f"queue:{one.key}": float(one.length) for one in facts.queues}
    return numbers, {f"setting:{name}": value for name, value in facts.settings.items()}


def _host(facts: HostFacts) -> Read:
    levels = {"available_bytes": facts.memory_available_bytes, "oom_kills": facts.oom_kills, "uptime_s": facts.uptime_s}
    numbers = {name: float(value) for name, value in levels.items() if value is not None}
    numbers |= {f"free:{one.mount}": float(one.free_bytes) for one in facts.disks}
    return numbers, {f"mount:{one.mount}": "ro" if one.read_only else "rw" for one in facts.disks}


def _metrics(facts: MetricsFacts) -> Read:
    numbers: dict[str, float] = {}
    if facts.recent and facts.recent.requests_per_s is not None:
        numbers |= {"requests_per_s": facts.recent.requests_per_s, "error_ratio": facts.recent.error_ratio}
    runtime = facts.runtime
    if runtime and runtime.resident_bytes is not None:
        numbers["resident_bytes"] = runtime.resident_bytes
    if runtime and runtime.started_at is not None:
        numbers["started_at"] = runtime.started_at
    return numbers, {"versions": ", ".join(facts.versions)}


def _dns(facts: DnsFacts) -> Read:
    answered = (one for one in facts.answers if one.outcome == "ok")
    return {}, {f"answer:{one.name} {one.kind} at {one.resolver}": ", ".join(one.addresses) for one in answered}


def _tls(facts: TlsFacts) -> Read:
    return {}, {"certificate:": f"{facts.subject} until {facts.not_after}"}


def _workloads(facts: WorkloadFacts) -> Read:
    return {}, {f"image:{one.name}": one.image for one in facts.containers if one.image}
