"""Packs, catalogues, alerts, evidence, accounts and retention, on every store."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from msgspec import structs
from tests.fakes import NOON, a_job
from tests.store.conftest import Bench

from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.changes import Change
from tocsin.domain.errors import InvalidError
from tocsin.domain.visibility import WORKER
from tocsin.flows.storage import Answer, Heartbeat, Session, Store, Token, User, VerifiedContact

ALERT = AlertState(
    fingerprint="f1",
    name="HighErrors",
    status="firing",
    service="orders",
    labels={"a": "ü"},
    starts_at=NOON,
    last_seen_at=NOON,
)


def test_a_pack_is_kept_by_its_digest(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_pack("d1", '{"severities": 5}')
        tx.put_pack("d1", '{"severities": 5}')
        assert tx.pack("d1") == '{"severities": 5}'
        assert tx.pack("d2") == ""


def test_catalogue_versions_count_up_and_an_equal_one_is_the_same(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.catalogue() == (0, "")
        assert tx.put_catalogue("one", "anna") == 1
        assert tx.put_catalogue("one", "ben") == 1
        assert tx.put_catalogue("two", "ben") == 2
        assert tx.put_catalogue("one", "ben") == 3
    with store.reading() as tx:
        assert tx.catalogue() == (3, "one")
        assert tx.catalogue(2) == (2, "two")
        assert tx.catalogue(9) == (0, "")


def test_the_versions_of_a_span_begin_with_the_one_in_force_before_it(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.catalogue_versions(tx.now(), tx.now()) == ()
        tx.put_catalogue("one", "anna")
        first = tx.now()
    with store.transaction() as tx:
        tx.put_catalogue("two", "ben")
        second = tx.now()
    with store.reading() as tx:
        versions = dict(tx.catalogue_versions(first - timedelta(days=1), second))
        assert tx.catalogue_versions(first - timedelta(days=1), first - timedelta(hours=1)) == ()
        assert tx.catalogue_versions(versions[2], second)[0] == (2, versions[2])
        assert tx.catalogue_versions(second + timedelta(days=1), second + timedelta(days=2)) == ((2, versions[2]),)
    assert versions[1] <= versions[2]


def test_catalogues_stored_at_once_get_numbers_of_their_own(bench: Bench) -> None:
    def put(n: int) -> int:
        with bench.store.transaction() as tx:
            return tx.put_catalogue(f"body {n}", "anna")

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(put, range(6))) == [1, 2, 3, 4, 5, 6]


def test_an_alert_is_replaced_by_its_newer_state(store: Store) -> None:
    linked = structs.replace(ALERT, incident="i1", episode=2, starts_at=NOON)
    with store.transaction() as tx:
        assert tx.alert("prom", "f1") is None
        tx.put_alert("prom", ALERT)
        tx.put_alert("prom", linked)
        tx.put_alert("datadog", structs.replace(ALERT, service="web"))

    with store.transaction() as tx:
        assert tx.alert("prom", "f1") == linked
        assert tx.firing_alerts(incident="i1") == [linked]
        assert tx.firing_alerts(service="web") == [structs.replace(ALERT, service="web")]
        assert tx.firing_alerts(incident="i1", service="web") == []
        assert len(tx.firing_alerts()) == 2
        tx.put_alert("prom", structs.replace(linked, status="resolved"))
        assert tx.firing_alerts(incident="i1") == []


def test_the_same_new_alert_in_two_transactions_is_seen_once(bench: Bench) -> None:
    def fire(n: int) -> bool:
        with bench.store.transaction() as tx:
            fresh = tx.alert("prom", "f1") is None
            tx.put_alert("prom", structs.replace(ALERT, episode=n))
            return fresh

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(fire, range(6))) == 1


def test_a_raw_body_is_kept_as_it_came_up_to_a_mebibyte(store: Store) -> None:
    big = os.urandom(1 << 20) + b"more"
    with store.transaction() as tx:
        first = tx.keep_raw("prom", b"\x00\xff not JSON", error="line 1: not JSON")
        second = tx.keep_raw("prom", big)
    with store.reading() as tx:
        raw = tx.raw(first)
        long = tx.raw(second)
        assert tx.raw("nothing") is None
    assert raw is not None
    assert (raw.source, raw.body, raw.error) == ("prom", b"\x00\xff not JSON", "line 1: not JSON")
    assert long is not None
    assert long.body == big[: 1 << 20]


def test_a_bundle_comes_back_byte_for_byte(store: Store) -> None:
    body = b'{"facts": []}' * 1000
    with store.transaction() as tx:
        tx.put_bundle("b1", "i1", body)
    with store.reading() as tx:
        assert tx.bundle("b1") == body
        assert tx.bundle("b2") == b""


def test_samples_come_in_time_order_between_two_times(store: Store) -> None:
    def at(minutes: int) -> datetime:
        return NOON + timedelta(minutes=minutes)

    with store.transaction() as tx:
        tx.put_samples("orders", [(at(2), {"rate": 0.2}), (at(1), {"rate": 0.1}), (at(3), {"rate": 0.3})])
        tx.put_samples("orders", [(at(1), {"rate": 0.15})])
        tx.put_samples("web", [(at(1), {"rate": 9})])
    with store.reading() as tx:
        assert tx.samples("orders", at(1), at(3)) == [(at(1), {"rate": 0.15}), (at(2), {"rate": 0.2})]


def test_a_named_value_is_replaced(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.value("monitor/x") == ""
        tx.put_value("monitor/x", "firing")
        tx.put_value("monitor/x", "quiet")
        assert tx.value("monitor/x") == "quiet"


ANNA = User(person="anna", password_hash="argon2", scopes=("read", "respond"))


def _token(**changes: datetime | str) -> Token:
    token = Token(id="t1", person="anna", name="laptop", scopes=("read",), created_at=NOON, team="shop")
    return replace(token, **changes)  # type: ignore[arg-type]  # the test names fields


def test_a_login_is_replaced(store: Store) -> None:
    with store.transaction() as tx:
        assert tx.user("anna") is None
        tx.put_user(ANNA)
        tx.put_user(replace(ANNA, password_hash="other"))
        assert tx.user("anna") == replace(ANNA, password_hash="other")


def test_a_token_is_found_by_its_digest_and_its_use_stamped_to_the_minute(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        tx.put_token(_token(), "digest")
        assert tx.token("other") is None
        assert tx.token("digest") == _token()
        first_use = tx.now()
    for seconds, stamps_anew in ((30, False), (31, True)):
        bench.advance(timedelta(seconds=seconds))
        with bench.store.transaction() as tx:
            tx.token("digest")
            assert (tx.tokens("anna").items[0].last_used_at != first_use) is stamps_anew


def test_reading_a_token_needs_no_writing(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_token(_token(), "digest")
    with store.reading() as tx:
        assert tx.token("digest") == _token()
        assert tx.tokens("anna").items[0].last_used_at is None


def test_an_expired_token_is_none(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        tx.put_token(_token(expires_at=tx.now() + timedelta(hours=1)), "digest")
        assert tx.token("digest") is not None
    bench.advance(timedelta(hours=1, seconds=1))
    with bench.store.transaction() as tx:
        assert tx.token("digest") is None
        assert [t.id for t in tx.tokens("anna").items] == ["t1"]
        assert tx.drop_token("t1")
        assert not tx.drop_token("t1")
        assert tx.tokens("anna").items == ()


def test_a_session_ends_by_time_or_by_hand(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        session = Session(person="anna", csrf="c", expires_at=tx.now() + timedelta(hours=8))
        tx.put_session("d1", session)
        tx.put_session("d2", session)
        tx.drop_session("d2")
        assert tx.session("d1") == session
        assert tx.session("d2") is None
    bench.advance(timedelta(hours=9))
    with bench.store.reading() as tx:
        assert tx.session("d1") is None


def test_who_is_disabled_has_no_token_and_no_session(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_user(ANNA)
        tx.put_token(_token(), "digest")
        tx.put_session("d1", Session(person="anna", csrf="c", expires_at=tx.now() + timedelta(hours=8)))
        assert tx.token("digest")
        assert tx.session("d1")
        tx.put_user(replace(ANNA, disabled=True))
        assert tx.token("digest") is None
        assert tx.session("d1") is None


def test_a_one_time_secret_works_once_for_its_purpose_and_in_time(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        soon = tx.now() + timedelta(minutes=15)
        tx.put_once("login", "d1", "anna", soon)
        tx.put_once("login", "d2", "ben", soon)
        assert tx.take_once("contact", "d1") == tx.see_once("contact", "d1") == ""
        assert [tx.see_once("login", "d1") for _ in range(2)] == ["anna", "anna"]
        assert tx.take_once("login", "d1") == "anna"
        assert tx.take_once("login", "d1") == tx.see_once("login", "d1") == ""
    bench.advance(timedelta(minutes=16))
    with bench.store.transaction() as tx:
        assert tx.see_once("login", "d2") == tx.take_once("login", "d2") == ""


def test_a_one_time_secret_is_given_to_one_of_many(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        tx.put_once("login", "d1", "anna", tx.now() + timedelta(minutes=15))

    def take(_: int) -> str:
        with bench.store.transaction() as tx:
            return tx.take_once("login", "d1")

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(take, range(6))) == ["", "", "", "", "", "anna"]


def test_verified_contacts_are_remembered_with_where_they_led_who_says_so_and_when(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        tx.verify_contact("ben", "sms", target="t1", by="ben")
        tx.verify_contact("anna", "email", target="t2", by="ben")
    bench.advance(timedelta(hours=1))
    with bench.store.transaction() as tx:
        tx.verify_contact("anna", "email", target="t3", by="anna by link")
        later = tx.now()
        first, second = tx.verified_contacts()
        assert tx.verified_targets() == {("anna", "email", "t3"), ("ben", "sms", "t1")}

    assert first == VerifiedContact(person="anna", method="email", target="t3", by="anna by link", at=later)
    assert (second.person, second.method, second.target, second.by) == ("ben", "sms", "t1", "ben")
    assert later - second.at >= timedelta(hours=1)


def test_tries_are_counted_for_each_thing_until_its_window_ends(bench: Bench) -> None:
    window = timedelta(minutes=15)
    with bench.store.transaction() as tx:
        assert [tx.count_try("a", window), tx.count_try("a", window), tx.count_try("b", window)] == [1, 2, 1]
    bench.advance(timedelta(minutes=14))
    with bench.store.transaction() as tx:
        assert tx.count_try("a", window) == 3  # a later try makes the window no longer
    bench.advance(timedelta(minutes=1))
    with bench.store.transaction() as tx:
        assert tx.count_try("a", window) == 1


def test_tries_at_once_are_all_counted(bench: Bench) -> None:
    def count(_: int) -> int:
        with bench.store.transaction() as tx:
            return tx.count_try("a", timedelta(minutes=15))

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(count, range(12))) == list(range(1, 13))


def test_of_several_first_values_one_stays_and_everybody_gets_it(bench: Bench) -> None:
    stores = [bench.another() for _ in range(6)]

    def first(number: int) -> str:
        with stores[number].transaction() as tx:
            return tx.first_value("k", f"v{number}")

    with ThreadPoolExecutor(6) as pool:
        (stays,) = set(pool.map(first, range(6)))
    with bench.store.reading() as tx:
        assert tx.value("k") == stays


def test_an_answer_is_remembered_for_its_actor_for_a_day(bench: Bench) -> None:
    answer = Answer(request_hash="h", status=201, body='{"ref": "INC-1"}')
    with bench.store.transaction() as tx:
        tx.put_answer("key", "anna", answer)
        assert tx.answer("key", "anna") == answer
        assert tx.answer("key", "ben") is None
    bench.advance(timedelta(hours=24, seconds=1))
    with bench.store.reading() as tx:
        assert tx.answer("key", "anna") is None


def test_only_one_takes_a_key_on_until_it_is_answered_dropped_or_too_long_ago(bench: Bench) -> None:
    lasting = timedelta(minutes=2)

    def claim(actor: str = "anna") -> bool:
        with bench.store.transaction() as tx:
            return tx.claim_answer("key", actor, lasting)

    assert [claim(), claim(), claim("ben")] == [True, False, True]
    with bench.store.transaction() as tx:
        assert tx.answer("key", "anna") is None
        tx.drop_answer("key", "anna")
    assert [claim(), claim()] == [True, False]
    bench.advance(timedelta(minutes=2, seconds=1))
    assert [claim(), claim()] == [True, False]
    with bench.store.transaction() as tx:
        tx.put_answer("key", "anna", Answer(request_hash="h", status=201, body="{}"))
    bench.advance(timedelta(minutes=3))
    assert not claim()
    bench.advance(timedelta(hours=24))
    assert claim()


def test_of_several_that_take_a_key_on_at_once_one_has_it(bench: Bench) -> None:
    def claim(_: int) -> bool:
        with bench.store.transaction() as tx:
            return tx.claim_answer("key", "anna", timedelta(minutes=2))

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(claim, range(6))) == [False] * 5 + [True]


def test_pruning_takes_what_is_old_and_over_and_nothing_else(bench: Bench) -> None:
    with bench.store.transaction() as tx:
        raw = tx.keep_raw("prom", b"old")
        tx.put_bundle("b1", "i1", b"old")
        tx.put_samples("s", [(tx.now(), {})])
        tx.put_answer("k", "anna", Answer(request_hash="h", status=200, body=""))
        tx.put_change("ci", Change(key="c1", service="orders", at=tx.now()))
        tx.put_alert("prom", ALERT)
        tx.put_alert("prom", structs.replace(ALERT, fingerprint="f2", status="resolved"))
        tx.enqueue([a_job("done"), a_job("dead"), a_job("open")])
        tx.put_session("d1", Session(person="anna", csrf="c", expires_at=tx.now()))
        tx.put_once("login", "d1", "anna", tx.now())
        tx.count_try("contact/anna", timedelta(minutes=1))
    bench.store.beat(Heartbeat(process="gone", role="work", at=NOON))
    done, dead = (job for job in bench.store.claim_jobs("w", limit=9, lease_s=9) if job.key != "open")
    with bench.store.transaction() as tx:
        tx.settle(done, "ok")
        tx.bury(dead, "no")
    bench.advance(timedelta(days=2))
    with bench.store.transaction() as tx:
        young = tx.keep_raw("prom", b"young")
        before = tx.now() - timedelta(days=1)

    bench.store.beat(Heartbeat(process="alive", role="work", at=NOON))
    kinds = ("raw", "jobs", "alerts", "bundles", "samples", "changes", "answers", "logins", "heartbeats")
    assert [bench.store.prune(kind, before) for kind in kinds] == [1, 2, 1, 1, 1, 1, 1, 3, 1]
    assert [bench.store.prune(kind, before) for kind in kinds] == [0] * 9
    with bench.store.reading() as tx:
        assert (tx.raw(raw), tx.bundle("b1")) == (None, b"")
        assert tx.raw(young) is not None
        assert [a.fingerprint for a in tx.firing_alerts()] == ["f1"]
        assert [job.key for job in tx.jobs(WORKER).items] == ["open"]
        assert [beat.process for beat in tx.heartbeats()] == ["alive"]


def test_pruning_goes_on_past_one_batch(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_samples("s", [(NOON + timedelta(seconds=n), {}) for n in range(2100)])

    assert store.prune("samples", NOON + timedelta(seconds=2050)) == 2050


def test_an_unknown_kind_cannot_be_pruned(store: Store) -> None:
    with pytest.raises(InvalidError, match="everything"):
        store.prune("everything", NOON)
