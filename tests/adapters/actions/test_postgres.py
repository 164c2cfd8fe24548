"""Sessions idle in transaction, on a real PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec
import psycopg
import pytest
from tests.adapters.actions.conftest import Database, Leak

from tocsin.adapters.actions import postgres
from tocsin.adapters.actions.postgres import TerminateIdleInTransaction
from tocsin.domain.catalogue import ActionTarget
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.mitigation.plan import PlannedStep, StalePlanError, from_json, to_json
from tocsin.flows.mitigation import Action, PlanHead, Wanted, draw_up, execute
from tocsin.flows.ports import TransientError

NOON = datetime(2025, 3, 15, 12, tzinfo=UTC)
ACTION: Action = TerminateIdleInTransaction()
AGE_S = 0.05


def target_of(database: Database, dsn: str = "", **options: object) -> ActionTarget:
    return ActionTarget(
        key="orders-db",
        kind="postgres.terminate_idle_in_transaction",
        options={"dsn": dsn or database.operator, "older_than_s": AGE_S, **options},
    )


def planned(target: ActionTarget, params: Mapping[str, object] | None = None) -> PlannedStep:
    (step,) = ACTION.plan(target, params or {}, NOON)
    return step


def sessions_of(step: PlannedStep) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", step.params["sessions"])


def pids(connections: list[psycopg.Connection[tuple[object, ...]]]) -> set[int]:
    return {connection.info.backend_pid for connection in connections}


def alive(database: Database) -> set[int]:
    with psycopg.connect(database.admin) as connection:
        rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'").fetchall()
    return {pid for (pid,) in rows}


def session_id(database: Database, pid: int) -> dict[str, object]:
    with psycopg.connect(database.admin) as connection:
        found = connection.execute(
            "SELECT backend_start, xact_start FROM pg_stat_activity WHERE pid = %s", [pid]
        ).fetchone()
    assert found is not None
    return {"pid": pid, "backend_start": found[0], "xact_start": found[1]}


def age(database: Database) -> None:
    """Let the sessions grow older than the limit, on the server's own clock."""
    with psycopg.connect(database.admin) as connection:
        connection.execute("SELECT pg_sleep(%s)", [AGE_S * 2])


def test_the_plan_names_every_leaked_session_and_shows_no_secret(database: Database, leak: Leak) -> None:
    leaked = leak(3)
    age(database)
    step = planned(target_of(database))

    assert {session["pid"] for session in sessions_of(step)} == pids(leaked)
    assert step.blast_radius.startswith("3 of ")
    assert "last: SELECT * FROM carts WHERE owner = ? AND id = ?" in step.affected[0]
    assert "shop v2.4.1" in step.affected[0]
    assert len(step.affected) == 1, "sessions that did the same share a line"
    assert all(f"{session.info.backend_pid} since " in step.affected[0] for session in leaked)
    assert not step.reversible
    shown = msgspec.json.encode(step).decode()
    assert "s3cret" not in shown
    assert "eve@example.org" not in shown


def test_planning_changes_nothing(database: Database, leak: Leak) -> None:
    leaked = leak(2)
    age(database)
    planned(target_of(database))

    assert pids(leaked) <= alive(database)


def test_exactly_the_planned_sessions_are_ended(database: Database, leak: Leak) -> None:
    leaked = leak(3)
    age(database)
    target = target_of(database)
    step = planned(target)
    (late,) = leak(1)
    age(database)
    ACTION.precheck(target, step)
    outcome = ACTION.apply(target, step, key="k", deadline_s=10)

    assert outcome.result == "done"
    assert sorted(outcome.lines) == sorted(f"{pid}: ended" for pid in pids(leaked))
    assert alive(database) & (pids(leaked) | pids([late])) == pids([late])
    verified = ACTION.verify(target, step, deadline_s=10)
    assert verified.result == "done"
    assert "1 other sessions are idle in transaction" in verified.lines[1]


def test_applying_twice_ends_nothing_new_and_does_not_fail(database: Database, leak: Leak) -> None:
    leak(2)
    age(database)
    target = target_of(database)
    step = planned(target)
    ACTION.apply(target, step, key="k", deadline_s=10)
    others = leak(1)
    age(database)
    again = ACTION.apply(target, step, key="k", deadline_s=10)

    assert again.result == "done"
    assert all(line.endswith("gone already") for line in again.lines)
    assert pids(others) <= alive(database)


def test_a_session_that_took_over_the_pid_is_not_ended(database: Database, leak: Leak) -> None:
    (leaked,) = leak(1)
    age(database)
    target = target_of(database)
    step = planned(target)
    (session,) = sessions_of(step)
    earlier = datetime.fromisoformat(str(session["backend_start"])) - timedelta(microseconds=1)
    reused = replace(step, params={**step.params, "sessions": [{**session, "backend_start": earlier.isoformat()}]})
    outcome = ACTION.apply(target, reused, key="k", deadline_s=10)

    assert outcome.lines == (f"{session['pid']}: left alone, gone already",)
    assert pids([leaked]) <= alive(database)
    with pytest.raises(StalePlanError):
        ACTION.precheck(target, reused)


def test_a_session_that_went_on_is_left_alone(database: Database, leak: Leak) -> None:
    recovered, busy, stuck = leak(3)
    age(database)
    target = target_of(database)
    step = planned(target)
    recovered.commit()
    busy.commit()
    busy.execute("SELECT 1")  # another transaction, again idle
    age(database)
    outcome = ACTION.apply(target, step, key="k", deadline_s=10)

    assert alive(database) & pids([recovered, busy, stuck]) == pids([recovered, busy])
    assert sum("left alone, not in the planned transaction any more" in line for line in outcome.lines) == 2


