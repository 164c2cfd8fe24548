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
KINDS = ("webhook", "email")
WEATHERS: tuple[Weather, ...] = ("fair", "slow", "flaky", "refusing", "away", "mute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message as it was taken outside, by itself or along with another."""

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
    _looked: set[str] = field(default_factory=set)

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        """Carry a message, as the weather is."""
        del options
        if message.key in self._looked:
            self._looked.discard(message.key)
        else:
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
        for key in keys_of(message):
            self.ledger.take(Arrival(at=at, key=key, kind=message.kind, to=to, marked=message.possible_repeat))


class TellingProvider(Provider):
    """One that can be asked what it has taken."""

    def find(self, message: Message, options: Mapping[str, object], deadline_s: float, *, since: datetime) -> str:
        """Return the receipt of what was taken already; '' when it was not, or the weather does not let it tell."""
        del options, deadline_s, since
        self.begins(message)
        self._looked.add(message.key)
        self.process.sleep(self.chance.uniform(0.01, 0.5))
        tells = self.weather.get(self.kind, "fair") in {"fair", "slow"}
        found = "250 taken" if tells and self.ledger.times.get(message.key) else ""
        self.process.say("looked up", message.key, found or "nothing")
        return found


def keys_of(message: Message) -> tuple[str, ...]:
    """Return the keys of all that a message stands for."""
    more = message.facts.get("keys")
    return (message.key, *more) if isinstance(more, list) else (message.key,)
