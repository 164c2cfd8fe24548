"""Rows that were given up can be tried again, and only those, on every store."""

from __future__ import annotations

from tests.fakes import a_job
from tests.store.conftest import Bench

from tocsin.domain.visibility import WORKER
from tocsin.flows.storage import Job


def _claimed(bench: Bench) -> Job:
    (job,) = bench.store.claim_jobs("w1", limit=1, lease_s=60)
    return job


def test_a_dead_row_is_tried_again_as_one_that_may_have_been_heard(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        tx.enqueue([a_job("k")])
    first = _claimed(bench)
    with bench.store.transaction() as tx:
        assert tx.bury(first, "410 gone")
    assert bench.store.next_due() is None

    with bench.store.transaction() as tx:
        assert tx.revive(first.id)
        assert not tx.revive(first.id)
    again = _claimed(bench)

    assert (again.id, again.key, again.attempt, again.previous_outcome_unknown) == (first.id, "k", 2, True)
    with bench.store.transaction() as tx:
        assert not tx.settle(first, "late")
        assert tx.settle(again, "sent")


def test_no_other_row_is_moved(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        tx.enqueue([a_job("k")])
    held = _claimed(bench)
    with bench.store.transaction() as tx:
        assert not tx.revive(held.id)
        assert not tx.revive("nothing")
        tx.settle(held, "sent")
    with bench.store.transaction() as tx:
        assert not tx.revive(held.id)
        row = tx.job_named(WORKER, "k")
    assert row is not None
    assert (row.state, row.result) == ("done", "sent")
