"""The outbox's and the timers' promise, on every store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes import NOON, a_job, append, declare
from tests.store.conftest import Bench

from tocsin.domain.visibility import WORKER
from tocsin.flows.storage import Job, NewJob, Store, Timer

LONG_AGO = NOON - timedelta(days=365)


def _enqueue(store: Store, *jobs: NewJob) -> None:
    with store.transaction() as tx:
        tx.enqueue(jobs)


def _claim(store: Store, limit: int = 10, lease_s: float = 60, kinds: tuple[str, ...] = ()) -> list[Job]:
    return store.claim_jobs("w1", limit=limit, lease_s=lease_s, kinds=kinds)


def _state(store: Store) -> list[tuple[str, str]]:
    with store.reading() as tx:
        return sorted((job.key, job.state) for job in tx.jobs(WORKER).items)


def test_a_due_job_is_claimed_once_with_all_it_carries(store: Store) -> None:
    _enqueue(store, a_job("k1", payload={"to": "anna", "fields": {"n": 1, "list": [1, 2]}}))

    (job,) = _claim(store)

    assert (job.key, job.kind, job.attempt, job.due) == ("k1", "page", 1, LONG_AGO)
    assert job.payload == {"to": "anna", "fields": {"n": 1, "list": [1, 2]}}
    assert not job.previous_outcome_unknown
    assert _claim(store) == []


def test_a_key_enqueued_twice_is_one_job_and_the_first(store: Store) -> None:
    _enqueue(store, a_job("k1", kind="first"), a_job("k1", kind="second"))
    _enqueue(store, a_job("k1", kind="third"))
    (job,) = _claim(store)
    with store.transaction() as tx:
        assert tx.settle(job, "sent")
        tx.enqueue([a_job("k1", kind="fourth")])

    assert job.kind == "first"
    assert _claim(store) == []


def test_a_job_waits_for_its_due_time(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        due = tx.now() + timedelta(minutes=5)
        tx.enqueue([a_job("later", due=due)])

    assert _claim(bench.store) == []
    assert bench.store.next_due() == due
    bench.advance(timedelta(minutes=5, seconds=1))
    assert [job.key for job in _claim(bench.store)] == ["later"]


def test_urgent_jobs_go_first_then_the_oldest(store: Store) -> None:
    for key, minutes in {"b": 2, "a": 1, "u2": 9, "u1": 8, "c": 3}.items():
        _enqueue(store, a_job(key, urgent=key.startswith("u"), due=LONG_AGO + timedelta(minutes=minutes)))

    assert [job.key for job in _claim(store, limit=3)] == ["u1", "u2", "a"]
    assert [job.key for job in _claim(store)] == ["b", "c"]


def test_a_worker_claims_only_its_kinds(store: Store) -> None:
    _enqueue(store, a_job("k1", kind="page"), a_job("k2", kind="diagnose"), a_job("k3", kind="tell"))

    assert [job.key for job in _claim(store, kinds=("diagnose", "other"))] == ["k2"]


def test_an_expired_lease_is_claimed_again_and_fences_the_first(store: Store) -> None:
    _enqueue(store, a_job())
    (first,) = _claim(store, lease_s=-1)
    (second,) = _claim(store)

    assert (second.attempt, second.previous_outcome_unknown) == (2, True)
    with store.transaction() as tx:
        assert not tx.settle(first, "late")
        assert not tx.bury(first, "late")
        assert not tx.postpone(first, NOON, "late")
        assert tx.settle(second, "sent")
        assert not tx.settle(second, "twice")
    with store.reading() as tx:
        (job,) = tx.jobs(WORKER).items
    assert (job.state, job.result, job.attempt) == ("done", "sent", 2)
    assert job.settled_at is not None


def test_an_outcome_once_unknown_stays_unknown(store: Store) -> None:
    _enqueue(store, a_job())
    _claim(store, lease_s=-1)
    (second,) = _claim(store)
    with store.transaction() as tx:
        assert tx.postpone(second, LONG_AGO, "timed out")

    (third,) = _claim(store)
    assert (third.attempt, third.previous_outcome_unknown) == (3, True)


def test_a_postponed_job_comes_back_at_its_new_time(bench: Bench) -> None:
    _enqueue(bench.store, a_job())
    (job,) = _claim(bench.store)
    with bench.store.transaction() as tx:
        assert tx.postpone(job, tx.now() + timedelta(seconds=30), "421 try later")

    assert _claim(bench.store) == []
    bench.advance(timedelta(seconds=31))
    (again,) = _claim(bench.store)
    assert (again.attempt, again.previous_outcome_unknown) == (2, False)


def test_a_job_given_back_after_a_try_that_may_have_been_heard_is_a_possible_repeat(bench: Bench) -> None:
    _enqueue(bench.store, a_job())
    (job,) = _claim(bench.store)
    with bench.store.transaction() as tx:
        assert tx.postpone(job, LONG_AGO, "no answer", unknown=True)

    (again,) = _claim(bench.store)
    assert (again.attempt, again.previous_outcome_unknown) == (2, True)


def test_a_renewed_lease_holds(bench: Bench) -> None:
    _enqueue(bench.store, a_job("k1"), a_job("k2"))
    kept, lost = _claim(bench.store, lease_s=10)

    bench.store.renew([kept, replace(lost, attempt=9)], 100)
    bench.advance(timedelta(seconds=50))

    assert [job.key for job in _claim(bench.store)] == [lost.key]


def test_a_buried_job_is_shown_with_its_reason(store: Store) -> None:
    _enqueue(store, a_job())
    (job,) = _claim(store)
    with store.transaction() as tx:
        assert tx.bury(job, "550 no such mailbox")

    with store.reading() as tx:
        (shown,) = tx.jobs(WORKER, states=("dead",)).items
        assert tx.backlog()["jobs_dead"] == 1
    assert (shown.result, shown.to) == ("550 no such mailbox", "anna")
    assert _claim(store) == []


def test_cancelling_spares_what_a_worker_holds_or_sent(store: Store) -> None:
    jobs = [a_job(key, incident="i1", due=LONG_AGO + timedelta(hours=n)) for n, key in enumerate("abc")]
    _enqueue(store, *jobs, a_job("tell", kind="tell", incident="i1"))
    sent, held = _claim(store, limit=2, kinds=("page",))
    with store.transaction() as tx:
        tx.settle(sent, "ok")

    with store.transaction() as tx:
        assert tx.cancel("i1", ["page"]) == 1

    assert held.key == "b"
    assert _state(store) == [("a", "done"), ("b", "held"), ("c", "cancelled"), ("tell", "waiting")]


def test_cancelled_jobs_are_never_claimed(store: Store) -> None:
    _enqueue(store, a_job("a", incident="i1"), a_job("b", incident="i1", kind="tell"), a_job("c", incident="i2"))
    (held,) = _claim(store, limit=1, kinds=("tell",))

    with store.transaction() as tx:
        assert tx.cancel("i1", ()) == 1

    assert _state(store) == [("a", "cancelled"), ("b", "held"), ("c", "waiting")]
    assert [job.key for job in _claim(store)] == ["c"]
    with store.transaction() as tx:
        assert tx.settle(held, "sent")


def test_many_workers_get_each_job_once(bench: Bench) -> None:
    _enqueue(bench.store, *(a_job(f"k{n}") for n in range(60)))

    def work(name: int) -> list[str]:
        mine: list[str] = []
        while jobs := bench.store.claim_jobs(f"w{name}", limit=4, lease_s=60):
            mine.extend(job.key for job in jobs)
            with bench.store.transaction() as tx:
                assert all(tx.settle(job, "ok") for job in jobs)
        return mine

    with ThreadPoolExecutor(8) as pool:
        claimed = [key for keys in pool.map(work, range(8)) for key in keys]

    assert sorted(claimed) == sorted(f"k{n}" for n in range(60))


def test_a_job_commits_with_the_event_that_asked_for_it(store: Store) -> None:
    incident = declare(store)
    append(store, incident.id, "page them", jobs=[a_job("p1", incident=incident.id)])

    assert [job.incident for job in _claim(store)] == [incident.id]


def _set(store: Store, generation: int, minutes: int = 0, name: str = "escalate") -> None:
    with store.transaction() as tx:
        tx.set_timer("i1", name, generation, LONG_AGO + timedelta(minutes=minutes))


def _due(store: Store, lease_s: float = 60) -> list[Timer]:
    return store.claim_timers("w1", limit=10, lease_s=lease_s)


def test_due_timers_are_leased_oldest_first_and_once(store: Store) -> None:
    _set(store, 1, 5, "remind")
    _set(store, 1, 2, "escalate")

    assert [(t.name, t.generation, t.attempt) for t in _due(store)] == [("escalate", 1, 1), ("remind", 1, 1)]
    assert _due(store) == []


def test_a_newer_generation_replaces_and_an_older_changes_nothing(store: Store) -> None:
    _set(store, 2, 2)
    _set(store, 1, 1)
    _set(store, 3, 3)
    _set(store, 2, 9)

    (timer,) = _due(store)
    assert (timer.generation, timer.due) == (3, LONG_AGO + timedelta(minutes=3))


def test_the_same_generation_may_move_its_due_time(store: Store) -> None:
    _set(store, 1, 1)
    _set(store, 1, 7)

    assert [t.due for t in _due(store)] == [LONG_AGO + timedelta(minutes=7)]


def test_a_finished_timer_is_gone(store: Store) -> None:
    _set(store, 1)
    (timer,) = _due(store)
    with store.transaction() as tx:
        assert tx.finish_timer(timer)
        assert not tx.finish_timer(timer)

    assert store.next_due() is None


def test_a_timer_set_anew_while_held_outlives_the_finish(store: Store) -> None:
    _set(store, 1)
    (held,) = _due(store)
    _set(store, 2, 1)

    with store.transaction() as tx:
        assert not tx.finish_timer(held)
    assert [t.generation for t in _due(store)] == [2]


def test_a_timer_set_anew_for_the_same_time_is_not_finished_by_who_held_the_first(store: Store) -> None:
    _set(store, 1)
    (first,) = _due(store)
    _set(store, 2)
    (second,) = _due(store)

    assert (first.due, first.attempt) == (second.due, second.attempt)
    with store.transaction() as tx:
        assert not tx.finish_timer(first)
        assert tx.finish_timers([first]) == []
        assert tx.finish_timer(second)


def test_the_same_timer_set_again_while_held_stays_held(store: Store) -> None:
    _set(store, 1)
    (held,) = _due(store)
    _set(store, 1)

    assert _due(store) == []
    with store.transaction() as tx:
        assert tx.finish_timer(held)


def test_an_expired_timer_lease_is_claimed_again_and_fences_the_first(store: Store) -> None:
    _set(store, 1)
    (first,) = _due(store, lease_s=-1)
    (second,) = _due(store)

    assert second.attempt == 2
    with store.transaction() as tx:
        assert not tx.finish_timer(first)
        assert tx.finish_timer(second)


def test_a_cleared_timer_never_rings(store: Store) -> None:
    _set(store, 1)
    with store.transaction() as tx:
        tx.clear_timer("i1", "escalate")
        tx.clear_timer("i1", "unknown")

    assert _due(store) == []


def test_each_timer_rings_for_one_of_many_workers(bench: Bench) -> None:
    for n in range(20):
        _set(bench.store, 1, n, f"t{n}")

    with ThreadPoolExecutor(6) as pool:
        leased = pool.map(lambda n: bench.store.claim_timers(f"w{n}", limit=4, lease_s=60), range(6))
        names = [timer.name for timers in leased for timer in timers]

    assert len(names) == len(set(names))
    assert sorted(names + [t.name for t in _due(bench.store)]) == sorted(f"t{n}" for n in range(20))


def test_the_backlog_counts_what_is_late(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        now = tx.now()
        tx.enqueue([a_job("due", due=now - timedelta(seconds=40)), a_job("later", due=now + timedelta(hours=1))])
        tx.set_timer("i1", "t", 1, now - timedelta(seconds=20))

    with bench.store.reading() as tx:
        backlog = tx.backlog()
    assert (backlog["jobs_due"], backlog["timers_due"], backlog["jobs_dead"]) == (1, 1, 0)
    assert backlog["oldest_due_s"] == pytest.approx(40, abs=5)
    assert backlog["oldest_timer_s"] == pytest.approx(20, abs=5)


def test_a_timer_that_was_carried_out_may_be_set_again_under_its_own_generation(store: Store) -> None:
    with store.transaction() as tx:
        now = tx.now()
        tx.set_timer("i1", "escalate", 3, now)
    (timer,) = store.claim_timers("w", limit=10, lease_s=60)
    with store.transaction() as tx:
        assert tx.finish_timers([timer]) == [timer]
        tx.set_timer("i1", "escalate", 3, now + timedelta(minutes=1))
    assert store.next_due() == now + timedelta(minutes=1)