def test_when_none_is_left_the_plan_is_stale(database: Database, leak: Leak) -> None:
    (leaked,) = leak(1)
    age(database)
    target = target_of(database)
    step = planned(target)
    leaked.rollback()

    with pytest.raises(StalePlanError, match="none of the 1 sessions"):
        ACTION.precheck(target, step)


def test_superusers_replication_roles_tocsin_and_named_roles_are_protected(database: Database, leak: Leak) -> None:
    leak(1, dsn=database.admin)
    leak(1, dsn=database.app.replace("shop:", "mirror:"))
    leak(1, name="tocsin-probe")
    leak(1)
    age(database)

    assert ACTION.plan(target_of(database, forbid_roles=["shop"]), {}, NOON) == []
    step = planned(target_of(database))
    assert len(sessions_of(step)) == 1
    assert "3 more are protected and stay" in step.affected


def test_a_doctored_plan_cannot_end_a_superusers_session(database: Database, leak: Leak) -> None:
    (root,) = leak(1, dsn=database.admin)
    leak(1)
    age(database)
    target = target_of(database, dsn=database.admin)
    step = planned(target)
    root_id = session_id(database, root.info.backend_pid)
    session = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in root_id.items()}
    doctored = replace(step, params={**step.params, "sessions": [session]})
    outcome = ACTION.apply(target, doctored, key="k", deadline_s=10)

    assert "protected session of postgres (superuser)" in outcome.lines[0]
    assert pids([root]) <= alive(database)


def test_the_statement_that_ends_checks_everything_by_itself(database: Database, leak: Leak) -> None:
    (root,), (leaked,) = leak(1, dsn=database.admin), leak(1)
    age(database)
    found = session_id(database, leaked.info.backend_pid)
    limits = {"older_than_s": AGE_S, "wait_ms": 2000}
    near_misses = (
        session_id(database, root.info.backend_pid),
        {**found, "backend_start": NOON},
        {**found, "xact_start": NOON},
        {**found, "older_than_s": 300},
    )
    with psycopg.connect(database.admin, autocommit=True) as connection:
        for miss in near_misses:
            assert connection.execute(postgres._END, {**limits, **miss}).fetchall() == []
        assert connection.execute(postgres._END, {**limits, **found}).fetchall() == [(True,)]


def test_young_sessions_are_not_planned(database: Database, leak: Leak) -> None:
    leak(1)

    assert ACTION.plan(target_of(database), {"older_than_s": "300"}, NOON) == []


def test_a_plan_takes_no_more_than_its_limit_the_longest_idle_first(database: Database, leak: Leak) -> None:
    (oldest,) = leak(1)
    leak(2)
    age(database)
    step = planned(target_of(database, max_sessions=1))

    assert {session["pid"] for session in sessions_of(step)} == pids([oldest])
    assert "2 more are over the limit of one plan and stay" in step.affected


def test_a_role_that_may_not_end_sessions_is_told_what_to_grant(database: Database, leak: Leak) -> None:
    leak(1)
    age(database)
    target = target_of(database, dsn=database.operator.replace("operator:", "reader:"))
    outcome = ACTION.apply(target, planned(target), key="k", deadline_s=10)

    assert outcome.result == "failed"
    assert "grant pg_signal_backend" in outcome.lines[0]


def test_nothing_is_ended_when_the_time_is_over(database: Database, leak: Leak) -> None:
    leaked = leak(2)
    age(database)
    target = target_of(database)
    outcome = ACTION.apply(target, planned(target), key="k", deadline_s=0)

    assert (outcome.result, outcome.lines) == ("failed", ("2 sessions left alone: time is over",))
    assert pids(leaked) <= alive(database)


def test_there_is_no_way_back(database: Database, leak: Leak) -> None:
    leak(1)
    age(database)
    target = target_of(database)

    with pytest.raises(RefusedError, match="cannot be undone"):
        ACTION.undo(target, planned(target), key="k", deadline_s=1)


def test_a_database_that_does_not_answer_is_said_without_its_password() -> None:
    dsn = "postgresql://operator:hunter2hunter2@127.0.0.1:1/orders"
    target = ActionTarget(key="db", kind="postgres.terminate_idle_in_transaction", options={"dsn": dsn})

    with pytest.raises(TransientError, match="did not answer") as caught:
        ACTION.plan(target, {}, NOON)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "params"),
    [
        ({}, {}),
        ({"dsn": "x", "older_than_s": 0}, {}),
        ({"dsn": "x"}, {"older_than_s": "-1"}),
        ({"dsn": "x"}, {"older_than_s": "soon"}),
    ],
)
def test_options_that_make_no_sense_name_the_target(options: dict[str, object], params: dict[str, object]) -> None:
    target = ActionTarget(key="orders-db", kind="postgres.terminate_idle_in_transaction", options=options)

    with pytest.raises(InvalidError, match="action orders-db") as caught:
        ACTION.plan(target, params, NOON)
    assert caught.value.field == "actions.orders-db"


def test_a_plan_runs_from_its_stored_form(database: Database, leak: Leak) -> None:
    leaked = leak(2)
    age(database)
    target = target_of(database)
    actions = {target.kind: ACTION}
    head = PlanHead(id="p", incident="i", service="orders")
    plan = draw_up(head, [Wanted(target=target, params={})], actions, now=NOON)
    stored = from_json(msgspec.json.decode(msgspec.json.encode(to_json(plan))))
    ended = execute(stored, {target.key: target}, actions, deadline_s=10, monotonic=time.monotonic)
    again = execute(stored, {target.key: target}, actions, deadline_s=10, monotonic=time.monotonic)

    assert ended.result == "done"
    assert not pids(leaked) & alive(database)
    assert again.result == "stale"
