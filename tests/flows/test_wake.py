"""Timers: each does its one thing once, and one that leads nowhere ends."""

from __future__ import annotations

from dataclasses import replace

from tests.flows.world import ANA, World

from tocsin.domain.incident.events import Acknowledged, Closed, Noted, Resolved, TimerElapsed, WatchEnded
from tocsin.domain.incident.phases import Phase
from tocsin.flows.aside import TRIES, put_aside, put_off
from tocsin.flows.respond import act
from tocsin.flows.storage import NewJob, Timer
from tocsin.flows.wake import wake, wake_together


def test_an_unanswered_page_goes_to_the_next_person_after_the_wait() -> None:
    world = World()
    world.declare()
    world.send_pages()

    world.later(minutes=4, seconds=59)
    world.tick("escalate")
    assert world.send_pages() == []
    world.later(seconds=1)
    world.tick("escalate")
    world.send_pages()

    assert world.paged() == ["ana", "bo"]


def test_a_timer_carried_out_twice_pages_once() -> None:
    world = World()
    world.declare()
    world.later(minutes=5)
    (timer,) = world.timers("escalate")

    wake(world.engine, timer, {})
    wake(world.engine, timer, {})

    assert len([j for j in world.jobs("page") if "/bo/" in j.key]) == 1


def test_a_timer_of_an_incident_that_is_gone_ends() -> None:
    world = World()
    with world.store.transaction() as tx:
        tx.set_timer("gone", "escalate", 1, tx.now())

    world.tick("escalate")
    world.later(minutes=5)

    assert world.timers("escalate") == []


def test_a_timer_of_an_older_generation_changes_nothing() -> None:
    world = World()
    incident = world.declare()
    with world.store.transaction() as tx:
        tx.clear_timer(incident.id, "escalate")
        tx.set_timer(incident.id, "watch", 99, tx.now())

    world.tick("watch")

    assert world.events(WatchEnded) == []
    assert world.events(TimerElapsed) == []


def test_an_answered_page_escalates_no_more() -> None:
    world = World()
    world.declare()
    act(world.engine, world.incident().ref, Acknowledged(person="ana"), ANA)

    world.later(minutes=5)

    assert world.timers("escalate") == []


def test_a_clock_that_a_rule_stands_against_is_spent_and_the_incident_stays_as_it_is() -> None:
    world = World()
    incident = world.declare()
    act(world.engine, incident.ref, Resolved(resolution="fixed"), ANA)
    with world.store.transaction() as tx:
        loaded = tx.load(incident.id)
        assert loaded is not None
        armed = replace(loaded, timers={**loaded.timers, "close_after": loaded.seq}, seq=loaded.seq + 1)
        last = tx.events(incident.id)[-1]
        tx.save(armed, [replace(last, id="e", seq=armed.seq, body=Noted(text="armed"))])
        tx.set_timer(incident.id, "close_after", loaded.seq, tx.now())

    world.tick("close_after")

    assert world.events(Closed) == []
    assert world.incident().phase is Phase.POST_INCIDENT
    world.later(minutes=5)
    assert world.timers("close_after") == []


def test_an_escalation_that_breaks_is_never_given_up_and_the_record_says_so() -> None:
    world = World()
    world.declare()
    world.later(minutes=5)
    for _ in range(TRIES):
        (timer,) = world.timers("escalate")
        outcome = put_off(world.engine, timer, "KeyError: policy")
        world.later(seconds=10)

    assert outcome == "postponed"
    (note,) = world.events(Noted)
    assert isinstance(note.body, Noted)
    assert "keeps trying: KeyError: policy" in note.body.text
    world.later(minutes=5)
    world.tick("escalate")
    assert "bo" in world.incident().paging.paged


def test_a_clock_that_breaks_is_tried_again_and_then_dropped_with_a_note() -> None:
    world = World()
    incident = world.declare()
    world.later(minutes=40)
    outcomes = []
    for _ in range(TRIES):
        (timer,) = world.timers("update_due")
        outcomes.append(put_off(world.engine, timer, "KeyError: policy"))
        world.later(seconds=10)

    assert outcomes == ["retried"] * (TRIES - 1) + ["dropped"]
    (note,) = world.events(Noted)
    assert isinstance(note.body, Noted)
    assert "update_due" in note.body.text
    assert "KeyError" in note.body.text
    assert incident.id == world.incident().id


