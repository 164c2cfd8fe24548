"""What carries messages: it refuses, does not answer, takes its time; and its own account of what it took, which Tocsin never sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Literal

from bench.simulation.processes import Process
from tocsin.flows.ports import Message, PermanentError, TransientError, UnansweredError

Weather = Literal["fair", "slow", "flaky", "refusing", "away", "mute"]
WEATHERS: tuple[Weather, ...] = ("fair", "slow", "flaky", "refusing", "away", "mute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message as it was taken outside."""

    at: datetime
    key: str
    kind: str
    to: str
    marked: bool


@dataclass(slots=True, kw_only=True)
class Ledger:
    """What arrived outside, in order; `told` is called for each."""

    arrivals: list[Arrival] = field(default_factory=list)
    times: dict[str, int] = field(default_factory=dict)
    unmarked: dict[str, int] = field(default_factory=dict)
    told: Callable[[Arrival], None] = lambda _: None

    def take(self, arrival: Arrival) -> None:
        """Write one down."""
        self.times[arrival.key] = self.times.get(arrival.key, 0) + 1
        self.unmarked[arrival.key] = self.unmarked.get(arrival.key, 0) + (not arrival.marked)
        self.arrivals.append(arrival)
        self.told(arrival)


@dataclass(slots=True, kw_only=True)
class Provider:
    """A channel of one kind as one process calls it; its weather is shared by all of them."""

    kind: str
    process: Process
    ledger: Ledger
    weather: dict[str, Weather]
    chance: Random
    begins: Callable[[Message], None]

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        """Carry a message, as the weather is."""
        del options
        self.begins(message)
        weather = self.weather.get(self.kind, "fair")
        self.process.say("sends", message.key, self.kind, weather, "repeat" if message.possible_repeat else "")
        if weather == "flaky":
            weather = self.chance.choice(("fair", "refusing", "away", "mute", "slow"))
        match weather:
            case "refusing":
                self.process.sleep(0.02)
                raise PermanentError("410 gone")
            case "away":
                self.process.sleep(0.01)
                raise TransientError("connection refused")
            case "mute":
                return self._mute(message, deadline_s)
            case "slow":
                return self._carry(message, self.chance.uniform(0.3, 0.95) * deadline_s)
            case _:
                return self._carry(message, self.chance.uniform(0.005, 0.4))

    def _carry(self, message: Message, seconds: float) -> str:
        self.process.sleep(seconds / 2)
        self._take(message)
        self.process.sleep(seconds / 2)
        return "250 taken"

    def _mute(self, message: Message, deadline_s: float) -> str:
        """Take it or not; in either case nobody hears."""
        self.process.sleep(0.1)
        if self.chance.random() < 0.5:
            self._take(message)
        self.process.sleep(deadline_s - 0.1)
        raise UnansweredError(f"no answer within {deadline_s} s")

    def _take(self, message: Message) -> None:
        to = str(message.facts.get("to") or message.to)
        at = self.process.clockwork.now
        self.ledger.take(Arrival(at=at, key=message.key, kind=message.kind, to=to, marked=message.possible_repeat))
