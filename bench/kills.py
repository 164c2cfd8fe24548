"""What every bench that kills has in common: what is wanted, the database it runs on, and the killing itself."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.instance import Instance
from tocsin.drill.servers.postgres import PostgresServer

SYNCED = {"fsync": "on", "synchronous_commit": "on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to do; the same seed kills after the same pauses."""

    kills: int
    directory: Path
    database: str = "sqlite"
    seed: int = 7
    say: Callable[[str], None] = lambda _: None
    between_s: tuple[float, float] = (3.0, 7.0)


@contextmanager
def database(wanted: Wanted) -> Iterator[tuple[str, PostgresServer | None]]:
    """Give a database that keeps what it promised: its address ('' for SQLite's own) and its server, if it has one."""
    if wanted.database == "sqlite":
        yield "", None
        return
    with PostgresServer(wanted.directory / "postgres", SYNCED) as server:
        yield server.create_database("tocsin"), server


@contextmanager
def under(load: Callable[[], None], stopping: threading.Event) -> Iterator[None]:
    """Run a load in a thread of its own meanwhile."""
    thread = threading.Thread(target=load)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def kill_at_random(
    wanted: Wanted,
    instance: Instance,
    choose: Callable[[int, random.Random], str],
    *,
    first: Callable[[], None] = lambda: None,
    told: Callable[[], str] = lambda: "",
) -> Counter[str]:
    """Kill what `choose` names, time and again, and return how often each; `first` is waited for before each."""
    chance = random.Random(wanted.seed)  # noqa: S311 (a repeatable run, not a secret)
    kills: Counter[str] = Counter()
    for number in range(wanted.kills):
        instance.await_answer()  # a server that is never up is no load
        first()
        time.sleep(chance.uniform(*wanted.between_s))
        name = choose(number, chance)
        instance.kill(name)
        kills[name] += 1
        wanted.say(f"kill {number + 1}/{wanted.kills}: {name}; {told()}")
    return kills
