"""A message that may have been taken says so when it is sent again; a page that nobody needs any more is not sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.flows.world import ANA, World

from tocsin.domain.incident.events import Acknowledged, Delivered, DeliveryFailed, Resolved, Unacknowledged
from tocsin.flows.aside import put_aside
from tocsin.flows.deliver import deliver
from tocsin.flows.escalation import snooze
from tocsin.flows.needless import NEEDLESS
from tocsin.flows.ports import TransientError, UnansweredError
from tocsin.flows.respond import act
from tocsin.flows.storage import Job


def retried(trouble: Exception) -> tuple[World, Job]:
    """Return a world whose first page met trouble, and the page as it is claimed anew."""
    world = World()
    world.declare()
    world.webhook.trouble = [trouble]
    assert world.send_pages() == ["retried"]
    world.later(seconds=1)
    return world, world.job("page")


@pytest.mark.parametrize(
    ("trouble", "marked"), [(UnansweredError("no answer within 5 s"), True), (TransientError("refused"), False)]
)
def test_a_page_whose_provider_may_have_taken_it_is_sent_again_as_a_possible_repeat(
    trouble: Exception, *, marked: bool
) -> None:
    world, page = retried(trouble)

    assert deliver(world.engine, page) == "delivered"
    assert [m.possible_repeat for m in world.webhook.carried] == [marked]


def test_a_page_whose_runner_broke_may_have_gone_out() -> None:
    world = World()
    world.declare()
    assert put_aside(world.engine, world.job("page"), "ConflictError") == "postponed"
    world.later(seconds=10)

    deliver(world.engine, world.job("page"))

    assert [m.possible_repeat for m in world.webhook.carried] == [True]


def test_a_page_that_comes_back_to_be_tried_again_wakes_nobody_once_somebody_has_it() -> None:
    world = World()
    world.declare()
    page = world.job("page")
    act(world.engine, "INC-1", Acknowledged(person="bo"), ANA)
    world.webhook.trouble = [TransientError("no route")]
    world.later(seconds=11)  # its worker is gone, and so is its lease
    again = world.job("page")

    assert (again.key, deliver(world.engine, again)) == (page.key, "needless")
    assert world.paged() == []
    assert world.events(Delivered) == []
    assert world.events(DeliveryFailed) == []
    assert world.state_of("/ana/pager") == "done"
    with world.store.reading() as tx:
        assert tx.see(ANA.viewer, "INC-1") is not None
    assert deliver(world.engine, again) == "lost"
    assert NEEDLESS.startswith("not sent")


def test_a_page_that_comes_back_wakes_nobody_while_the_incident_is_snoozed() -> None:
    world = World()
    world.declare()
    world.job("page")
    snooze(world.engine, "INC-1", ANA, lasting=timedelta(hours=1))
    world.later(seconds=11)

    assert deliver(world.engine, world.job("page")) == "needless"


def test_a_page_that_comes_back_wakes_nobody_for_what_is_over() -> None:
    world = World()
    world.declare()
    world.job("page")
    act(world.engine, "INC-1", Resolved(resolution="fixed"), ANA)
    world.later(seconds=11)

    assert deliver(world.engine, world.job("page")) == "needless"


@pytest.mark.parametrize(("person", "outcome"), [("ana", "delivered"), ("bo", "needless")])
def test_whoever_answers_before_the_next_try_was_told_by_the_first_and_nobody_else_was(
    person: str, outcome: str
) -> None:
    world = World()
    world.declare()
    world.later(seconds=3)
    world.webhook.during = lambda: act(world.engine, "INC-1", Acknowledged(person=person), ANA)
    world.webhook.trouble = [UnansweredError("no answer within 5 s")]
    assert world.send_pages() == ["retried"]
    world.later(seconds=2)

    assert deliver(world.engine, world.job("page")) == outcome

    stamps = world.incident().milestones
    told = (stamps["acknowledged"] - stamps["notified"]).total_seconds() if "notified" in stamps else None
    assert told == (3 if outcome == "delivered" else None)


def test_whoever_had_it_before_they_were_paged_was_not_told_by_a_page() -> None:
    world = World()
    world.declare()
    world.job("page")
    before = world.clock() - timedelta(minutes=1)
    act(world.engine, "INC-1", Acknowledged(person="ana"), ANA, occurred_at=before)
    world.later(seconds=11)

    assert deliver(world.engine, world.job("page")) == "needless"
    assert "notified" not in world.incident().milestones


def test_paging_that_began_again_wakes_as_before() -> None:
    world = World()
    world.declare()
    world.job("page")
    act(world.engine, "INC-1", Acknowledged(person="ana"), ANA)
    act(world.engine, "INC-1", Unacknowledged(person="ana"), ANA)
    world.clock.advance(timedelta(seconds=11))

    assert set(world.send_pages()) == {"delivered"}
