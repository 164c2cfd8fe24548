"""The worker's loop over real databases: lanes, leases, what breaks, and how it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tocsin.doors.worker import LANES, Worker
from tocsin.flows.storage import Job, NewJob, Store, StoreUnavailableError, Timer
from tocsin.store.opening import open_store
from tocsin.store.schema import migrate
from tocsin.wiring.duties import Duties

SOON_S = 10.0


@dataclass
class Desk:
    """Duties that write down what they were asked, and may be held up until released."""

    started: list[tuple[str, float]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    aside: list[tuple[str, str]] = field(default_factory=list)
    off: list[str] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    held: frozenset[str] = frozenset({"message", "monitor/slow"})
    broken: frozenset[str] = frozenset()
    change: threading.Condition = field(default_factory=threading.Condition)

    def duties(self, store: Store) -> Duties:
        def run(job: Job) -> str:
            self._began(job.key, job.kind)
            if job.kind in self.broken:
                raise KeyError(job.kind)
            with store.transaction() as tx:
                tx.settle(job, "done")
            self._ended(job.key)
            return "done"

        def tick(timer: Timer) -> None:
            self._began(timer.stream, timer.stream.rstrip("0123456789"))
            if timer.name in self.broken:
                raise KeyError(timer.name)
            with store.transaction() as tx:
                tx.finish_timer(timer)
            self._ended(timer.stream)

        def put_aside(job: Job, reason: str) -> str:
            with store.transaction() as tx:
                tx.bury(job, reason)
            self.aside.append((job.key, reason))
            self._ended(job.key)
            return "buried"

        def put_off(timer: Timer, reason: str) -> str:
            self.off.append(f"{timer.name}: {reason}")
            self._ended(timer.stream)
            return "retried"

        kinds = [kind for lane in LANES.values() for kind in lane]
        return Duties(
            jobs=dict.fromkeys(kinds, run), timer=tick, put_aside=put_aside, put_off=put_off, begin=lambda: None
        )

    def _began(self, name: str, kind: str) -> None:
        with self.change:
            self.started.append((name, time.time()))
            self.change.notify_all()
        if kind in self.held:
            assert self.hold.wait(SOON_S)

    def _ended(self, name: str) -> None:
        with self.change:
            self.done.append(name)
            self.change.notify_all()

    def wait(self, true: Callable[[], bool]) -> None:
        with self.change:
            assert self.change.wait_for(true, SOON_S), (self.started, self.done)

    def at(self, name: str) -> float:
        return next(at for one, at in self.started if one == name)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 't.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("fresh_database")()
    migrate(url)
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 't.db'}"
    migrate(url)
    opened = open_store(url)
    yield opened
    opened.close()


@contextmanager
def working(store: Store, desk: Desk, **more: Any) -> Iterator[Worker]:
    worker = Worker(store=store, duties=desk.duties(store), name="w", **more)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        desk.hold.set()
        worker.stop()
        thread.join(SOON_S)
        assert not thread.is_alive()


def put(store: Store, kind: str, *keys: str, in_s: float = 0.0) -> float:
    with store.transaction() as tx:
        due = tx.now() + timedelta(seconds=in_s)
        urgent = kind == "page"
        tx.enqueue([NewJob(key=k, kind=kind, incident="", payload={}, due=due, urgent=urgent) for k in keys])
    return time.time()


def set_timer(store: Store, *streams: str, name: str = "look", in_s: float = 0.0) -> None:
    with store.transaction() as tx:
        for stream in streams:
            tx.set_timer(stream, name, 1, tx.now() + timedelta(seconds=in_s))


def test_eight_slow_messages_do_not_delay_a_page(store: Store) -> None:
    desk = Desk()
    with working(store, desk):
        put(store, "message", *(f"m{n}" for n in range(12)))
        desk.wait(lambda: len(desk.started) == 8)
        for n in range(5):
            put(store, "page", f"p{n}")
            desk.wait(lambda n=n: f"p{n}" in desk.done)
        # Every message is still held: how soon a page goes out beside them is measured, in docs/benchmarks.md.
        assert desk.done == [f"p{n}" for n in range(5)]


def test_monitors_that_hang_do_not_delay_an_escalation(store: Store) -> None:
    desk = Desk()
    with working(store, desk):
        set_timer(store, *(f"monitor/slow{n}" for n in range(20)))
        desk.wait(lambda: len(desk.started) == 8)
        at = time.time() + 0.2
        set_timer(store, "incident", name="escalate", in_s=0.2)
        desk.wait(lambda: "incident" in desk.done)
        assert desk.done == ["incident"]

    assert desk.at("incident") > at - 0.05


def test_a_hanging_monitor_waits_once_however_often_its_lease_runs_out(sqlite: Store) -> None:
    desk = Desk()
    with working(sqlite, desk, lease=timedelta(seconds=0.1), threads=1):
        set_timer(sqlite, "monitor/slow1", "monitor/slow2")
        desk.wait(lambda: len(desk.started) == 1)
        put(sqlite, "page", "later", in_s=0.5)
        desk.wait(lambda: "later" in desk.done)
        assert len([name for name, _ in desk.started if name.startswith("monitor/")]) == 1


def test_a_row_that_breaks_is_put_aside_and_the_others_go_on(store: Store) -> None:
    desk = Desk(broken=frozenset({"reminder"}))
    with working(store, desk):
        put(store, "reminder", "bad")
        put(store, "page", "good")
        desk.wait(lambda: {"bad", "good"} <= set(desk.done))

    assert desk.aside == [("bad", "KeyError: 'reminder'")]


def test_the_log_is_quiet_about_what_goes_as_it_should_and_names_what_does_not(sqlite: Store) -> None:
    desk = Desk()

    def settles(outcome: str) -> Callable[[Job], str]:
        return lambda job: outcome if desk.duties(sqlite).jobs[job.kind](job) else ""

    duties = replace(desk.duties(sqlite), jobs={"page": settles("delivered"), "reminder": settles("failed")})
    worker = Worker(store=sqlite, duties=duties, name="w")
    put(sqlite, "page", "good")
    put(sqlite, "reminder", "bad")
    with capture_logs() as said:
        thread = threading.Thread(target=worker.run)
        thread.start()
        desk.wait(lambda: {"good", "bad"} <= set(desk.done))
        worker.stop()
        thread.join(SOON_S)

    assert {(one["key"], one["log_level"]) for one in said} == {("good", "debug"), ("bad", "warning")}


def test_a_clock_that_breaks_is_put_off_and_the_others_go_on(sqlite: Store) -> None:
    desk = Desk(broken=frozenset({"escalate"}))
    with working(sqlite, desk):
        set_timer(sqlite, "one", name="escalate")
        set_timer(sqlite, "two", name="tell/0")
        desk.wait(lambda: {"one", "two"} <= set(desk.done))

    assert desk.off == ["escalate: KeyError: 'escalate'"]


def test_what_is_under_way_is_finished_and_keeps_its_lease_when_the_worker_is_told_to_stop(store: Store) -> None:
    desk = Desk()
    renewed = threading.Semaphore(0)
    plain = store.renew

    def renew(*args: Any) -> None:
        plain(*args)
        renewed.release()

    store.renew = renew  # type: ignore[method-assign]  # tells, after the real one
    worker = Worker(store=store, duties=desk.duties(store), name="w", lease=timedelta(seconds=3))
    thread = threading.Thread(target=worker.run)
    thread.start()
    put(store, "message", "slow")
    desk.wait(lambda: len(desk.started) == 1)

    worker.stop()
    taken: list[Job] = []
    for _ in range(5):  # one a second: longer than the lease that it had when it was told to stop
        assert renewed.acquire(timeout=SOON_S)
        taken += store.claim_jobs("other", limit=1, lease_s=1)
    desk.hold.set()
    thread.join(SOON_S)

    assert taken == []
    assert desk.done == ["slow"]


class Restarting:
    """A store whose database goes away and comes back."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.away = False

    def __getattr__(self, name: str) -> Any:
        if self.away and name not in {"wait", "wake", "close"}:
            raise StoreUnavailableError("the database is restarting")
        return getattr(self._store, name)