def test_what_looks_again_and_again_is_only_put_off() -> None:
    world = World()
    with world.store.transaction() as tx:
        tx.set_timer("gone", "gates", 1, tx.now())
    (timer,) = world.timers("gates")

    assert put_off(world.engine, replace(timer, attempt=TRIES), "bug") == "lost"
    for _ in range(TRIES - 1):
        world.later(seconds=11)
        (timer,) = world.timers("gates")
    assert put_off(world.engine, timer, "bug") == "postponed"
    world.later(minutes=6)
    assert [t.name for t in world.timers("gates")] == ["gates"]


def test_a_looker_is_asked_by_the_timers_name_or_its_streams_first_word() -> None:
    world = World()
    seen: list[str] = []
    lookers = {"gates": lambda t: seen.append(t.name), "monitor": lambda t: seen.append(t.stream)}

    wake(world.engine, Timer(stream="i1", name="gates", generation=1, due=world.clock()), lookers)
    wake(world.engine, Timer(stream="monitor/a", name="look", generation=1, due=world.clock()), lookers)

    assert seen == ["gates", "monitor/a"]


def test_a_row_whose_runner_breaks_is_tried_again_later_and_in_the_end_buried_with_an_event() -> None:
    world = World()
    incident = world.declare()
    with world.store.transaction() as tx:
        tx.enqueue((NewJob(key="k1", kind="write_back", incident=incident.id, payload={}, due=tx.now()),))
    outcomes = []
    for _ in range(TRIES):
        outcomes.append(put_aside(world.engine, world.job("write_back"), "KeyError: x"))
        world.later(minutes=10)

    assert outcomes == ["postponed"] * (TRIES - 1) + ["buried"]
    assert world.state_of("k1") == "dead"
    (note,) = world.events(Noted)
    assert isinstance(note.body, Noted)
    assert "write_back" in note.body.text


def test_a_page_whose_runner_breaks_for_good_goes_to_the_next_method() -> None:
    world = World()
    world.declare()
    for _ in range(TRIES):
        put_aside(world.engine, world.job("page"), "KeyError: x")
        world.later(seconds=60)

    world.send_pages()

    assert world.paged() == ["ana@example.com"]


def test_clocks_that_come_due_together_are_told_in_one_transaction() -> None:
    world = World()
    first, second = world.declare("One"), world.declare("Two")
    world.later(minutes=5)
    due = world.timers("escalate")

    left = wake_together(world.engine, due, {})

    assert left == []
    assert {(job.incident, job.payload["to"]) for job in world.jobs("page")} >= {(first.id, "bo"), (second.id, "bo")}
    assert world.timers("escalate") == []


def test_of_clocks_that_come_due_together_a_broken_one_is_left_with_the_others_and_nothing_is_written() -> None:
    world = World()
    world.declare("One")
    broken = world.declare("Two")
    world.later(minutes=5)
    due = world.timers("escalate")
    with world.store.transaction() as tx:
        loaded = tx.load(broken.id)
        assert loaded is not None
        last = tx.events(broken.id)[-1]
        gone = replace(loaded, pack="a pack that nobody kept", seq=loaded.seq + 1)
        tx.save(gone, [replace(last, id="e", seq=gone.seq, body=Noted(text="broken"))])

    assert wake_together(world.engine, due, {}) == due
    assert all("/bo/" not in job.key for job in world.jobs("page"))


def test_what_looks_at_the_world_is_left_to_be_carried_out_alone() -> None:
    world = World()
    world.declare("One")
    world.declare("Two")
    world.later(minutes=5)
    due = [*world.timers("escalate"), Timer(stream="x", name="gates", generation=1, due=world.clock())]

    assert [t.name for t in wake_together(world.engine, due, {"gates": lambda _: None})] == ["gates"]
