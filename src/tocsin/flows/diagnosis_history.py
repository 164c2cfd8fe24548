"""What earlier diagnoses and the monitors know of the same targets: counters become rates, and "normal" has a figure."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.domain.diagnosis.facts import Bundle, MetricsBaseline, Reading
from tocsin.domain.diagnosis.history import kept, readings
from tocsin.flows.storage import Tx

_NORMAL_FROM, _NORMAL_UNTIL = timedelta(minutes=75), timedelta(minutes=15)
_ENOUGH_SAMPLES = 5


def recall(tx: Tx, targets: Sequence[str]) -> tuple[Reading, ...]:
    """Return what earlier diagnoses read at `targets`; what older code kept in another shape counts as nothing."""
    found: list[Reading] = []
    for target in targets:
        raw = tx.value(_key(target))
        try:
            found += msgspec.json.decode(raw, type=tuple[Reading, ...]) if raw else ()
        except msgspec.MsgspecError:
            continue
    return tuple(found)


def remember(tx: Tx, bundle: Bundle) -> None:
    """Keep what `bundle` read, beside what is kept already, for the next diagnosis of the same targets."""
    by_target: dict[str, list[Reading]] = defaultdict(list)
    for one in (*bundle.history, *readings(bundle)):
        by_target[one.target].append(one)
    for target, of in by_target.items():
        tx.put_value(_key(target), msgspec.json.encode(kept(of, bundle.ended_at)).decode())


def normal(tx: Tx, services: Sequence[str], onset: datetime) -> Mapping[str, MetricsBaseline]:
    """Return what the monitors saw of services in the hour that ended a quarter before `onset`: medians."""
    found: dict[str, MetricsBaseline] = {}
    for service in services:
        samples = [facts for _, facts in tx.samples(f"service/{service}", onset - _NORMAL_FROM, onset - _NORMAL_UNTIL)]
        rates = _numbers(samples, "requests_per_s")
        if len(rates) < _ENOUGH_SAMPLES:
            continue
        errors, p95 = _numbers(samples, "error_percent"), _numbers(samples, "p95_ms")
        found[service] = MetricsBaseline(
            requests_per_s=statistics.median(rates),
            error_ratio=statistics.median(errors) / 100 if errors else 0.0,
            p95_s=statistics.median(p95) / 1000 if p95 else None,
        )
    return found


def _numbers(samples: Sequence[Mapping[str, object]], name: str) -> list[float]:
    return [float(value) for facts in samples if isinstance(value := facts.get(name), int | float)]


def _key(target: str) -> str:
    return f"readings/{target}"
