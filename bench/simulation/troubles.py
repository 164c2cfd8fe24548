"""What goes wrong: workers die or stand still, providers have weather, the store refuses, clocks ring twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bench.simulation.clockwork import Clockwork
from bench.simulation.processes import Odds, Process
from bench.simulation.providers import KINDS, WEATHERS, Weather
from bench.simulation.workers import SimulatedWorker


@dataclass(slots=True, kw_only=True)
class Troubles:
    """Spells of trouble, each of one kind, for a while."""

    clockwork: Clockwork
    chance: Random
    odds: Odds
    weather: dict[str, Weather]
    processes: list[Process]
    workers: list[SimulatedWorker]
    say: Callable[..., None]

    def plan(self, at: float) -> None:
        """Let a spell of trouble begin in `at` seconds."""
        chance, after = self.chance, self.clockwork.after
        process = chance.choice(self.processes)
        match chance.randrange(6):
            case 0:
                after(at, lambda: process.kill("by chance"))
            case 1:
                after(at, lambda: process.freeze(chance.choice((3.0, 12.0, 40.0, 300.0))))
            case 2:
                kind, weather = chance.choice(KINDS), chance.choice(WEATHERS)
                after(at, lambda: self._turn(kind, weather))
                after(at + chance.uniform(60, 3600), lambda: self._turn(kind, "fair"))
            case 3:
                name = chance.choice(("conflict", "away", "unheard", "killed"))
                strength = chance.choice((0.02, 0.1, 0.5)) if name != "killed" else 0.03
                after(at, lambda: setattr(self.odds, name, strength))
                after(at + chance.uniform(30, 1800), lambda: setattr(self.odds, name, 0.0))
            case 4:
                after(at, self._repeat_timer)
            case _:
                for number in range(chance.randrange(2, 6)):
                    after(at + number * chance.uniform(1, 15), lambda: process.kill("in a row"))

    def _turn(self, kind: str, weather: Weather) -> None:
        self.say("weather", kind, weather)
        self.weather[kind] = weather

    def _repeat_timer(self) -> None:
        worker = self.chance.choice(self.workers)
        for timer in worker.stale[-3:]:
            self.say("again", timer.stream, timer.name, timer.generation)
            worker.again(timer)
