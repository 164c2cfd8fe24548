"""What a pooler between the application and its database says of causes."""

from __future__ import annotations

from dataclasses import replace

from tests.domain.diagnosis.cases import CALM, HEALTHY, METRICS, ONSET, POSTGRES, judged, leaking
from tests.domain.diagnosis.pooler_samples import DATABASE, POOLER, QUEUED, pooler

from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import Pool
from tocsin.domain.diagnosis.pooler import queues


def test_a_full_pool_with_a_queue_before_a_database_with_room_is_the_poolers_fault() -> None:
    top = diagnose(pooler(pools=(QUEUED,)), ONSET).top

    assert top is not None
    assert (top.key, top.state) == ("pooler_fault", "confirmed")
    assert "20 of 20 server connections" in top.title


def test_a_queue_before_a_pool_that_is_not_full_is_no_proof() -> None:
    """Its connections may be refused by the server: what the pooler lacks is then not size."""
    finding = judged("pgbouncer.waiting", pooler(pools=(replace(QUEUED, serving=3, opening=1),)))

    assert [(one.hypothesis, one.kind) for one in finding.supports] == [("pooler_fault", "supporting")]


def test_nobody_waiting_refutes_the_pooler_and_a_paused_database_does_not() -> None:
    calm = judged("pgbouncer.waiting", pooler())
    paused = judged("pgbouncer.waiting", pooler(databases=(replace(DATABASE, paused=True),), pools=(QUEUED,)))

    assert [(one.hypothesis, one.kind) for one in calm.refutes] == [("pooler_fault", "decisive")]
    assert (paused.verdict, paused.refutes) == ("ok", ())


def test_sessions_that_stand_idle_behind_a_full_pool_are_the_leak_that_explains_it() -> None:
    leak = replace(leaking(), limits=POSTGRES.limits)
    room = replace(METRICS, recent=CALM, pools=(Pool(name="db_pool", in_use=1, size=20, waiting=0),))
    bundle = replace(pooler(pools=(QUEUED,)), postgres=(leak,), metrics=(room,))

    causes = {one.key: one for one in diagnose(bundle, ONSET).causes}

    assert diagnose(bundle, ONSET).causes[0].key == "session_leak"
    assert (causes["session_leak"].state, causes["pooler_fault"].part_of) == ("confirmed", "session_leak")


def test_queues_come_with_the_longest_wait_first() -> None:
    other = replace(QUEUED, database="reports", longest_wait_s=9.0)

    found = queues(replace(POOLER, pools=(QUEUED, other)))

    assert [(one.pool.database, one.size) for one in found] == [("reports", None), ("shop", 20)]


def test_a_pooler_that_refuses_us_is_said_to_be_unseen() -> None:
    bundle = replace(HEALTHY, pgbouncer=(replace(POOLER, error="timeout", error_text="timed out", pools=None),))

    assert any(spot.target == "shop-pooler" for spot in diagnose(bundle, ONSET).blind_spots)
