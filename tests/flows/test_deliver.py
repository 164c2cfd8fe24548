"""A page is tried twice by each way to a person, is never doubled by us, and never lost in silence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.flows.world import ANA, World

from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.events import Acknowledged, Delivered, DeliveryFailed
from tocsin.flows.aside import put_aside
from tocsin.flows.deliver import MOST_ATTEMPTS, deliver
from tocsin.flows.needless import REACHED
from tocsin.flows.ports import PermanentError, TransientError
from tocsin.flows.respond import act
from tocsin.flows.storage import Job, NewJob, StoreUnavailableError


def test_a_delivered_page_keeps_its_receipt_and_stamps_who_was_notified() -> None:
    world = World()
    world.declare()

    assert world.send_pages() == ["delivered"]

    (told,) = world.events(Delivered)
    assert isinstance(told.body, Delivered)
    assert (told.body.to, told.body.receipt) == ("ana", "receipt 1")
    assert "notified" in world.incident().milestones


def test_whoever_answers_before_the_channel_has_said_that_they_were_told_took_no_time() -> None:
    world = World()
    incident = world.declare()
    (page,) = world.jobs("page")
    world.later(seconds=1)

    def answers() -> None:
        act(world.engine, incident.ref, Acknowledged(person="ana"), ANA)
        world.later(seconds=1)

    world.webhook.during = answers

    assert deliver(world.engine, page) == "delivered"

    stamps = world.incident().milestones
    assert (stamps["acknowledged"] - stamps["notified"]).total_seconds() == 1


def test_whoever_answers_a_try_whose_end_nobody_knows_was_told_when_it_was_due() -> None:
    world = World()
    incident = world.declare()
    (lost,) = world.jobs("page")  # its worker dies while it sends
    world.later(seconds=2)
    act(world.engine, incident.ref, Acknowledged(person="ana"), ANA)
    world.later(minutes=5)
    (again,) = world.jobs("page")

    assert (again.key, again.previous_outcome_unknown) == (lost.key, True)
    assert deliver(world.engine, again) == "delivered"
    assert world.webhook.carried == []
    (told,) = world.events(Delivered)
    assert isinstance(told.body, Delivered)
    assert (told.body.to, told.body.receipt) == ("ana", REACHED)
    stamps = world.incident().milestones
    assert (stamps["acknowledged"] - stamps["notified"]).total_seconds() == 2


def test_a_page_that_fails_twice_goes_to_the_next_method_at_once() -> None:
    world = World()
    world.declare()
    world.webhook.trouble = [TransientError("no answer"), TransientError("no answer")]

    assert world.send_pages() == ["retried"]
    assert world.send_pages() == []
    world.later(seconds=1)
    assert world.send_pages() == ["failed"]
    assert world.send_pages() == ["delivered"]
    assert world.paged() == ["ana@example.com"]


@pytest.mark.parametrize(("minutes_away", "outcome"), [(15, "delivered"), (60, "failed")])
def test_a_message_waits_for_a_mail_server_that_is_away_for_a_quarter_of_an_hour(
    minutes_away: int, outcome: str
) -> None:
    world = World()
    world.declare()
    world.webhook.trouble = [TransientError("greylisted, try again later")] * 100
    last, minute = "", 0
    while last not in {"delivered", "failed"}:
        if minute >= minutes_away:
            world.webhook.trouble = []
        last = next((deliver(world.engine, job, jitter=lambda: 0.5) for job in world.jobs("message")[:1]), last)
        world.later(minutes=1)
        minute += 1

    assert last == outcome
    assert minute < 35


def test_when_no_method_is_left_the_next_level_is_paged_at_once() -> None:
    world = World()
    world.declare()
    world.webhook.trouble = [PermanentError("gone")]
    world.email.trouble = [PermanentError("no such mailbox")]

    outcomes = [world.send_pages() for _ in range(3)]

    assert outcomes == [["failed"], ["failed"], ["delivered"]]
    assert world.paged() == ["bo"]


def test_a_failure_that_is_told_after_the_escalation_doubles_nobody() -> None:
    world = World()
    world.declare()
    (slow,) = world.jobs("page")
    world.later(seconds=9)
    world.store.renew([slow], 600)
    world.later(minutes=5)
    world.tick("escalate")
    assert world.send_pages() == ["delivered"]
    world.webhook.trouble = [PermanentError("gone")]

    assert deliver(world.engine, slow) == "failed"
    world.send_pages()

    assert sorted(world.paged()) == ["ana@example.com", "bo"]


def nudged() -> tuple[World, Job]:
    """A world whose leader, Ana, has a pager and a mailbox and is reminded that an update is due."""
    world = World()
    world.declare()
    world.send_pages()
    act(world.engine, "INC-1", Acknowledged(person="ana"), ANA)
    world.later(minutes=31)
    world.tick("update_reminder", "update_due")
    return world, world.jobs("reminder")[0]


def test_a_reminder_that_fails_for_good_goes_to_the_persons_next_method_in_the_same_words() -> None:
    world, first = nudged()
    world.webhook.trouble = [PermanentError("gone")]

    assert (first.payload["method"], deliver(world.engine, first)) == ("pager", "failed")
    second = next(job for job in world.jobs("reminder") if job.key.startswith(first.key))
    assert deliver(world.engine, second) == "delivered"

    (mail,) = world.email.carried
    assert (mail.to, mail.text) == ("ana@example.com", first.payload["text"])
    (lost,) = [e.body for e in world.events(DeliveryFailed)]
    assert isinstance(lost, DeliveryFailed)
    assert (lost.to, lost.via) == ("ana", "pager")


def test_a_reminder_that_no_method_carries_ends_with_the_last() -> None:
    world, first = nudged()
    world.webhook.trouble = [PermanentError("gone")]
    world.email.trouble = [PermanentError("no such mailbox")]
    deliver(world.engine, first)
    (second,) = [job for job in world.jobs("reminder") if job.key.startswith(first.key)]

    assert deliver(world.engine, second) == "failed"
    assert [job for job in world.jobs("reminder") if job.key.startswith(first.key)] == []
    assert len(world.events(DeliveryFailed)) == 2


def test_a_reminder_whose_channel_takes_the_worker_down_goes_on_as_well() -> None:
    world, first = nudged()

    assert put_aside(world.engine, replace(first, attempt=6), "it broke") == "lost"  # another attempt holds the row
    for _ in range(5):
        world.later(seconds=11)
        (first,) = [job for job in world.jobs("reminder") if job.key == first.key]
    assert put_aside(world.engine, first, "it broke") == "buried"
    assert [job.payload["method"] for job in world.jobs("reminder") if job.key.startswith(first.key)] == ["mail"]


@pytest.mark.parametrize("broken", [KeyError("host"), InvalidError("no host", field="host"), RuntimeError("bug")])
def test_a_channel_that_breaks_is_one_way_less_to_a_person(broken: Exception) -> None:
    world = World()
    world.declare()
    world.webhook.trouble = [broken]

    assert world.send_pages() == ["failed"]
    assert world.send_pages() == ["delivered"]
    assert world.paged() == ["ana@example.com"]


def test_a_way_that_is_no_longer_there_fails_with_its_name() -> None:
    world = World()
    world.declare()
    job = world.job("page")

    assert deliver(replace(world.engine, channels={}), job) == "failed"

    (failed,) = world.events(DeliveryFailed)
    assert isinstance(failed.body, DeliveryFailed)
    assert "webhook" in failed.body.reason
    assert failed.body.via == "pager"


def test_a_worker_that_lost_its_lease_writes_nothing() -> None:
    world = World()
    world.declare()
    (first,) = world.jobs("page")
    world.later(seconds=11)
    (second,) = world.jobs("page")

    assert deliver(world.engine, first) == "lost"
    assert deliver(world.engine, second) == "delivered"
    assert [m.possible_repeat for m in world.webhook.carried if m.kind == "page"] == [False, True]
    assert len(world.events(Delivered)) == 1


def test_a_lease_lost_during_a_failed_send_writes_nothing() -> None:
    world = World()
    world.declare()
    (first,) = world.jobs("page")
    world.later(seconds=11)
    world.jobs("page")
    world.webhook.trouble = [TransientError("no answer")]

    assert deliver(world.engine, first) == "lost"
    assert world.events(DeliveryFailed) == []


def test_a_page_that_takes_its_worker_down_every_time_is_given_up_and_the_next_way_tried() -> None:
    world = World()
    world.declare()
    for _ in range(MOST_ATTEMPTS):
        world.jobs("page")
        world.later(seconds=11)

    assert world.send_pages() == ["failed"]
    assert world.send_pages() == ["delivered"]
    assert world.paged() == ["ana@example.com"]


def test_a_delivered_page_is_settled_though_its_incident_is_gone() -> None:
    world = World()
    with world.store.transaction() as tx:
        payload = {
            "to": "ana",
            "method": "pager",
            "via": "webhook",
            "address": "https://x",
            "subject": "s",
            "text": "t",
        }
        tx.enqueue((NewJob(key="k", kind="page", incident="gone", payload=payload, due=tx.now()),))

    assert world.send_pages() == ["delivered"]
    assert world.state_of("k") == "done"


def test_a_database_that_goes_away_is_not_the_channels_fault() -> None:
    world = World()
    world.declare()
    world.webhook.trouble = [StoreUnavailableError("restarting")]

    with pytest.raises(StoreUnavailableError):
        deliver(world.engine, world.job("page"))
    world.later(seconds=11)
    assert world.send_pages() == ["delivered"]


def test_an_acknowledgement_cancels_a_page_that_waits_for_its_retry() -> None:
    world = World()
    world.declare()
    world.webhook.trouble = [TransientError("no answer")]
    assert world.send_pages() == ["retried"]

    act(world.engine, world.incident().ref, Acknowledged(person="ana"), ANA)
    world.later(seconds=5)

    assert world.send_pages() == []
