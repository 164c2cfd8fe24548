"""Everything one post says: what can be taken is taken, what cannot is said and kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.fakes import NOON
from tests.flows.world import ANA, ANY, CONFIGURATION, World

from tocsin.domain.alerts.heartbeat import Beat
from tocsin.domain.changes import Change
from tocsin.domain.incident.events import Acknowledged, Declined
from tocsin.domain.visibility import WORKER
from tocsin.flows.inbound import reasons
from tocsin.flows.ports import (
    Envelope,
    InboundAcknowledgement,
    InboundAlert,
    InboundPost,
    Parsed,
    Rejected,
    RejectedError,
    UnverifiedError,
)
from tocsin.flows.receive import receive
from tocsin.flows.respond import act, merge
from tocsin.store.memory import MemoryStore

ERRORS = InboundAlert(fingerprint="f1", name="Errors", status="firing", labels={}, summary="5xx")
HAS_IT = Parsed(acknowledgements=(InboundAcknowledgement(fingerprint="f1", by="noc"),))


class Reads:
    """A source that reads posts as it is told and remembers them."""

    kind = "generic"

    def __init__(self, *says: Parsed | Exception) -> None:
        self.says = list(says)
        self.posts: list[InboundPost] = []

    def parse(self, post: InboundPost) -> Parsed:
        self.posts.append(post)
        said = self.says.pop(0)
        if isinstance(said, Exception):
            raise said
        return said


def world_of(source: Reads, text: str = CONFIGURATION) -> World:
    return World(text=text, more={"sources": {"generic": source}})


def raws(world: World) -> list[str]:
    assert isinstance(world.store, MemoryStore)
    return [raw.error for raw in world.store.rows.raws.values()]


def post(world: World, envelope: Envelope | None = None) -> Callable[[], object]:
    return lambda: receive(world.engine, "watch", "open sesame", b"{}", envelope)


def test_a_source_sees_the_envelope_and_its_options_with_their_secrets() -> None:
    source = Reads(Parsed())
    text = CONFIGURATION.replace(
        'keys: ["env:WATCH_KEY"]', 'keys: ["env:WATCH_KEY"], options: {secret: "env:WATCH_KEY"}'
    )
    envelope = Envelope(headers={"x-signature": "s"}, path="v2/alerts", query={"a": "b"})

    post(world_of(source, text), envelope)()

    assert source.posts[0].envelope == envelope
    assert source.posts[0].options == {"secret": "open sesame"}


def test_an_acknowledgement_stops_the_escalation() -> None:
    world = world_of(Reads(Parsed(alerts=(ERRORS,)), HAS_IT))
    post(world)()

    taken = post(world)()

    assert getattr(taken, "acknowledged", ()) == ("f1",)
    assert world.incident().paging.acknowledged_by == "noc"
    assert [e.actor.id for e in world.events(Acknowledged)] == ["watch"]


def test_an_acknowledgement_follows_a_merge() -> None:
    world = world_of(Reads(Parsed(alerts=(ERRORS,)), HAS_IT))
    post(world)()
    gone = world.incident().ref
    kept = world.declare("Everything fails", services=("silent",)).ref
    merge(world.engine, gone, kept, ANA)

    post(world)()

    assert world.incident(kept).paging.acknowledged_by == "noc"


def test_an_acknowledgement_of_an_alert_nobody_knows_changes_nothing() -> None:
    taken = post(world_of(Reads(HAS_IT)))()
    assert getattr(taken, "acknowledged", None) == ()


def _again(world: World) -> tuple[int, int]:
    """Post once more and return how many alerts fired and how many incidents there are."""
    taken = post(world)()
    with world.store.reading() as tx:
        return len(getattr(taken, "fired", ())), len(tx.list_incidents(WORKER, ANY).items)


def test_an_occurrence_opens_another_incident_once_people_are_done_with_the_first() -> None:
    happened = Parsed(alerts=(replace(ERRORS, occurrence=True),))
    world = world_of(Reads(*[happened] * 4))
    assert _again(world) == (1, 1)
    world.later(minutes=1)
    assert _again(world) == (0, 1)
    act(world.engine, world.incident().ref, Declined(reason="a test"), ANA)
    world.later(minutes=1)
    assert _again(world) == (1, 2)
    with world.store.reading() as tx:
        state = tx.alert("watch", "f1")
    assert state is not None
    assert (state.episode, state.starts_at) == (2, world.clock())
    world.later(minutes=1)
    assert _again(world) == (0, 2)


def test_a_state_that_goes_on_opens_nothing_when_people_are_done() -> None:
    world = world_of(Reads(*[Parsed(alerts=(ERRORS,))] * 2))
    assert _again(world) == (1, 1)
    act(world.engine, world.incident().ref, Declined(reason="a test"), ANA)
    assert _again(world) == (0, 1)


def test_a_change_is_kept_for_the_service_it_names_or_the_senders() -> None:
    told = [Change(key=key, service=key, at=NOON) for key in ("silent", "unheard-of")]
    world = world_of(Reads(Parsed(changes=tuple(told))))

    taken = post(world)()

    assert getattr(taken, "changes", ()) == ("silent", "unheard-of")
    with world.store.reading() as tx:
        assert [(t.source, t.change.service) for t in tx.list_changes()] == [("watch", "silent"), ("watch", "shop")]


def test_one_item_that_cannot_be_taken_costs_no_other() -> None:
    beat = Beat(name="backup", every=timedelta(minutes=5))
    bad = replace(ERRORS, starts_at=NOON.replace(tzinfo=None))
    good = Change(key="good", service="shop", at=NOON)
    world = world_of(Reads(Parsed(alerts=(bad,), changes=(good,), beats=(beat,))))

    taken = post(world)()

    assert getattr(taken, "changes", ()) == ("good",)
    assert len(world.timers()) == 1


def test_what_cannot_be_taken_is_told_and_kept_beside_what_can() -> None:
    rejected = Rejected(where="$[1].labels", reason="no labels")
    world = world_of(Reads(Parsed(alerts=(ERRORS,), rejected=(rejected,))))

    taken = post(world)()

    assert getattr(taken, "fired", ()) == ("f1",)
    assert getattr(taken, "rejected", ()) == (rejected,)
    assert raws(world) == ["$[1].labels: no labels"]


@pytest.mark.parametrize("refusal", [RejectedError, UnverifiedError])
def test_a_refusal_keeps_its_kind_and_the_body(refusal: type[RejectedError]) -> None:
    world = world_of(Reads(refusal("the signature does not fit")))

    with pytest.raises(refusal, match="kept as") as told:
        post(world)()

    assert type(told.value) is refusal
    assert raws(world) == ["the signature does not fit"]


def test_many_reasons_are_told_in_short() -> None:
    told = reasons([Rejected(where=f"$[{i}]", reason="bad") for i in range(8)])
    assert told == "$[0]: bad; $[1]: bad; $[2]: bad; $[3]: bad; $[4]: bad; and 3 more"
