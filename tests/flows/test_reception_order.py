"""Posts taken together leave what they would have left one after another."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.flows.world import CONFIGURATION, World

from tocsin.adapters.sources.alertmanager_v2 import AlertmanagerV2
from tocsin.adapters.sources.pagerduty import PagerDuty
from tocsin.flows.ingest import Accepted
from tocsin.flows.pieces import Post
from tocsin.flows.ports import Envelope, RejectedError
from tocsin.flows.receive import Reception
from tocsin.store.memory import MemoryStore

PAGER = hashlib.sha256(b"key-of-pager").hexdigest()
TEXT = CONFIGURATION.replace("watch: {kind: generic,", "watch: {kind: alertmanager_v2,").replace(
    "integrations:\n", f'integrations:\n  pager: {{kind: pagerduty, team: core, keys: ["sha256:{PAGER}"]}}\n'
)


class Stumbling(AlertmanagerV2):
    """A source that breaks over one word."""

    def parse(self, post: Any) -> Any:
        if b"stumble" in post.body:
            raise KeyError("a field nobody thought of")
        return super().parse(post)


def world() -> World:
    return World(text=TEXT, more={"sources": {source.kind: source for source in (Stumbling(), PagerDuty())}})


def alert(of: World, number: int, minutes: float) -> Post:
    """Return a word of a sender that tells no start, as people's scripts do."""
    ends = (of.clock() + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
    told = {"labels": {"alertname": "Errors", "service": "shop", "instance": f"n{number}"}, "endsAt": ends}
    return Post("watch", "open sesame", json.dumps([told]).encode(), Envelope())


def event(action: str, key: str = "z") -> Post:
    body: dict[str, Any] = {"routing_key": "key-of-pager", "event_action": action, "dedup_key": key}
    if action == "trigger":
        body["payload"] = {"summary": "Disk full", "source": "db", "severity": "critical"}
    return Post("", "key-of-pager", json.dumps({k: v for k, v in body.items() if v}).encode(), Envelope(), "pagerduty")


def left(of: World) -> dict[str, tuple[str, int]]:
    assert isinstance(of.store, MemoryStore)
    rows = of.store.rows.alerts.values()
    return {kept.state.fingerprint: (kept.state.status, kept.state.episode) for _, kept in rows}


def accepted(outcomes: list[Any]) -> list[Accepted]:
    assert all(isinstance(one, Accepted) for one in outcomes), outcomes
    return outcomes


def test_what_fires_again_right_after_its_end_fires() -> None:
    here = world()
    door = Reception(engine=here.engine)
    firing = alert(here, 1, 4)
    for _ in range(3):
        door.receive_all([firing])

    over, again = accepted(door.receive_all([alert(here, 1, -0.01), firing]))

    assert (len(over.resolved), len(again.fired), again.renewed) == (1, 1, 0)
    assert set(left(here).values()) == {("firing", 2)}


MOVES = st.lists(st.tuples(st.integers(0, 2), st.sampled_from([-0.01, 2.0, 4.0])), min_size=1, max_size=10)


@given(moves=MOVES, cuts=st.sets(st.integers(1, 9)))
def test_posts_taken_together_leave_what_they_leave_one_after_another(
    moves: list[tuple[int, float]], cuts: set[int]
) -> None:
    together, apart = world(), world()
    many, one = Reception(engine=together.engine), Reception(engine=apart.engine)
    bounds = [0, *sorted(cut for cut in cuts if cut < len(moves)), len(moves)]
    for start, end in pairwise(bounds):
        accepted(many.receive_all([alert(together, *move) for move in moves[start:end]]))
    for move in moves:
        accepted(one.receive_all([alert(apart, *move)]))
    assert left(together) == left(apart)


@pytest.mark.parametrize("at_once", [1, 4])
def test_an_acknowledgement_is_of_what_was_said_before_it(at_once: int) -> None:
    here = world()
    door = Reception(engine=here.engine)
    events = [event("acknowledge"), event("trigger"), event("trigger", "y"), event("acknowledge", "y")]
    batches = [events[start : start + at_once] for start in range(0, len(events), at_once)]

    told = [one for batch in batches for one in accepted(door.receive_all(batch))]

    assert [len(one.acknowledged) for one in told] == [0, 0, 0, 1]


def test_two_triggers_without_a_key_are_two_alerts_however_they_come() -> None:
    here = world()
    accepted(Reception(engine=here.engine).receive_all([event("trigger", ""), event("trigger", "")]))
    assert len(left(here)) == 2


def test_a_post_that_its_source_stumbles_over_costs_no_other() -> None:
    here = world()
    good = alert(here, 1, 4)
    bad = good._replace(body=b'["stumble"]')

    taken, refused, also = Reception(engine=here.engine).receive_all([good, bad, alert(here, 2, 4)])

    assert isinstance(refused, RejectedError)
    assert "KeyError" in str(refused)
    assert "kept as" in str(refused)
    assert [len(one.fired) for one in accepted([taken, also])] == [1, 1]
