"""What failed for good is tried again when a person asks: under its own key, marked, and on the record."""

from __future__ import annotations

import pytest
from tests.flows.world import ANA, World

from tocsin.domain.errors import RefusedError
from tocsin.domain.incident.events import Acknowledged, Delivered, DeliveryFailed, PrivacyChanged, Resent
from tocsin.domain.visibility import Viewer
from tocsin.flows.ports import PermanentError
from tocsin.flows.resend import UnknownJobError, resend
from tocsin.flows.respond import By, act
from tocsin.flows.storage import NewJob


def failed() -> tuple[World, str]:
    """A world in which Ana's pager refused a page, and that page's key."""
    world = World()
    world.declare()
    (page,) = world.jobs("page")
    world.webhook.trouble = [PermanentError("410 gone")]
    world.later(seconds=11)
    assert world.send_pages() == ["failed"]
    return world, page.key


def test_it_goes_out_under_its_own_key_and_says_that_it_may_be_a_repeat() -> None:
    world, key = failed()

    assert resend(world.engine, key, ANA).state == "waiting"
    assert "delivered" in world.send_pages()

    (sent,) = [m for m in world.webhook.carried if m.key == key]
    assert sent.possible_repeat
    assert world.state_of(key) == "done"
    (asked,) = world.events(Resent)
    assert (asked.actor.person, asked.body) == ("ana", Resent(key=key, kind="page", to="ana"))
    told = [
        type(e.body) for e in world.events() if isinstance(e.body, Delivered | DeliveryFailed) and e.body.key == key
    ]
    assert told == [DeliveryFailed, Delivered]


def test_what_fails_again_can_be_asked_for_again() -> None:
    world, key = failed()
    resend(world.engine, key, ANA)
    world.webhook.trouble = [PermanentError("410 gone")]
    world.send_pages()
    assert world.state_of(key) == "dead"
    assert resend(world.engine, key, ANA).state == "waiting"


def test_what_did_not_fail_for_good_is_refused_and_nothing_is_recorded() -> None:
    world, key = failed()
    resend(world.engine, key, ANA)
    with pytest.raises(RefusedError, match="it is waiting"):
        resend(world.engine, key, ANA)
    assert len(world.events(Resent)) == 1


def test_a_page_that_nobody_needs_any_more_wakes_nobody() -> None:
    world, key = failed()
    act(world.engine, "INC-1", Acknowledged(person="bo"), ANA)
    with pytest.raises(RefusedError, match="nobody needs to be woken"):
        resend(world.engine, key, ANA)
    assert world.state_of(key) == "dead"


def test_work_is_never_run_again_by_it() -> None:
    world = World()
    incident = world.declare()
    with world.store.transaction() as tx:
        tx.enqueue((NewJob(key="run", kind="run_plan", incident=incident.id, payload={}, due=tx.now()),))
    job = world.job("run_plan")
    with world.store.transaction() as tx:
        tx.bury(job, "lost")
    with pytest.raises(RefusedError, match="no message"):
        resend(world.engine, "run", ANA)


def test_what_is_hidden_looks_as_if_it_were_not_there() -> None:
    world, key = failed()
    act(world.engine, "INC-1", PrivacyChanged(private=True), ANA)
    stranger = By(actor=ANA.actor, viewer=Viewer(person="bo"))
    for name in (key, "nothing"):
        with pytest.raises(UnknownJobError):
            resend(world.engine, name, stranger)