def test_a_database_that_restarts_is_waited_for(sqlite: Store) -> None:
    desk = Desk()
    restarting = Restarting(sqlite)
    with working(restarting, desk):  # type: ignore[arg-type]  # answers to everything a store does
        put(sqlite, "page", "before")
        desk.wait(lambda: "before" in desk.done)
        restarting.away = True
        put(sqlite, "page", "meanwhile")
        sqlite.wait(0.2)
        sqlite.wait(0.2)
        assert "meanwhile" not in desk.done
        restarting.away = False
        desk.wait(lambda: "meanwhile" in desk.done)


def test_a_row_whose_database_went_away_is_left_to_its_lease(sqlite: Store) -> None:
    desk = Desk()
    duties = desk.duties(sqlite)
    tried: list[bool] = []

    def gone_once(job: Job) -> str:
        tried.append(job.previous_outcome_unknown)
        if len(tried) == 1:
            raise StoreUnavailableError("restarting")
        return duties.jobs["page"](job)

    worker = Worker(
        store=sqlite, duties=replace(duties, jobs={"page": gone_once}), name="w", lease=timedelta(seconds=2)
    )
    thread = threading.Thread(target=worker.run)
    thread.start()
    put(sqlite, "page", "p")
    desk.wait(lambda: "p" in desk.done)
    worker.stop()
    thread.join(SOON_S)

    assert tried == [False, True]
    assert desk.aside == []


def test_a_settled_row_wakes_nobody_while_its_lane_has_room(sqlite: Store) -> None:
    desk = Desk()
    rung = []
    plain = sqlite.wake
    sqlite.wake = lambda: rung.append(plain())  # type: ignore[method-assign]  # counts, and rings the real one
    with working(sqlite, desk, threads=4):
        for n in range(6):
            put(sqlite, "page", f"p{n}")
            desk.wait(lambda n=n: f"p{n}" in desk.done)
        alone = len(rung)
        put(sqlite, "message", *(f"m{n}" for n in range(6)))
        desk.wait(lambda: len([1 for name, _ in desk.started if name.startswith("m")]) == 4)
        desk.hold.set()
        desk.wait(lambda: len(desk.done) == 12)

    assert alone == 0
    assert rung


def test_a_full_lane_is_not_asked_without_end(sqlite: Store) -> None:
    desk = Desk()
    asked = []
    plain = sqlite.claim_jobs

    def counting(*args: Any, **more: Any) -> list[Job]:
        asked.append(1)
        return plain(*args, **more)

    sqlite.claim_jobs = counting  # type: ignore[method-assign]  # counts, and asks the real one
    with working(sqlite, desk, threads=1):
        put(sqlite, "message", *(f"m{n}" for n in range(5)))
        desk.wait(lambda: len(desk.started) == 1)
        asked.clear()
        put(sqlite, "page", "later", in_s=1.0)
        desk.wait(lambda: "later" in desk.done)

    assert len(asked) < 200
