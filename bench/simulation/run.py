"""One run: a world from a seed, some weeks of trouble, then calm; and what is wrong with what came of it."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from bench.simulation.clockwork import START, Clockwork
from bench.simulation.configurations import configuration
from bench.simulation.inputs import Inputs
from bench.simulation.invariants import after_all, overdue, paged_for_nothing, timers_agree
from bench.simulation.planning import Planner
from bench.simulation.processes import FaultyStore, Odds, Process
from bench.simulation.providers import KINDS, Arrival, Ledger, Provider, TellingProvider, Weather, keys_of
from bench.simulation.troubles import Troubles
from bench.simulation.workers import SimulatedWorker
from tocsin.flows.configure import apply
from tocsin.flows.engine import Engine
from tocsin.flows.ports import Message
from tocsin.store.memory import MemoryStore

CALM = timedelta(hours=2)
ARRIVING = timedelta(seconds=30)
A_MOMENT = timedelta(milliseconds=100)


class PlainWords:
    """Renders nothing: what a message says is not what is at stake here."""

    def render(self, source: str, fields: object) -> str:
        """Return the template's fields that tell messages apart."""
        assert isinstance(fields, dict)
        return f"{fields.get('ref')} {fields.get('text', '')} {len(source)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a run. `wrong` is empty when every promise was kept; `digest` is of everything that happened."""

    seed: int
    days: float
    incidents: int
    events: int
    messages: int
    repeats: int
    kills: int
    digest: str
    wrong: tuple[str, ...]
    trace: tuple[str, ...]


@dataclass(slots=True)
class World:
    """Everything there is in one run."""

    seed: int
    chance: Random = field(init=False)
    clockwork: Clockwork = field(default_factory=Clockwork)
    trace: list[tuple[datetime, tuple[object, ...]]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    weather: dict[str, Weather] = field(default_factory=dict)
    odds: Odds = field(default_factory=Odds)
    workers: list[SimulatedWorker] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    providers: dict[str, type[Provider]] = field(init=False)
    _seen: int = 0
    store: MemoryStore = field(init=False)
    inputs: Inputs = field(init=False)
    until: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)  # noqa: S311 (a repeatable run, not a secret)
        self.store = MemoryStore(self.clockwork)
        self.ledger.told = self._arrived
        self.providers = {kind: self.chance.choice((Provider, TellingProvider)) for kind in KINDS}
        numbers = itertools.count(1)
        plain = Engine(
            store=self.store,
            renderer=PlainWords(),
            new_id=lambda: f"n{next(numbers):06}",
            public_url="https://tocsin.example.com",
        )
        apply(plain, configuration(0), "cat")
        serve = self._process("serve")
        engine = replace(plain, store=FaultyStore(self.store, serve, self.odds, self._committed))
        self.inputs = Inputs(clockwork=self.clockwork, serve=serve, engine=engine, chance=self.chance, say=self.say)
        for number in range(self.chance.choice((1, 1, 2, 3))):
            self._worker(f"work{number}", plain)
        self._plan(plain)

    def say(self, *what: object) -> None:
        """Write down what happened."""
        self.trace.append((self.clockwork.now, what))

    def run(self) -> Outcome:
        """Let it all happen and return what came of it."""
        self.clockwork.run(self.until, broken=lambda: bool(self.wrong))
        self._calm_down()
        self.clockwork.run(self.until + CALM, broken=lambda: bool(self.wrong))
        self._come_to_rest()
        if not self.wrong:
            self.wrong.extend(after_all(self.store, self.ledger, self.inputs.declared))
        self.clockwork.close()
        lines = tuple(f"{at:%Y-%m-%d %H:%M:%S.%f} {' '.join(map(str, what))}" for at, what in self.trace)
        return Outcome(
            seed=self.seed,
            days=(self.clockwork.now - START) / timedelta(days=1),
            incidents=len(self.store.rows.incidents),
            events=sum(map(len, self.store.rows.events.values())),
            messages=len(self.ledger.arrivals),
            repeats=sum(n - 1 for n in self.ledger.times.values()),
            kills=sum(what[0] == "killed" for _, what in self.trace),
            digest=hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16],
            wrong=tuple(self.wrong),
            trace=lines,
        )

    def _process(self, name: str) -> Process:
        process = Process(name=name, clockwork=self.clockwork, chance=self.chance, say=self.say)
        self.processes.append(process)
        return process

    def _worker(self, name: str, plain: Engine) -> None:
        process = self._process(name)
        store = FaultyStore(self.store, process, self.odds, self._committed)
        channels = {
            kind: self.providers[kind](
                kind=kind,
                process=process,
                ledger=self.ledger,
                weather=self.weather,
                chance=self.chance,
                begins=self._begins,
            )
            for kind in KINDS
        }
        engine = replace(plain, store=store, channels=channels)
        worker = SimulatedWorker(process=process, store=store, engine=engine, complain=self._hold)
        process.on_start = worker.started
        self.workers.append(worker)

    def _plan(self, plain: Engine) -> None:
        """Spread over some weeks what people and senders do, and what goes wrong."""
        troubles = Troubles(
            clockwork=self.clockwork,
            chance=self.chance,
            odds=self.odds,
            weather=self.weather,
            processes=self.processes,
            workers=self.workers,
            say=self.say,
        )
        planner = Planner(
            clockwork=self.clockwork,
            chance=self.chance,
            inputs=self.inputs,
            troubles=troubles,
            plain=plain,
            say=self.say,
            committed=self._committed,
        )
        self.until = planner.plan()

    def _come_to_rest(self) -> None:
        """Go on while something is on its way: what comes due in the last moment has its time as all before had.

        What is due for longer than that is wrong already.
        """
        self.wrong.extend(overdue(self.store, since=ARRIVING))
        end = self.clockwork.now + ARRIVING
        while self.clockwork.now < end and not self.wrong and any(overdue(self.store)):
            self.clockwork.run(self.clockwork.now + A_MOMENT, broken=lambda: bool(self.wrong))

    def _calm_down(self) -> None:
        self.say("calm")
        self.odds.calm()
        self.weather.clear()
        self.inputs.quiet = True
        for process in self.processes:
            process.calm = True
            process.frozen_until = None

    def _begins(self, message: Message) -> None:
        if message.kind != "page":
            return
        for key in keys_of(message):
            incident = self.store.rows.jobs[key].job.incident
            self._hold(paged_for_nothing(self.store.rows, incident, key))

    def _arrived(self, arrival: Arrival) -> None:
        self.say("arrived", arrival.key, arrival.kind, arrival.to)
        # Of a process that stood still in the middle of a send, the first try may arrive after the second, which is marked.
        if self.ledger.unmarked[arrival.key] > 1:
            self._hold(f"{arrival.key} arrived again and does not say so")
        self.inputs.paged(arrival)

    def _committed(self) -> None:
        """A commit rings every worker; the clocks of what it changed must agree."""
        rows = self.store.rows
        changed = {rows.changes[n][0] for n in range(self._seen + 1, len(rows.changes) + 1)}
        self._seen = len(rows.changes)
        for incident in sorted(changed):
            self._hold(timers_agree(rows, rows.incidents[incident]))
        for worker in self.workers:
            worker.poke()

    def _hold(self, complaint: str) -> None:
        if complaint:
            self.say("WRONG", complaint)
            self.wrong.append(complaint)


def run(seed: int) -> Outcome:
    """Play one seed and return what came of it."""
    return World(seed).run()
