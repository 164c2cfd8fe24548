"""A post once more: tried without a trace, or taken."""

from __future__ import annotations

import pytest
from tests.flows.world import World

from tocsin.adapters.sources.generic import Generic
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import InboundPost, Parsed, RejectedError, UnverifiedError
from tocsin.flows.receive import receive
from tocsin.flows.replay import Kept, kept_post, replay

ALERT = b'{"name": "disk full", "service": "shop", "severity": "critical"}'


@pytest.fixture
def world() -> World:
    return World(more={"sources": {"generic": Generic()}})


def test_a_post_is_tried_without_a_trace_and_then_taken(world: World) -> None:
    post = Kept(integration="watch", body=ALERT)

    tried = replay(world.engine, post, dry_run=True)
    assert (len(tried.fired), tried.incidents) == (1, ("INC-1",))
    assert world.jobs("page") == []
    with world.store.reading() as tx:
        assert tx.firing_alerts() == []

    assert replay(world.engine, post).incidents == ("INC-1",)
    assert len(world.jobs("page")) == 1
    assert replay(world.engine, post).refreshed


def test_a_post_that_was_refused_is_found_with_its_reason(world: World) -> None:
    with pytest.raises(RejectedError) as told:
        receive(world.engine, "watch", "open sesame", b"{broken")
    kept = kept_post(world.engine, str(told.value).rpartition("kept as ")[2].rstrip(")"))

    assert (kept.integration, kept.body) == ("watch", b"{broken")
    assert "not JSON" in kept.error
    with pytest.raises(InvalidError, match="not JSON"):
        replay(world.engine, kept)


def test_what_is_not_there_is_told_with_the_way_to_mend_it(world: World) -> None:
    with pytest.raises(InvalidError, match="no post was kept as 'nothing'"):
        kept_post(world.engine, "nothing")
    with pytest.raises(InvalidError, match="no integration is called 'other'") as told:
        replay(world.engine, Kept(integration="other", body=ALERT))
    assert "watch" in told.value.mend


class OnlyReplayed(Generic):
    """Refuses what has just come, as a source does that finds a message too old."""

    def parse(self, post: InboundPost) -> Parsed:
        if not post.replayed:
            raise UnverifiedError("too old")
        return super().parse(post)


def test_a_source_is_told_that_a_post_is_taken_again() -> None:
    world = World(more={"sources": {"generic": OnlyReplayed()}})
    with pytest.raises(UnverifiedError, match="too old"):
        receive(world.engine, "watch", "open sesame", ALERT)
    assert replay(world.engine, Kept(integration="watch", body=ALERT)).incidents == ("INC-1",)
