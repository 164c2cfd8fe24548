"""Alerts, their leases and their groups, on every store: what is remembered of a row counts only with its version."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs
from tests.fakes import NOON
from tests.flows.world import ANA, World
from tests.store.conftest import Bench

from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.incident.events import Cancelled
from tocsin.flows.alert_storage import AlertGroup, KeptAlert, Renewal, Tally
from tocsin.flows.respond import act
from tocsin.flows.storage import ConflictError, Store, Tx

MINUTE = timedelta(minutes=1)


def state(fingerprint: str = "f1", **more: object) -> AlertState:
    given = {"labels": {"instance": fingerprint}, "starts_at": NOON, "last_seen_at": NOON, **more}
    return AlertState(fingerprint=fingerprint, name="High ü", status="firing", **given)  # type: ignore[arg-type]  # a test's own fields


def put(store: Store, *states: AlertState, group: str = "") -> list[KeptAlert]:
    with store.transaction() as tx:
        return tx.put_alerts([KeptAlert(source="prom", state=one, group=group) for one in states])


def random_text(length: int) -> str:
    """Return what no database can make shorter."""
    return "".join(random.Random(length).choices(string.ascii_letters, k=length))  # noqa: S311 (no secret)


def names(found: Sequence[KeptAlert]) -> list[str]:
    return [one.state.fingerprint for one in found]


def lease_from_now(tx: Tx, minutes: float) -> AlertState:
    return state(expires_at=tx.now() + minutes * MINUTE)


def test_stored_alerts_have_numbers_and_are_found_by_their_fingerprints(store: Store) -> None:
    first, second = put(store, state("f1"), state("f2", summary='say "no" \\ twice'), group="g")

    assert first.id != second.id
    assert (first.version, second.version) == (1, 1)
    with store.reading() as tx:
        assert tx.alerts("prom", ["f2", "nobody", "f1"]) == {"f1": first, "f2": second}
        assert tx.alerts("other", ["f1"]) == {}


def test_an_alert_that_changes_has_a_new_version(store: Store) -> None:
    (first,) = put(store, state())
    with store.transaction() as tx:
        (again,) = tx.put_alerts([structs.replace(first, state=structs.replace(first.state, summary="worse"))])
    assert (again.id, again.version) == (first.id, 2)

    with pytest.raises(ConflictError), store.transaction() as tx:
        tx.put_alerts([first])
    with pytest.raises(ConflictError), store.transaction() as tx:
        tx.put_alerts([KeptAlert(source="prom", state=state())])
    with store.reading() as tx:
        assert tx.alerts("prom", ["f1"])["f1"].state.summary == "worse"


def test_an_alert_whose_sender_calls_its_service_by_a_book_is_stored_and_found(store: Store) -> None:
    book = random_text(9000)
    put(store, state("f1", service=book), state("f2", service="orders"))

    with store.reading() as tx:
        assert [one.service for one in tx.firing_alerts(service=book)] == [book]
        assert [one.fingerprint for one in tx.firing_alerts(service="orders")] == ["f2"]


def test_a_number_is_never_given_twice(store: Store) -> None:
    (gone,) = put(store, structs.replace(state(), status="resolved", ends_at=NOON))
    with store.reading() as tx:
        later = tx.now() + MINUTE
    assert store.prune("alerts", later) == 1

    (fresh,) = put(store, state("f2"))
    assert fresh.id != gone.id
    with store.transaction() as tx:
        assert not tx.renew_alerts([Renewal(gone.id, gone.version, None)])


def test_a_lease_is_renewed_by_number_and_version_and_never_shortened(store: Store) -> None:
    with store.transaction() as tx:
        (one,) = tx.put_alerts([KeptAlert(source="prom", state=lease_from_now(tx, 5))])
        end = tx.now() + 9 * MINUTE
        assert tx.renew_alerts([Renewal(one.id, one.version, end)])
        assert tx.renew_alerts([Renewal(one.id, one.version, end - 3 * MINUTE)])
        assert not tx.renew_alerts([Renewal(one.id, one.version + 1, end)])
        kept = tx.alerts("prom", ["f1"])["f1"]
        assert (kept.version, kept.state.expires_at, kept.state.last_seen_at) == (1, end, tx.now())
        assert tx.next_lapse() == end
        assert tx.renew_alerts([Renewal(one.id, one.version, None)])
        assert tx.next_lapse() is None


def test_leases_are_renewed_under_the_newest_configuration_alone(store: Store) -> None:
    (one,) = put(store, state())
    with store.transaction() as tx:
        old, new = tx.put_catalogue("{}", "ana"), tx.put_catalogue("[]", "ana")
        renewal = Renewal(one.id, one.version, tx.now() + MINUTE)
        assert not tx.renew_alerts([renewal], under=old)
        assert not tx.renew_alerts([renewal], under=new + 1)
        assert tx.next_lapse() is None
        assert tx.renew_alerts([renewal], under=new)
        assert tx.next_lapse() == renewal.expires_at


def test_leases_lapse_by_the_stores_clock(bench: Bench) -> None:
    store = bench.store
    with store.transaction() as tx:
        soon, later, never = (tx.now() + 5 * MINUTE, tx.now() + 50 * MINUTE, None)
        rows = [state("f1", expires_at=later), state("f2", expires_at=soon), state("f3", expires_at=never)]
        tx.put_alerts([KeptAlert(source="prom", state=one) for one in rows])
        assert tx.lapsed_alerts(10) == []
    bench.advance(10 * MINUTE)
    with store.transaction() as tx:
        assert names(tx.lapsed_alerts(10)) == ["f2"]
    bench.advance(50 * MINUTE)
    with store.transaction() as tx:
        assert names(tx.lapsed_alerts(10)) == ["f2", "f1"]
        assert names(tx.lapsed_alerts(1)) == ["f2"]


def test_alerts_of_an_incident_are_counted_and_their_labels_listed(store: Store) -> None:
    over = structs.replace(state("f3", incident="i1"), status="resolved", ends_at=NOON)
    put(store, state("f1", incident="i1"), over, group="g1")
    put(store, state("f2", incident="i2"), state("f4", incident="i9"), group="g2")

    with store.reading() as tx:
        assert tx.tally(["i1"]) == Tally(total=2, firing=1, groups=1)
        assert tx.tally(["i1", "i2"]) == Tally(total=3, firing=2, groups=2)
        assert tx.tally(["none"]) == Tally()
        assert tx.label_sets(["i1"], 9) == [{"instance": "f1"}, {"instance": "f3"}]
        assert tx.label_sets(["i1"], 1) == [{"instance": "f1"}]


def test_groups_keep_their_beginning_and_change_their_incident(store: Store) -> None:
    group = AlertGroup(
        key='db/{service="shop"}',
        receiver="db",
        labels={"service": "shop"},
        incident="i1",
        opened_at=NOON,
        last_alert_at=NOON,
    )
    moved = replace(group, incident="i2", opened_at=NOON + MINUTE, last_alert_at=NOON + MINUTE)
    with store.transaction() as tx:
        tx.put_groups([group])
        tx.put_groups([moved, replace(group, key="other")])
        tx.put_groups([])
    with store.reading() as tx:
        assert tx.groups([group.key, "nobody"]) == {group.key: replace(moved, opened_at=NOON)}


def test_a_timer_is_brought_forward_and_never_put_off(bench: Bench) -> None:
    store = bench.store
    with store.transaction() as tx:
        now = tx.now()
        tx.bring_forward("alert/leases", "lapse", now + 5 * MINUTE)
        tx.bring_forward("alert/leases", "lapse", now + 9 * MINUTE)
    assert store.next_due() == now + 5 * MINUTE
    with store.transaction() as tx:
        tx.bring_forward("alert/leases", "lapse", now + 2 * MINUTE)
    bench.advance(3 * MINUTE)
    (held,) = store.claim_timers("w", limit=9, lease_s=60)
    with store.transaction() as tx:
        tx.bring_forward("alert/leases", "lapse", now + 20 * MINUTE)
        assert tx.finish_timer(held)
        tx.bring_forward("alert/leases", "lapse", now + 20 * MINUTE)
    assert store.next_due() == now + 20 * MINUTE


def test_a_group_is_read_with_whether_its_incident_is_over(store: Store) -> None:
    world = World(store=store)
    for ref in ("INC-1", "INC-2"):
        world.declare(ref)
    act(world.engine, "INC-2", Cancelled(reason="noise"), ANA)
    with store.transaction() as tx:
        ids = {key: tx.resolve_ref(key) for key in ("INC-1", "INC-2", "INC-9")}
        tx.put_groups(
            [AlertGroup(key=key, incident=one, opened_at=NOON, last_alert_at=NOON) for key, one in ids.items()]
        )
        assert {key: group.closed for key, group in tx.groups(list(ids)).items()} == {
            "INC-1": False,
            "INC-2": True,
            "INC-9": False,
        }


def test_who_serialises_reads_anew_only_where_others_may_have_written(store: Store) -> None:
    with store.transaction() as tx:
        first, again = tx.serialise("something"), tx.serialise("something")
        assert first == again
    with store.transaction() as tx:
        assert tx.serialise("something") == first


def test_a_sources_firing_alerts_are_listed_with_their_groups(store: Store) -> None:
    put(store, state("f2"), state("f1"), structs.replace(state("f3"), status="resolved", ends_at=NOON), group="g")
    with store.transaction() as tx:
        tx.put_alerts([KeptAlert(source="other", state=state("f1"))])

    with store.reading() as tx:
        found = tx.firing_of("prom")
    assert names(found) == ["f1", "f2"]
    assert {one.group for one in found} == {"g"}


def test_firing_alerts_are_read_by_their_numbers_and_those_that_are_held_back_apart(store: Store) -> None:
    first, second, third = put(store, state("f1"), state("f2", incident="i1"), state("f3"))
    put(store, structs.replace(state("f4"), status="resolved", ends_at=NOON))
    with store.transaction() as tx:
        assert tx.firing_rows() == [first, second, third]
        assert tx.firing_rows(after=first.id, limit=1) == [second]
        assert tx.firing_rows(held=True) == [first, third]
        assert tx.firing_rows(held=True, after=first.id) == [third]


def test_the_alerts_of_some_incidents_are_read_by_their_numbers_those_that_fire_apart(store: Store) -> None:
    first, second, third = put(
        store, state("f1", incident="i1"), state("f2", incident="i2"), state("f3", incident="i1")
    )
    over = structs.replace(state("f4", incident="i1"), status="resolved", ends_at=NOON)
    (fourth,) = put(store, over)
    put(store, state("f5"))
    with store.transaction() as tx:
        assert tx.alerts_in(["i1", "i2"], firing=True) == [first, second, third]
        assert tx.alerts_in(["i1"], firing=False) == [first, third, fourth]
        assert tx.alerts_in(["i1"], firing=False, after=first.id, limit=1) == [third]
        assert tx.alerts_in([], firing=False) == []
