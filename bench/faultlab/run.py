"""Plays scenarios one after another and measures the diagnosis: what it says, how long it takes, what it costs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import psutil
import psycopg

from bench.faultlab.scenario import Scenario, Verdict, judge
from bench.faultlab.world import Case, World, now
from tocsin.adapters.probes.postgres import Postgres
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.diagnosis import Diagnosis
from tocsin.domain.diagnosis.facts import Bundle, Reading
from tocsin.domain.diagnosis.history import readings, with_history
from tocsin.domain.diagnosis.report import lines
from tocsin.domain.diagnosis.targets import Target
from tocsin.flows.diagnosis import DEADLINE_S, Probe, collect
from tocsin.wiring.probing import probes

OURS = "tocsin-probe"


@dataclass(frozen=True, kw_only=True)
class Played:
    """One scenario after its diagnosis; `load` is our sessions' processor time over the wall time of all cores."""

    scenario: Scenario
    verdict: Verdict
    walls_s: tuple[float, ...]
    db_cpu_s: float
    took_s: float
    report: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Lab:
    """A world, and probes that keep one database session open as a worker's do."""

    world: World
    eyes: Mapping[str, Probe] = field(default_factory=probes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        database = self.eyes["postgres"]
        if isinstance(database, Postgres):
            database.close()

    def play(self, scenarios: Iterable[Scenario]) -> Iterator[Played]:
        """Yield each scenario's outcome."""
        for scenario in scenarios:
            began = time.monotonic()
            with scenario.arrange(self.world) as case:
                walls: list[float] = []
                spent = self._our_cpu_s()
                bundle, diagnosis = self._look(case, walls)
                spent = max(0.0, self._our_cpu_s() - spent)
            yield Played(
                scenario=scenario,
                verdict=judge(scenario, diagnosis),
                walls_s=tuple(walls),
                db_cpu_s=spent,
                took_s=time.monotonic() - began,
                report=lines(diagnosis, bundle),
            )

    def _look(self, case: Case, walls: list[float]) -> tuple[Bundle, Diagnosis]:
        targets = [one for one in {**self.world.targets(), **case.targets}.values() if one is not None]
        eyes = {**probes(), "postgres": self.eyes["postgres"]}
        earlier: list[Reading] = []
        seen = self._once(targets, eyes, case, earlier, walls)
        for _ in range(case.looks - 1):
            time.sleep(case.between)
            seen = self._once(targets, eyes, case, earlier, walls)
        return seen

    def _once(
        self, targets: list[Target], eyes: Mapping[str, Probe], case: Case, earlier: list[Reading], walls: list[float]
    ) -> tuple[Bundle, Diagnosis]:
        began = time.monotonic()
        bundle = with_history(collect(targets, eyes, deadline_s=DEADLINE_S, now=now), earlier)
        diagnosis = diagnose(bundle, case.onset)
        walls.append(time.monotonic() - began)
        earlier += readings(bundle)
        return bundle, diagnosis

    def _our_cpu_s(self) -> float:
        """Return the processor time that the database has spent on our sessions, 0 where it cannot be asked."""
        with suppress(psycopg.Error), self.world.admin() as owner:
            rows = owner.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", (OURS,)).fetchall()
            return sum(_cpu_s(int(pid)) for (pid,) in rows)
        return 0.0


def _cpu_s(pid: int) -> float:
    with suppress(psutil.Error):
        return sum(psutil.Process(pid).cpu_times()[:2])
    return 0.0


def figures(played: list[Played], load_before: float) -> dict[str, object]:
    """Return the run as one JSON object."""
    by_kind = {kind: [one for one in played if one.scenario.kind == kind] for kind in ("fault", "near_miss", "healthy")}
    walls = sorted(wall for one in played for wall in one.walls_s)
    spent = sum(one.db_cpu_s for one in played)
    cores = os.cpu_count() or 1
    return {
        "top1": sum(one.verdict.right for one in by_kind["fault"]),
        "faults": len(by_kind["fault"]),
        "near_misses": len(by_kind["near_miss"]),
        "near_misses_blamed": sum(not one.verdict.right for one in by_kind["near_miss"]),
        "near_misses_blamed_on_others": sum(_on_others(one) for one in by_kind["near_miss"]),
        "healthy": len(by_kind["healthy"]),
        "false_alarms": sum(not one.verdict.right for one in by_kind["healthy"]),
        "diagnoses": len(walls),
        "wall_p50_s": round(walls[len(walls) // 2], 3) if walls else None,
        "wall_p95_s": round(walls[min(len(walls) - 1, int(0.95 * len(walls)))], 3) if walls else None,
        "wall_max_s": round(walls[-1], 3) if walls else None,
        "db_load": round(spent / (sum(walls) * cores), 5) if walls else None,
        "load_before": round(load_before, 1),
        "cores": cores,
    }


def _on_others(one: Played) -> bool:
    """Whether a near miss was blamed on something that it has not."""
    return bool(set(one.verdict.blamed) - {one.scenario.really, one.scenario.cause})
