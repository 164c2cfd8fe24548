"""The queue before the writer: bounded, shared by whoever comes at once, and honest when it is full."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests.flows.world import CONFIGURATION, World
from tests.support.api import KEY, Office, problem_of

from tocsin.adapters.sources.generic import Generic
from tocsin.adapters.sources.pagerduty import PagerDuty
from tocsin.doors.ingest.intake import Intake
from tocsin.flows.ingest import Accepted
from tocsin.flows.pieces import Post
from tocsin.flows.ports import Envelope, OverloadedError

WORLD = CONFIGURATION.replace("watch: {kind: generic,", "watch: {kind: pagerduty,")


def post(number: int, body: bytes = b"") -> Post:
    told = json.dumps({"name": f"alert {number}", "service": "shop"}).encode()
    return Post(integration="watch", key="open sesame", body=body or told, envelope=Envelope())


def test_posts_that_come_at_once_are_each_answered_after_they_are_stored() -> None:
    world = World(more={"sources": {"generic": Generic()}})
    intake = Intake(world.engine)

    async def at_once() -> list[object]:
        return await asyncio.gather(*(intake.take(post(number)) for number in range(50)))

    outcomes = asyncio.run(at_once())
    intake.close()

    with world.store.reading() as tx:
        stored = {state.fingerprint for state in tx.firing_alerts()}
    assert {name for one in outcomes if isinstance(one, Accepted) for name in one.fired} == stored
    assert len(stored) == 50


@pytest.mark.parametrize("bound", [{"most_posts": 0}, {"most_bytes": 10}])
def test_a_full_queue_takes_nothing(bound: dict[str, int]) -> None:
    world = World(more={"sources": {"generic": Generic()}})
    intake = Intake(world.engine, **bound)
    with pytest.raises(OverloadedError, match="wait to be stored"):
        asyncio.run(intake.take(post(1)))


@pytest.mark.parametrize(("text", "status"), [(CONFIGURATION, 503), (WORLD, 429)])
def test_each_sender_is_told_what_makes_it_come_again(text: str, status: int) -> None:
    world = World(text=text, more={"sources": {"generic": Generic(), "pagerduty": PagerDuty()}})
    intake = Intake(world.engine)
    event = {"event_action": "trigger", "dedup_key": "k", "payload": {"summary": "down", "severity": "critical"}}
    body = json.dumps(event).encode() if status == 429 else b""
    assert isinstance(asyncio.run(intake.take(post(1, body))), Accepted)
    assert intake.overloaded("watch") == status
    intake.close()


def test_a_full_queue_is_told_to_the_sender_with_a_time(office: Office) -> None:
    office.server.ingest._intake = Intake(office.app.engine, most_posts=0)  # type: ignore[attr-defined]  # the whole server's door
    answer = office.post_alert("shop", {"alerts": []}, key=KEY)

    problem_of(answer, 503)
    assert answer.headers["retry-after"] == "1"
