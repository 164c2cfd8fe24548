"""Posts taken together: what a process remembers never changes what becomes of them."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.flows.world import CONFIGURATION, World, catalogue

from tocsin.adapters.sources.alertmanager import Alertmanager
from tocsin.adapters.sources.alertmanager_v2 import AlertmanagerV2
from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.incident.events import AlertFired
from tocsin.flows import renewing
from tocsin.flows.access import DeniedError
from tocsin.flows.configure import apply
from tocsin.flows.ingest import Accepted, Remembered
from tocsin.flows.pieces import Post
from tocsin.flows.ports import Envelope, OverloadedError, RejectedError
from tocsin.flows.receive import KEPT_BYTES, Reception
from tocsin.flows.renewing import KNOWN_FOR_S, Lately
from tocsin.flows.storage import StoreUnavailableError
from tocsin.store.memory import MemoryStore

KEYS = {"watch": "open sesame", "hook": "key-of-hook", "slow": "key-of-slow"}
HOOK, SLOW = (hashlib.sha256(KEYS[name].encode()).hexdigest() for name in ("hook", "slow"))
TEXT = CONFIGURATION.replace("watch: {kind: generic,", "watch: {kind: alertmanager_v2,").replace(
    "integrations:\n",
    f'integrations:\n  hook: {{kind: alertmanager, team: core, keys: ["sha256:{HOOK}"]}}\n'
    f'  slow: {{kind: alertmanager_v2, team: core, keys: ["sha256:{SLOW}"], limit: {{per_minute: 60, burst: 10}}}}\n',
)
SOURCES = {"sources": {source.kind: source for source in (AlertmanagerV2(), Alertmanager())}}


def world() -> World:
    return World(text=TEXT, more=SOURCES)


def reception(of: World) -> Reception:
    return Reception(engine=of.engine)


def stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def alert(of: World, number: int, *, minutes: float | None = 4, **more: Any) -> dict[str, Any]:
    labels = {"alertname": "Errors", "service": "shop", "instance": f"n{number}"}
    started = of.clock() - timedelta(minutes=9)
    end = {"endsAt": stamp(of.clock() + timedelta(minutes=minutes))} if minutes is not None else {}
    return {"labels": labels, "startsAt": more.pop("startsAt", stamp(started)), **end, **more}


def post(*alerts: Any, to: str = "watch") -> Post:
    body = {"alerts": [{"status": "firing", **one} for one in alerts]} if to == "hook" else list(alerts)
    return Post(integration=to, key=KEYS[to], body=json.dumps(body).encode(), envelope=Envelope())


def taken(outcomes: Sequence[object]) -> list[Accepted]:
    assert all(isinstance(one, Accepted) for one in outcomes), outcomes
    return [one for one in outcomes if isinstance(one, Accepted)]


def states(of: World) -> dict[str, AlertState]:
    assert isinstance(of.store, MemoryStore)
    return {name[1]: kept.state for name, (_, kept) in of.store.rows.alerts.items()}


@pytest.mark.parametrize("to", ["watch", "hook"])
def test_a_repetition_renews_the_lease_unread(to: str) -> None:
    here = world()
    door = reception(here)
    began = stamp(here.clock())
    taken(door.receive_all([post(alert(here, 1, startsAt=began), alert(here, 2, startsAt=began), to=to)]))
    here.later(minutes=1)

    (again,) = taken(door.receive_all([post(alert(here, 1, startsAt=began), alert(here, 2, startsAt=began), to=to)]))

    assert (again.renewed, again.fired, again.refreshed) == (2, (), ())
    assert {state.expires_at for state in states(here).values()} == {here.clock() + timedelta(minutes=4)}
    assert {state.last_seen_at for state in states(here).values()} == {here.clock()}


def test_what_another_process_changed_is_read_again() -> None:
    here = world()
    door, other = reception(here), reception(here)
    began = stamp(here.clock())
    taken(door.receive_all([post(alert(here, 1, startsAt=began))]))
    here.later(minutes=1)
    taken(other.receive_all([post(alert(here, 1, startsAt=began, minutes=-0.5))]))
    here.later(minutes=20)

    (again,) = taken(door.receive_all([post(alert(here, 1, startsAt=began))]))

    assert (len(again.fired), again.renewed) == (1, 0)
    assert next(iter(states(here).values())).episode == 2


def test_posts_that_come_together_are_answered_each_for_itself() -> None:
    here = world()
    good, also = post(alert(here, 1), alert(here, 2)), post(alert(here, 3))
    broken = good._replace(body=b"{")

    first, wrong, refused, second = reception(here).receive_all([good, broken, good._replace(key="no"), also])

    assert (len(taken([first])[0].fired), len(taken([second])[0].fired)) == (2, 1)
    assert isinstance(wrong, RejectedError)
    assert isinstance(refused, DeniedError)
    assert taken([first, second])[0].incidents == taken([first, second])[1].incidents


def test_the_same_alert_in_two_posts_fires_once() -> None:
    here = world()
    first, second = taken(reception(here).receive_all([post(alert(here, 1)), post(alert(here, 1))]))
    assert (len(first.fired), first.refreshed, second.fired, len(second.refreshed)) == (1, (), (), 1)
    assert len(here.events(AlertFired)) == 1


def test_a_post_in_part_is_stored_in_part_and_says_which() -> None:
    here = world()
    (done,) = taken(reception(here).receive_all([post(alert(here, 1), {"labels": {}}, alert(here, 2))]))
    assert len(done.fired) == 2
    assert [one.where for one in done.rejected] == ["$[1]"]


def test_a_long_post_takes_several_transactions_and_one_answer() -> None:
    here = world()
    (done,) = taken(reception(here).receive_all([post(*(alert(here, number) for number in range(2500)))]))
    assert len(done.fired) == len(states(here)) == 2500
    assert len(done.incidents) == 1


def test_a_sender_beyond_its_limit_is_told_when_to_come_again() -> None:
    here = world()
    door = reception(here)
    taken(door.receive_all([post(*(alert(here, number) for number in range(10)), to="slow")]))

    (much,) = door.receive_all([post(alert(here, 11), to="slow")])
    assert isinstance(much, OverloadedError)
    assert 0 < much.wait_s <= 60
    taken(door.receive_all([post(alert(here, 12))]))
    here.later(minutes=1)
    taken(door.receive_all([post(alert(here, 11), to="slow")]))


def test_only_posts_that_changed_something_are_kept_and_of_a_storm_the_beginning() -> None:
    here = world()
    door = reception(here)
    assert isinstance(here.store, MemoryStore)
    one = post(alert(here, 1))
    taken(door.receive_all([one]))
    taken(door.receive_all([one]))
    assert len(here.store.rows.raws) == 1

    long = {"summary": "x" * (KEPT_BYTES // 3)}
    for number in range(2, 6):
        taken(door.receive_all([post(alert(here, number, annotations=long))]))
    assert len(here.store.rows.raws) == 3


def _heard_again(of: World, door: Reception) -> Post:
    """Let a door hear of an alert until it takes it for granted."""
    one = post(alert(of, 1))
    told = [taken(door.receive_all([one]))[0] for _ in range(3)]
    assert [len(done.fired) for done in told] == [1, 0, 0]
    assert [done.renewed for done in told] == [0, 1, 1]
    return one


def test_a_new_configuration_counts_for_the_very_next_repetition() -> None:
    here = world()
    door = reception(here)
    one = _heard_again(here, door)
    apply(here.engine, catalogue(TEXT.replace('keys: ["env:WATCH_KEY"]', 'keys: ["sha256:' + "0" * 64 + '"]')), "cat")
    (refused,) = door.receive_all([one])
    assert isinstance(refused, DeniedError)


def test_a_key_from_the_environment_is_believed_for_a_second_and_not_longer() -> None:
    here = world()
    door = reception(here)
    one = _heard_again(here, door)
    door.engine = replace(here.engine, resolve=lambda options: dict.fromkeys(options, "another"))
    assert door._lately is not None
    door._lately = door._lately._replace(until=time.monotonic() + 60)
    assert taken(door.receive_all([one]))[0].renewed == 1
    door._lately = door._lately._replace(until=time.monotonic())
    (refused,) = door.receive_all([one])
    assert isinstance(refused, DeniedError)


def test_a_second_is_counted_from_when_keys_were_read_however_long_the_rest_takes() -> None:
    first = Lately.read(1, {}, 5.0, None)
    assert first.until == 5.0 + KNOWN_FOR_S
    assert Lately.read(1, {}, 5.5, first).until == first.until
    assert Lately.read(2, {}, 5.5, first).until == 5.5 + KNOWN_FOR_S


def test_among_repetitions_what_is_new_or_refused_is_told_apart() -> None:
    here = world()
    door = reception(here)
    one = _heard_again(here, door)
    again, fresh, refused = door.receive_all([one, post(alert(here, 2)), one._replace(key="no")])
    assert (taken([again])[0].renewed, len(taken([fresh])[0].fired)) == (1, 1)
    assert isinstance(refused, DeniedError)


def test_a_fault_of_the_short_way_costs_no_repetition(monkeypatch: pytest.MonkeyPatch) -> None:
    here = world()
    door = reception(here)
    one = _heard_again(here, door)
    monkeypatch.setattr(renewing, "repeated", None)
    assert taken(door.receive_all([one]))[0].renewed == 1


def test_a_store_that_is_away_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    here = world()
    door = reception(here)
    one = _heard_again(here, door)

    def away(*_: object) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(renewing, "transact", away)  # the long way would find the store in place
    assert [type(told) for told in door.receive_all([one, one])] == [StoreUnavailableError] * 2


def test_of_two_ends_that_come_together_the_later_counts_whichever_is_read_last() -> None:
    here = world()
    door = reception(here)
    _heard_again(here, door)
    began = stamp(here.clock() - timedelta(minutes=9))
    later, earlier = (post(alert(here, 1, minutes=minutes, startsAt=began)) for minutes in (12, 6))
    for door_now in (door, reception(here)):  # the short way, and that of a door that knows nothing
        told = taken(door_now.receive_all([later, earlier]))
        assert [len(done.fired) for done in told] == [0, 0]
        assert {state.expires_at for state in states(here).values()} == {here.clock() + timedelta(minutes=12)}


def test_an_end_that_is_named_is_no_repetition_of_none() -> None:
    here = world()
    door = reception(here)
    began = stamp(here.clock() - timedelta(minutes=9))

    def told(*minutes: float | None) -> tuple[list[int], int]:
        done = taken(door.receive_all([post(alert(here, 1, minutes=one, startsAt=began)) for one in minutes]))
        (state,) = states(here).values()
        assert state.expires_at is not None
        return [one.renewed for one in done], round((state.expires_at - here.clock()).total_seconds() / 60)

    assert told(None) == ([0], 5)
    assert told(None) == ([1], 5)
    assert told(1) == ([0], 1)
    assert told(1) == ([1], 1)
    assert told(None) == ([0], 5)
    assert told(1, None) == ([0, 0], 5)  # together: neither is remembered as what the row has
    assert told(1) == ([0], 1)


def test_a_repetition_whose_end_has_come_meanwhile_ends_its_alert() -> None:
    here = world()
    door = reception(here)
    one = _heard_again(here, door)
    here.later(minutes=5)
    (done,) = taken(door.receive_all([one]))
    assert (len(done.resolved), done.renewed) == (1, 0)


def test_what_is_remembered_is_bounded() -> None:
    here = world()
    door = Reception(engine=here.engine, remembered=Remembered(most=100))
    for start in range(0, 300, 50):
        taken(door.receive_all([post(*(alert(here, number) for number in range(start, start + 50)))]))
    assert 50 <= len(door.remembered) <= 100
    (again,) = taken(door.receive_all([post(alert(here, 299))]))
    assert again.renewed == 1


# -- remembered or not, the same ---------------------------------------------------------------------------------------

MOVES = st.lists(
    st.tuples(
        st.integers(0, 2),  # which alert
        st.sampled_from([-3.0, -0.5, 0.5, 2.0, 4.0, None]),  # when it ends, in minutes from now, if its sender says
        st.sampled_from(["", "much", "more"]),  # its summary
        st.sampled_from([0, 1, 30, 200, 900]),  # seconds until the next post
        st.booleans(),  # whether its start moves on
    ),
    min_size=1,
    max_size=12,
)


@given(moves=MOVES)
def test_what_is_remembered_never_changes_what_becomes_of_a_post(
    moves: list[tuple[int, float | None, str, int, bool]],
) -> None:
    remembering, forgetful = world(), world()
    door = reception(remembering)
    for number, minutes, summary, seconds, moved in moves:
        results = []
        for here in (remembering, forgetful):
            began = here.clock() if moved else here.clock() - timedelta(hours=1)
            began = began.replace(second=0, microsecond=0, minute=0)
            notes = {"annotations": {"summary": summary}} if summary else {}
            one = post(alert(here, number, minutes=minutes, startsAt=stamp(began), **notes))
            used = door if here is remembering else reception(here)
            (done,) = used.receive_all([one])
            results.append(_changed(done))
            here.later(seconds=seconds)
        assert results[0] == results[1]
        assert states(remembering) == states(forgetful)


def _changed(done: object) -> object:
    if not isinstance(done, Accepted):
        return type(done)
    return (done.fired, done.resolved, len(done.refreshed) + done.renewed, done.incidents)
