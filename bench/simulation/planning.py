"""The plan of a run: over some weeks what people and senders do, when the rules change, and when trouble begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

from bench.simulation.clockwork import START, Clockwork
from bench.simulation.configurations import VARIANTS, configuration
from bench.simulation.inputs import RANKS, Inputs
from bench.simulation.troubles import Troubles
from tocsin.flows.configure import apply
from tocsin.flows.engine import Engine

DAY_S = 86400.0
ENDING = timedelta(minutes=40)
# How many runs have so much at once that pages are bundled.
STORMY = 0.08
# How many alerts somebody silences once they fire.
SILENCED = 0.5
# What pages and is not critical: that waits for nobody.
STORM_RANK = 1


@dataclass(slots=True, kw_only=True)
class Planner:
    """Draws what happens in a run from its chance. `plain` is an engine that no fault touches."""

    clockwork: Clockwork
    chance: Random
    inputs: Inputs
    troubles: Troubles
    plain: Engine
    say: Callable[..., None]
    committed: Callable[[], None]

    def plan(self) -> datetime:
        """Plan everything and return when it ends."""
        chance, after = self.chance, self.clockwork.after
        days = chance.choice((1, 7, 30, 60))
        span = days * DAY_S
        moments = self._moments(span)
        after(span - ENDING.total_seconds(), lambda: setattr(self.inputs, "ending", True))
        for number, (at, rank) in enumerate(moments):
            after(at, partial(self.inputs.declare, number, rank))
        for number, at in enumerate(self._sometimes(span, 2)):
            self._alert(f"alert{number}", at)
            if chance.random() < SILENCED:
                after(at + chance.uniform(0, 600), partial(self.inputs.silence, f"alert{number}"))
        for at in (*self._sometimes(span, 3), *(m + chance.uniform(0, 900) for m, _ in moments[:4])):
            self.troubles.plan(at)
        for at in self._sometimes(span, 2):
            after(at, self._configure)
        for at in self._sometimes(span, 2):
            after(at, self._shift_clock)
        return START + timedelta(days=days)

    def _moments(self, span: float) -> list[tuple[float, int]]:
        """Return when incidents are declared, and how severe."""
        chance = self.chance
        moments = [chance.uniform(0, span) for _ in range(chance.randrange(1, 3))]
        if chance.random() < 0.7:  # one at the end meets the calm with nobody answering
            moments.append(span - chance.uniform(1, 1200))
        storm: list[tuple[float, int]] = []
        if chance.random() < STORMY:
            began = chance.uniform(0, span)
            storm = [(began + chance.uniform(0, 8), STORM_RANK) for _ in range(chance.randrange(7, 9))]
        return [(at, chance.choice(RANKS)) for at in moments] + storm

    def _sometimes(self, span: float, most: int) -> list[float]:
        return [self.chance.uniform(0, span) for _ in range(self.chance.randrange(most + 1))]

    def _alert(self, name: str, at: float) -> None:
        for number in range(self.chance.randrange(1, 6)):
            self.clockwork.after(at + number * 60, lambda: self.inputs.alert(name, "firing"))
        if self.chance.random() < 0.5:
            self.clockwork.after(at + 900, lambda: self.inputs.alert(name, "resolved"))

    def _configure(self) -> None:
        number = self.chance.randrange(len(VARIANTS))
        self.say("configuration", number)
        apply(self.plain, configuration(number), "cat")
        self.committed()

    def _shift_clock(self) -> None:
        """Another machine answers as the database, whose clock differs."""
        self.clockwork.offset += timedelta(seconds=self.chance.uniform(-2, 2))
        self.say("clock", self.clockwork.offset)
        self.committed()
