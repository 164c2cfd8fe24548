"""The house around incidents: retention, configuration, health, logins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.flows.world import ANA, CONFIGURATION, SIGNING, World, catalogue
from tests.support.passwords import give_password

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.events import Cancelled
from tocsin.flows import access, housekeeping
from tocsin.flows.configure import apply, apply_drill
from tocsin.flows.contacts import page_for_test
from tocsin.flows.operate import health
from tocsin.flows.policies import catalogue as in_force
from tocsin.flows.respond import act
from tocsin.flows.storage import Heartbeat, Timer, User
from tocsin.store.memory import MemoryStore

DRILL = """
catch_all: drill-ana
default_policy: drill-policy
people:
  drill-ana: {name: Ana, email: a@drill.invalid, contacts: {pager: {kind: webhook, address: "https://x", verified: true}}}
teams:
  drill-team: {name: Drill, pack: platform, policy: drill-policy, members: [drill-ana]}
policies:
  drill-policy: {steps: [{targets: ["person:drill-ana"], wait: 10m}]}
services:
  drill-shop: {name: Shop, team: drill-team, drill: true}
"""


class Slow:
    """A password hash that is none."""

    def hash(self, password: str) -> str:
        return password[::-1]

    def verify(self, digest: str, password: str) -> bool:
        return digest == password[::-1]


def round_of(world: World) -> list[Timer]:
    return [t for t in world.store.claim_timers("w", limit=9, lease_s=10) if t.stream == housekeeping.STREAM]


def test_what_is_older_than_its_setting_goes_once_an_hour() -> None:
    world = World()
    with world.store.transaction() as tx:
        tx.keep_raw("watch", b"old")
    world.later(days=31)
    with world.store.transaction() as tx:
        tx.keep_raw("watch", b"new")
    housekeeping.begin(world.engine)
    (timer,) = round_of(world)

    housekeeping.prune(world.engine, timer, keep={"raw": timedelta(days=30)})

    assert isinstance(world.store, MemoryStore)
    assert [raw.body for raw in world.store.rows.raws.values()] == [b"new"]
    assert round_of(world) == []
    world.later(hours=1)
    assert len(round_of(world)) == 1


def test_two_workers_that_begin_make_one_round() -> None:
    world = World()
    housekeeping.begin(world.engine)
    housekeeping.begin(world.engine)
    (timer,) = round_of(world)
    housekeeping.prune(world.engine, timer, keep={})
    with world.store.transaction() as tx:
        tx.keep_raw("watch", b"x")
    world.later(minutes=1)

    housekeeping.prune(world.engine, timer, keep={"raw": timedelta(0)})

    assert isinstance(world.store, MemoryStore)
    assert len(world.store.rows.raws) == 1


def test_the_same_configuration_twice_is_one_version() -> None:
    world = World()

    assert apply(world.engine, catalogue(), "cat") == 1
    assert apply(world.engine, catalogue(CONFIGURATION.replace("wait: 5m", "wait: 6m")), "cat") == 2


def test_a_drill_is_laid_over_and_replaced_and_leaves_the_rest_alone() -> None:
    world = World()
    practice = replace(catalogue(DRILL), speed=60.0)

    apply_drill(world.engine, practice, "cat", allowed=True)
    apply_drill(world.engine, practice, "cat", allowed=True)

    with world.store.reading() as tx:
        found = in_force(tx)
    assert [s.key for s in found.services] == ["shop", "silent", "drill-shop"]
    waits = {p.key: p.steps[0].wait for p in found.policies}
    assert waits == {"default": timedelta(minutes=5), "drill-policy": timedelta(seconds=10)}
    assert set(found.pack_digests) == {"platform", "drill-platform"}


def test_a_configuration_applied_during_a_drill_takes_nothing_from_it_until_it_is_over() -> None:
    world = World()
    apply_drill(world.engine, replace(catalogue(DRILL), speed=60.0), "cat", allowed=True)
    drilled = world.declare(services=("drill-shop",), mode="drill")
    changed = catalogue(CONFIGURATION.replace("wait: 5m", "wait: 6m"))

    apply(world.engine, changed, "cat")

    with world.store.reading() as tx:
        found = in_force(tx)
    assert found.person("drill-ana") is not None
    assert found.team("drill-team") is not None
    assert set(found.pack_digests) == {"platform", "drill-platform"}
    assert {p.key: p.steps[0].wait for p in found.policies}["default"] == timedelta(minutes=6)

    act(world.engine, drilled.ref, Cancelled(reason="enough"), ANA)
    apply(world.engine, changed, "cat")

    with world.store.reading() as tx:
        assert in_force(tx).person("drill-ana") is None


def test_real_waits_are_not_divided() -> None:
    world = World()
    fast = replace(catalogue(), speed=60.0)

    with pytest.raises(RefusedError, match="shorten every wait") as refused:
        apply(world.engine, fast, "cat")

    assert "--with-drills" in refused.value.mend
    assert apply(world.engine, fast, "cat", practising=True) == 2


def test_a_drill_is_refused_where_none_is_allowed_and_when_a_key_is_not_its_own() -> None:
    world = World()

    with pytest.raises(RefusedError, match="allows no drills"):
        apply_drill(world.engine, catalogue(DRILL), "cat", allowed=False)
    with pytest.raises(RefusedError, match="not a drill's"):
        apply_drill(world.engine, catalogue(), "cat", allowed=True)


def test_health_is_well_with_a_worker_and_says_what_is_wrong_without() -> None:
    world = World()
    assert "no worker is alive: pages are not being sent" in health(world.engine).problems

    world.store.beat(Heartbeat(process="w", role="work", at=world.clock()))

    assert health(world.engine).well


def test_a_delivery_that_failed_for_good_is_a_problem_for_an_hour() -> None:
    world = World()
    page_for_test(world.engine, SIGNING, "bo", "")
    (job,) = world.jobs("page")
    with world.store.transaction() as tx:
        tx.bury(job, "gone")

    assert any("failed for good" in p for p in health(world.engine).problems)
    world.later(hours=1, seconds=1)
    assert not any("failed for good" in p for p in health(world.engine).problems)


def test_a_test_page_goes_to_every_verified_method_through_the_channel_of_people() -> None:
    world = World()

    page_for_test(world.engine, SIGNING, "ana", "")

    assert world.send_pages() == ["delivered", "delivered"]
    assert world.paged() == ["ana", "ana@example.com"]
    with pytest.raises(InvalidError, match="nobody is called"):
        page_for_test(world.engine, SIGNING, "eve", "")
    with pytest.raises(InvalidError, match="bo has no contact mail"):
        page_for_test(world.engine, SIGNING, "bo", "mail")


def test_a_new_password_does_not_let_a_disabled_person_in() -> None:
    world = World()
    with world.store.transaction() as tx:
        tx.put_user(User(person="ana", password_hash="", scopes=(), disabled=True))

    give_password(world.engine, Slow(), "ana", "correct horse")

    with pytest.raises(access.DeniedError):
        access.log_in(world.engine, Slow(), "ana", "correct horse")


def test_a_login_link_opens_one_session() -> None:
    world = World()
    secret = access.login_link(world.engine, "ana").partition("key=")[2]

    cookie = access.use_login_link(world.engine, secret)

    assert access.by_session(world.engine, cookie).person == "ana"
    with pytest.raises(access.DeniedError, match="was used"):
        access.use_login_link(world.engine, secret)
    access.log_out(world.engine, cookie)
    with pytest.raises(access.DeniedError):
        access.by_session(world.engine, cookie)


def test_a_login_link_expires() -> None:
    world = World()
    secret = access.login_link(world.engine, "ana").partition("key=")[2]

    world.later(minutes=16)

    with pytest.raises(access.DeniedError):
        access.use_login_link(world.engine, secret)


def test_a_token_says_whose_word_it_is_until_it_expires_or_its_person_goes() -> None:
    world = World()
    _, secret = access.make_token(world.engine, "ana", "t", ("read",), valid=timedelta(days=1))

    caller = access.by_token(world.engine, secret, agent="bot")
    assert (caller.actor.kind, caller.actor.person) == ("agent", "ana")
    with pytest.raises(access.DeniedError, match="scope 'respond'"):
        caller.need("respond")
    with pytest.raises(InvalidError, match="no scope"):
        access.make_token(world.engine, "ana", "t", ("everything",))

    world.later(days=2)
    with pytest.raises(access.DeniedError):
        access.by_token(world.engine, secret)
