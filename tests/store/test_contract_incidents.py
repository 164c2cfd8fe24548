"""The incident log's promise, on every store."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes import NOON, a_job, an_event, an_incident, append, declare
from tests.store.conftest import Bench

from tocsin.domain.impact import Impact
from tocsin.domain.incident.events import Declared, Noted, SeverityChanged
from tocsin.domain.incident.state import FollowUp
from tocsin.domain.visibility import WORKER
from tocsin.flows.storage import ConflictError, IncidentFilter, Store


class _OopsError(Exception):
    """What goes wrong in a flow."""


def test_what_was_saved_is_loaded_as_it_was(store: Store) -> None:
    incident = an_incident(
        members=frozenset({"anna", "ben"}),
        services=("orders", "payments"),
        impact=Impact(users_percent=30.5, data_loss=False),
        followups=(FollowUp(key="f1", title="Close the leak", due=NOON + timedelta(days=7, microseconds=1)),),
        milestones={"mitigated": NOON},
        timers={"escalate": 3},
    )
    declared = an_event(incident, Declared(title=incident.title, severity="SEV2", ref="INC-1", links={"a": "b"}))
    with store.transaction() as tx:
        tx.save(incident, [declared])

    with store.transaction() as tx:
        assert tx.load(incident.id) == incident
        assert tx.events(incident.id) == [declared]


def test_an_unknown_incident_is_none(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.load("nothing") is None
        assert tx.events("nothing") == []
        assert tx.resolve_ref("nothing") == ""


def test_the_configuration_an_incident_opened_under_is_known_whoever_asks(store: Store) -> None:
    incident = declare(store, catalogue=7)
    append(store, incident.id, "second")
    with store.reading() as tx:
        assert tx.opened_under(incident.id) == 7
        assert tx.opened_under("nothing") == 0


def test_events_come_back_in_order_from_where_one_asks(store: Store) -> None:
    incident = declare(store)
    for text in ("one", "two", "three"):
        append(store, incident.id, text)

    with store.reading() as tx:
        assert [e.seq for e in tx.events(incident.id)] == [1, 2, 3, 4]
        assert [e.seq for e in tx.events(incident.id, after=1, limit=2)] == [2, 3]
        assert tx.events(incident.id, after=3)[0].body == Noted(text="three")


def test_events_are_seen_in_the_transaction_that_saved_them(store: Store) -> None:
    incident = declare(store)
    later = replace(incident, seq=2)
    with store.transaction() as tx:
        tx.load(incident.id)
        tx.save(later, [an_event(later, Noted(text="now"))])
        assert [e.seq for e in tx.events(incident.id)] == [1, 2]
        assert [e.seq for e in tx.events(incident.id, after=1)] == [2]
        assert tx.load(incident.id) == later


def test_who_appends_second_from_the_same_state_is_told_so(store: Store) -> None:
    incident = declare(store)
    append(store, incident.id, "first")

    stale = replace(incident, seq=2)
    with pytest.raises(ConflictError), store.transaction() as tx:
        tx.save(stale, [an_event(stale, Noted(text="second"))])
    with store.reading() as tx:
        assert [e.body for e in tx.events(incident.id, after=1)] == [Noted(text="first")]


def test_an_incident_is_declared_once(store: Store) -> None:
    incident = declare(store)

    with pytest.raises(ConflictError), store.transaction() as tx:
        tx.save(incident, [an_event(incident, Noted(text="again"))])
    with pytest.raises(ConflictError):
        declare(store, "inc-1", id="other")


def test_events_with_a_gap_are_refused(store: Store) -> None:
    incident = declare(store)
    skipping = replace(incident, seq=3)

    with pytest.raises(ValueError, match="numbered"), store.transaction() as tx:
        tx.save(skipping, [an_event(skipping, Noted(text="two is missing"), seq=2)])


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    incident = an_incident()
    with suppress(_OopsError), store.transaction() as tx:
        number = tx.next_number("INC")
        tx.save(incident, [an_event(incident, Noted(text="never"))])
        tx.enqueue([a_job()])
        tx.set_timer(incident.id, "escalate", 1, NOON)
        tx.put_value("k", "v")
        raise _OopsError

    with store.transaction() as tx:
        assert tx.resolve_ref("INC-1") == ""
        assert tx.jobs(WORKER) == []
        assert tx.value("k") == ""
        assert tx.latest_change() == 0
        assert tx.next_number("INC") == number
    assert store.next_due() is None


def test_recorded_time_never_runs_backwards_within_an_incident(store: Store) -> None:
    incident = declare(store, recorded_at=NOON + timedelta(days=9000))
    with store.transaction() as tx:
        tx.load(incident.id)
        assert tx.now() == NOON + timedelta(days=9000)
    late = replace(incident, seq=2)
    with store.transaction() as tx:
        tx.save(late, [an_event(late, Noted(text="a clock behind"), at=NOON)])

    with store.reading() as tx:
        first, second = tx.events(incident.id)
    assert second.recorded_at == first.recorded_at
    assert second.occurred_at == NOON


def test_now_is_one_instant_throughout_a_transaction(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.now() == tx.now()
        assert tx.now().utcoffset() == timedelta(0)


def test_a_reference_resolves_in_any_case_and_by_every_alias(store: Store) -> None:
    incident = declare(store, "INC-2026-01")
    with store.transaction() as tx:
        tx.add_alias("OLD-7", incident.id)
        tx.add_alias("OLD-7", incident.id)

    with store.reading() as tx:
        for ref in ("inc-2026-01", "INC-2026-01", " old-7", incident.id):
            assert tx.resolve_ref(ref) == incident.id


def test_a_new_reference_leaves_the_old_one_working(store: Store) -> None:
    incident = declare(store)
    with store.transaction() as tx:
        before = tx.load(incident.id)
        assert before is not None
        renamed = replace(before, seq=2, ref="SEV1-1")
        tx.save(renamed, [an_event(renamed, SeverityChanged(severity="SEV1", reason="worse"))])

    with store.reading() as tx:
        assert tx.resolve_ref("INC-1") == tx.resolve_ref("SEV1-1") == incident.id


def test_an_alias_of_another_incident_is_refused(store: Store) -> None:
    declare(store, "INC-1")
    second = declare(store, "INC-2")

    with pytest.raises(ConflictError), store.transaction() as tx:
        tx.add_alias("inc-1", second.id)


def test_numbers_have_no_gaps_under_concurrent_declares(bench: Bench) -> None:
    def declare_some(worker: int) -> list[int]:
        numbers = []
        for turn in range(6):
            with suppress(_OopsError), bench.store.transaction() as tx:
                number = tx.next_number("INC-2026-")
                if turn == worker % 3:
                    raise _OopsError
                numbers.append(number)
        return numbers

    with ThreadPoolExecutor(8) as pool:
        given = sorted(number for numbers in pool.map(declare_some, range(8)) for number in numbers)

    assert given == list(range(1, 41))
    with bench.store.transaction() as tx:
        assert tx.next_number("DRILL-") == 1


def test_concurrent_appends_to_one_incident_all_arrive_in_order(bench: Bench) -> None:
    incident = declare(bench.store)

    def append_some(worker: int) -> None:
        for turn in range(5):
            append(bench.store, incident.id, f"{worker}/{turn}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(append_some, range(6)))

    with bench.store.reading() as tx:
        events = tx.events(incident.id)
        changes = tx.changes_since(WORKER, 0)
    assert [e.seq for e in events] == list(range(1, 32))
    assert [e.recorded_at for e in events] == sorted(e.recorded_at for e in events)
    assert [seq for _, _, seq in changes] == list(range(1, 32))


def test_crossing_transactions_end_in_commits_or_conflicts_and_never_hang(bench: Bench) -> None:
    first, second = declare(bench.store, "INC-1"), declare(bench.store, "INC-2")
    start = threading.Barrier(2, timeout=10)

    def touch(order: tuple[str, str]) -> bool:
        try:
            start.wait()
            with bench.store.transaction() as tx:
                for key in order:
                    before = tx.load(key)
                    assert before is not None
                    after = replace(before, seq=before.seq + 1)
                    tx.save(after, [an_event(after, Noted(text="crossing"))])
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(touch, [(first.id, second.id), (second.id, first.id)]))

    assert any(outcomes)
    with bench.store.reading() as tx:
        assert len(tx.events(first.id)) == len(tx.events(second.id)) == 1 + sum(outcomes)


def test_changes_become_visible_in_the_order_of_their_numbers(bench: Bench) -> None:
    incidents = [declare(bench.store, f"INC-{n}") for n in range(4)]
    stop = threading.Event()
    seen: list[int] = []

    def follow() -> None:
        last = 4
        while not stop.is_set() or len(seen) < 40:
            with bench.store.reading() as tx:
                fresh = tx.changes_since(WORKER, last)
            seen.extend(change for change, _, _ in fresh)
            last = seen[-1] if seen else last
            stop.wait(0.002)

    reader = threading.Thread(target=follow)
    reader.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: [append(bench.store, i.id, "x") for _ in range(10)], incidents))
    stop.set()
    reader.join(20)

    assert len(seen) == 40
    assert seen == sorted(seen)


def test_a_snapshot_does_not_move_while_it_is_read(bench: Bench) -> None:
    incident = declare(bench.store)
    with bench.store.reading() as tx:
        assert len(tx.events(incident.id)) == 1
        append(bench.store, incident.id, "meanwhile")
        assert len(tx.events(incident.id)) == 1
        assert tx.list_incidents(WORKER, IncidentFilter()).items[0].seq == 1


def test_a_read_only_snapshot_refuses_to_write(store: Store) -> None:
    with pytest.raises(Exception, match=r"(?i)read|assignment|mappingproxy"), store.reading() as tx:
        tx.put_value("k", "v")
