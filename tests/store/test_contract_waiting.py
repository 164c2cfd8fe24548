"""Waiting and waking, on every store; the figures are far from the limits because two cores are shared."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from tests.conftest import ROOT
from tests.fakes import NOON, a_job
from tests.store.conftest import Bench

from tocsin.flows.storage import Store
from tocsin.store.bell import CHANNEL, PostgresBell, SocketBell
from tocsin.store.opening import open_store

LONG_S = 20.0
SOON_S = 5.0

ENQUEUE = """
import sys
from tests.fakes import a_job
from tocsin.store.opening import open_store
store = open_store(sys.argv[1])
with store.transaction() as tx:
    tx.enqueue([a_job("from outside")])
store.close()
"""


@contextmanager
def _waiting(store: Store) -> Iterator[list[float]]:
    """Let a thread wait, once it has heard everything so far; afterwards the list holds how long it did."""
    took: list[float] = []
    ready = threading.Event()

    def wait() -> None:
        for _ in range(2):  # a bell rings for nothing at first: when it begins to listen, when it first looks around
            store.wait(0.21)
        ready.set()
        began = time.monotonic()
        store.wait(LONG_S)
        took.append(time.monotonic() - began)

    thread = threading.Thread(target=wait)
    thread.start()
    assert ready.wait(LONG_S)
    yield took
    thread.join(LONG_S + 5)
    assert took


def test_a_waiter_wakes_when_a_job_is_committed(store: Store) -> None:
    with _waiting(store) as took, store.transaction() as tx:
        tx.enqueue([a_job()])
    assert took[0] < SOON_S


def test_a_waiter_wakes_when_a_timer_is_set_by_another_opener(bench: Bench) -> None:
    other = bench.another()
    with _waiting(bench.store) as took, other.transaction() as tx:
        tx.set_timer("i1", "t", 1, NOON)
    assert took[0] < SOON_S


def test_a_waiter_wakes_when_told_to(bench: Bench) -> None:
    other = bench.another()
    with _waiting(bench.store) as took:
        other.wake()
    assert took[0] < SOON_S


def test_work_that_came_before_the_wait_ends_it_at_once(store: Store) -> None:
    store.wait(0)
    with store.transaction() as tx:
        tx.enqueue([a_job()])

    began = time.monotonic()
    store.wait(LONG_S)
    assert time.monotonic() - began < SOON_S


def test_a_wait_without_work_ends_with_its_time(store: Store) -> None:
    store.wait(0)
    began = time.monotonic()
    store.wait(0.05)
    assert time.monotonic() - began < SOON_S


def test_closing_ends_every_wait(bench: Bench) -> None:
    with _waiting(bench.store) as took:
        bench.store.close()
    assert took[0] < SOON_S


def test_a_waiter_wakes_when_another_process_commits_a_job(database_url: str) -> None:
    store = open_store(database_url)
    with _waiting(store) as took:
        paths = os.pathsep.join(["src", "."])
        command = [sys.executable, "-c", ENQUEUE, database_url]
        subprocess.run(command, check=True, timeout=30, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths})
    assert took[0] < LONG_S
    assert [job.key for job in store.claim_jobs("w", limit=1, lease_s=9)] == ["from outside"]
    store.close()


def test_a_socket_bell_rings_another_without_its_net_and_removes_dead_ears(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    ear, mouth = SocketBell(folder, lambda: False), SocketBell(folder, lambda: False)
    ear.wait(0)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as killed:
        killed.bind(str(folder / "dead"))
    began = time.monotonic()
    mouth.ring()
    ear.wait(LONG_S)

    assert time.monotonic() - began < SOON_S
    assert len(list(folder.iterdir())) == 1
    ear.close()
    mouth.close()
    assert list(folder.iterdir()) == []


def test_a_postgres_bell_hears_a_commit_and_outlives_its_connection(postgres_url: str) -> None:
    bell = PostgresBell(postgres_url)
    bell.wait(SOON_S)  # rings once it listens
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
        began = time.monotonic()
        bell.wait(LONG_S)  # rings while it does not listen, so that somebody looks
        connection.execute(f"NOTIFY {CHANNEL}")
        bell.wait(LONG_S)

    assert time.monotonic() - began < SOON_S
    bell.close()
