"""Pages to one person by one method find each other, on every store; what is critical goes first."""

from __future__ import annotations

from datetime import timedelta

from tests.fakes import a_job
from tests.store.conftest import Bench

from tocsin.domain.visibility import WORKER
from tocsin.flows.storage import Gathering, Job, NewJob, Store

MINUTE = timedelta(minutes=1)


def _enqueue(store: Store, *jobs: NewJob) -> None:
    with store.transaction() as tx:
        tx.enqueue(jobs)


def _claim(store: Store, limit: int = 10) -> list[Job]:
    return store.claim_jobs("w1", limit=limit, lease_s=60)


def test_what_is_critical_is_claimed_before_what_is_urgent(bench: Bench) -> None:
    first, later = a_job("a"), a_job("b")
    _enqueue(bench.store, first, a_job("c", urgent=True), later, a_job("d", urgent=True, critical=True))
    assert [job.key for job in _claim(bench.store)] == ["d", "c", "a", "b"]


def test_a_recipients_rows_are_counted_and_the_next_that_waits_is_named(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        now = tx.now()
        tx.enqueue([a_job("k1", recipient="ana/sms"), a_job("k2", recipient="ana/sms", due=now + MINUTE)])
        tx.enqueue([a_job("k3", recipient="ana/sms", due=now + 2 * MINUTE), a_job("k4", recipient="bo/sms")])
    with bench.store.reading() as tx:
        assert tx.gathering("ana/sms", now - MINUTE) == Gathering(rows=3, next_due=now + MINUTE)
        assert tx.gathering("bo/sms", now - MINUTE) == Gathering(rows=1, next_due=None)
        assert tx.gathering("ana/sms", now + MINUTE) == Gathering(rows=0, next_due=None)
        assert tx.gathering("", now - MINUTE) == Gathering(rows=0, next_due=None)


def test_what_waits_for_the_same_recipient_is_taken_along_under_the_same_lease(bench: Bench) -> None:
    store = bench.store
    with store.transaction() as tx:
        soon = tx.now() + MINUTE
        tx.enqueue(
            [
                a_job("lead", recipient="ana/sms"),
                a_job("other", recipient="bo/sms"),
                a_job("soon", recipient="ana/sms", due=soon),
                a_job("late", recipient="ana/sms", due=soon + MINUTE),
            ]
        )
    lead = next(job for job in _claim(store) if job.key == "lead")
    with store.transaction() as tx:
        (along,) = tx.take_along(lead, soon, limit=5)
        assert (along.key, along.attempt, along.recipient) == ("soon", 1, "ana/sms")
        assert tx.take_along(lead, soon, limit=5) == []
        assert tx.settle(along, "with lead")
    with store.reading() as tx:
        states = {job.key: job.state for job in tx.jobs(WORKER).items}
    assert states == {"lead": "held", "other": "held", "soon": "done", "late": "waiting"}


def test_a_lost_lease_takes_nothing_along(bench: Bench) -> None:
    store = bench.store
    _enqueue(store, a_job("lead", recipient="ana/sms"))
    (lead,) = _claim(store)
    _enqueue(store, a_job("other", recipient="ana/sms"))
    with store.transaction() as tx:
        assert tx.settle(lead, "sent")
        assert tx.take_along(lead, tx.now(), limit=5) == []


def test_what_is_sent_alone_takes_nothing_along(bench: Bench) -> None:
    store = bench.store
    _enqueue(store, a_job("lead"))
    (lead,) = _claim(store)
    _enqueue(store, a_job("other"))
    with store.transaction() as tx:
        assert tx.take_along(lead, tx.now(), limit=5) == []


def test_of_rows_that_gathered_for_one_recipient_one_is_leased_at_once(bench: Bench) -> None:
    store = bench.store
    with store.transaction() as tx:
        soon = tx.now() + MINUTE
        tx.enqueue([a_job(f"ana-{n}", recipient="ana/sms", due=soon, urgent=True) for n in range(3)])
        tx.enqueue([a_job("bo", recipient="bo/sms", due=soon, urgent=True)])
        tx.enqueue([a_job("top", recipient="ana/sms", due=soon, urgent=True, critical=True)])
        tx.enqueue([a_job("now", recipient="ana/sms", due=tx.now(), urgent=True)])
    bench.advance(timedelta(seconds=61))
    first = _claim(store)
    assert [job.key for job in first] == ["top", "now", "bo"]
    assert _claim(store) == []
    with store.transaction() as tx:
        for job in first:
            tx.settle(job, "sent")
    assert [job.key for job in _claim(store)] == ["ana-0"]
    assert _claim(store) == []
    bench.advance(timedelta(seconds=61))
    assert len(_claim(store)) == 1
