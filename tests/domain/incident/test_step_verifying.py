"""Gates, the watch window in each pack's order, regressions, and what resolving waits for (R-VER-1, 2, 3, 4)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.incident.story import (
    FAIL,
    HOUR,
    MINUTE,
    NOON,
    PASS,
    RESOLVED,
    Story,
    approval,
    begun,
    gates,
    in_triage,
    ordered,
    plan,
    start,
)

from tocsin.domain.actor import SYSTEM
from tocsin.domain.effects import Page, Remind, Tell
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Phase, Status
from tocsin.domain.incident.step.verifying import window_over

SHORTER = e.WatchEnded(result="shortened", reason="traffic is back, everyone agrees")
PASSED = e.WatchEnded(result="passed")
BEFORE = ["announce_then_watch", "close_after"]


def fixed(story: Story) -> Story:
    return story.then(plan()).then(approval("ana")).then(start()).then(e.PlanEnded(plan="p1", result="done"), SYSTEM)


def about(story: Story) -> list[object]:
    return [r.fields["about"] for r in story.effects(Remind)]


def test_the_watch_begins_when_every_automatic_gate_passes() -> None:
    story = fixed(begun()).then(PASS, SYSTEM, after=MINUTE)
    assert story.incident.status is Status.MONITORING
    assert story.incident.milestones["mitigated"] == NOON + MINUTE
    assert story.incident.verification.watch_ends_at == NOON + 16 * MINUTE
    assert story.due("watch") == NOON + 16 * MINUTE


@pytest.mark.parametrize(
    "seen",
    [
        FAIL,
        gates(errors="pass", ready="inconclusive"),
        gates(errors="pass", ready="pass", complaints="fail"),
        gates(complaints="pass"),
        e.GatesChecked(gates=()),
    ],
)
def test_the_watch_does_not_begin_on_less(seen: e.GatesChecked) -> None:
    story = fixed(begun()).then(seen, SYSTEM)
    assert "watch" not in story.incident.timers
    assert story.incident.status is Status.FIXING
    assert story.incident.verification.gates == seen.gates


def test_passing_again_does_not_begin_it_again() -> None:
    story = fixed(begun()).then(PASS, SYSTEM).then(PASS, SYSTEM, after=MINUTE)
    assert story.incident.verification.watch_ends_at == NOON + 15 * MINUTE
    assert not story.last.effects


def test_a_look_that_cannot_tell_does_not_break_the_watch() -> None:
    story = fixed(begun()).then(PASS, SYSTEM).then(gates(errors="inconclusive", ready="pass"), SYSTEM)
    assert "watch" in story.incident.timers


@pytest.mark.parametrize("broken", [FAIL, e.WatchEnded(result="regressed", reason="errors are back")])
def test_a_regression_in_the_watch_goes_back_to_fixing_and_says_so(broken: e.EventBody) -> None:
    story = fixed(begun()).then(PASS, SYSTEM).then(broken, SYSTEM, after=MINUTE)
    assert story.incident.status is Status.FIXING
    assert "watch" not in story.incident.timers
    assert "gates" in story.incident.timers
    assert "mitigated" not in story.incident.milestones
    assert about(story) == ["regression"]
    assert not story.then(broken, SYSTEM).last.effects


def test_after_a_regression_the_whole_window_is_watched_again() -> None:
    story = fixed(begun()).then(PASS, SYSTEM).then(FAIL, SYSTEM).then(PASS, SYSTEM, after=10 * MINUTE)
    assert story.incident.verification.watch_ends_at == NOON + 25 * MINUTE
    assert story.incident.milestones["mitigated"] == NOON + 10 * MINUTE


@pytest.mark.parametrize("way", ["timer", "event"])
def test_when_the_window_passes_the_all_clear_is_asked_for(way: str) -> None:
    story = fixed(begun()).then(PASS, SYSTEM)
    story = story.wake("watch") if way == "timer" else story.then(PASSED, SYSTEM, after=15 * MINUTE)
    assert story.incident.verification.passed
    assert about(story) == ["watch_passed"]
    assert not {"watch", "gates"} & set(story.incident.timers)
    assert not story.then(PASSED, SYSTEM).last.effects
    assert story.then(RESOLVED).incident.phase is Phase.POST_INCIDENT


UNCLEAR = gates(errors="inconclusive", ready="pass")


def test_a_window_does_not_pass_while_a_gate_cannot_be_judged_and_asks_for_a_person() -> None:
    story = fixed(begun()).then(PASS, SYSTEM).then(UNCLEAR, SYSTEM).wake("watch")
    assert not story.incident.verification.passed
    assert about(story) == ["watch_undecided"]
    assert "watch" not in story.incident.timers
    assert "gates" in story.incident.timers
    assert not story.then(e.WatchEnded(result="undecided"), SYSTEM).last.effects
    with pytest.raises(RefusedError, match="the watch window is over, and nobody can tell of errors yet"):
        story.then(RESOLVED)


def test_an_undecided_window_passes_as_soon_as_every_gate_can_be_judged_and_passes() -> None:
    story = fixed(begun()).then(PASS, SYSTEM).then(UNCLEAR, SYSTEM).wake("watch").then(PASS, SYSTEM)
    assert story.incident.verification.passed
    assert about(story)[-1:] == ["watch_passed"]
    assert story.then(RESOLVED).incident.phase is Phase.POST_INCIDENT


def test_an_undecided_window_is_broken_by_a_gate_that_fails() -> None:
    story = fixed(begun()).then(PASS, SYSTEM).then(UNCLEAR, SYSTEM).wake("watch").then(FAIL, SYSTEM)
    assert story.incident.status is Status.FIXING
    assert about(story)[-1:] == ["regression"]


def test_what_the_end_of_a_window_means_is_said_with_the_gates_that_cannot_be_judged() -> None:
    story = fixed(begun()).then(PASS, SYSTEM)
    assert window_over(story.incident, story.policy) == PASSED
    story.then(UNCLEAR, SYSTEM)
    undecided = e.WatchEnded(result="undecided", reason="cannot be judged: errors")
    assert window_over(story.incident, story.policy) == undecided
    story.then(gates(errors="pass", ready="pass", complaints="inconclusive"), SYSTEM)
    assert window_over(story.incident, story.policy) == PASSED


@pytest.mark.parametrize("early", [0 * MINUTE, 14 * MINUTE])
def test_a_window_cannot_pass_before_its_end(early: object) -> None:
    story = fixed(begun()).then(PASS, SYSTEM).then(PASSED, SYSTEM, after=early)
    assert not story.incident.verification.passed
    assert "watch" in story.incident.timers


def test_a_window_that_never_ran_cannot_pass() -> None:
    story = fixed(begun()).then(FAIL, SYSTEM).then(PASSED, SYSTEM, after=HOUR)
    assert not story.incident.verification.passed
    with pytest.raises(RefusedError, match="gate errors fails"):
        story.then(RESOLVED)


def test_resolving_is_refused_while_a_gate_fails() -> None:
    with pytest.raises(RefusedError, match="gate errors fails: 7 %, expected 1 %") as refused:
        fixed(begun()).then(FAIL, SYSTEM).then(RESOLVED)
    assert "shorten the watch with a reason" in refused.value.mend


def test_resolving_is_refused_while_the_watch_runs() -> None:
    with pytest.raises(RefusedError, match="watch window runs until 12:15:00 UTC"):
        fixed(begun()).then(PASS, SYSTEM).then(RESOLVED, after=MINUTE)


@pytest.mark.parametrize("seen", [PASS, FAIL])
def test_a_person_may_shorten_it_with_a_reason(seen: e.GatesChecked) -> None:
    story = fixed(begun()).then(seen, SYSTEM).then(SHORTER)
    assert not about(story)
    assert "watch" not in story.incident.timers
    assert story.then(RESOLVED).incident.phase is Phase.POST_INCIDENT


def test_shortening_needs_a_reason_and_something_to_shorten() -> None:
    with pytest.raises(RefusedError, match="needs a reason"):
        fixed(begun()).then(PASS, SYSTEM).then(e.WatchEnded(result="shortened"))
    with pytest.raises(RefusedError, match="cannot shorten the watch of an incident that is triage"):
        in_triage().then(SHORTER)


def test_what_cannot_be_verified_may_be_resolved() -> None:
    assert begun(services=()).then(RESOLVED).incident.phase is Phase.POST_INCIDENT


def test_resolving_stops_the_looks_where_the_watch_came_first() -> None:
    story = fixed(begun()).then(PASS, SYSTEM).wake("watch").then(RESOLVED)
    assert not {"gates", "watch"} & set(story.incident.timers)


# --- packs that announce first


@pytest.mark.parametrize("order", BEFORE)
def test_where_the_all_clear_comes_first_passing_gates_ask_for_it(order: str) -> None:
    story = fixed(begun(policy=ordered(order))).then(PASS, SYSTEM)
    assert about(story) == ["gates_pass"]
    assert story.incident.status is Status.MONITORING
    assert "watch" not in story.incident.timers


@pytest.mark.parametrize("order", BEFORE)
def test_the_window_then_runs_from_the_all_clear(order: str) -> None:
    story = fixed(begun(policy=ordered(order))).then(PASS, SYSTEM).then(RESOLVED, after=MINUTE)
    assert {"gates", "watch"} <= set(story.incident.timers)
    assert story.incident.verification.watch_ends_at == NOON + 16 * MINUTE
    story.wake("watch")
    assert story.incident.verification.passed
    assert not story.effects(Remind)
    assert [(t.channel, t.template) for t in story.effects(Tell)] == [("war-room", "all_clear")]


@pytest.mark.parametrize("order", BEFORE)
def test_a_gate_that_fails_before_the_all_clear_refuses_it(order: str) -> None:
    story = fixed(begun(policy=ordered(order))).then(PASS, SYSTEM).then(FAIL, SYSTEM)
    assert story.incident.status is Status.FIXING
    with pytest.raises(RefusedError, match="gate errors fails"):
        story.then(RESOLVED)


@pytest.mark.parametrize("order", BEFORE)
def test_a_regression_after_the_all_clear_breaks_the_watch_and_may_be_reopened(order: str) -> None:
    story = fixed(begun(policy=ordered(order))).then(e.Acknowledged(person="ana")).then(PASS, SYSTEM).then(RESOLVED)
    story.then(FAIL, SYSTEM, after=MINUTE)
    assert story.incident.phase is Phase.POST_INCIDENT
    assert not {"watch", "close_after"} & set(story.incident.timers)
    assert not story.then(e.WatchEnded(result="regressed", reason="errors"), SYSTEM).last.effects

    story.then(e.Reopened(reason="gate errors fails again"), SYSTEM)

    assert (story.incident.phase, story.incident.status) == (Phase.ACTIVE, Status.INVESTIGATING)
    assert [p.person for p in story.effects(Page)] == ["ana"]
    assert all(
        "gate errors fails again" in str(t.fields["text"]) for t in story.effects(Tell) if t.template == "update"
    )
    assert "gates" in story.incident.timers
    assert story.incident.verification.gates == FAIL.gates
    assert not {"resolved", "mitigated"} & set(story.incident.milestones)
    with pytest.raises(RefusedError, match="gate errors fails"):
        story.then(RESOLVED)


def test_a_watch_that_was_cut_short_is_not_begun_again_by_the_all_clear() -> None:
    story = begun(policy=ordered("announce_then_watch")).then(FAIL, SYSTEM).then(SHORTER).then(RESOLVED)
    assert "watch" not in story.incident.timers


def test_a_pack_may_close_by_the_clock_after_resolution_while_the_review_is_still_owed() -> None:
    story = begun(policy=ordered("close_after")).then(RESOLVED)
    assert story.due("close_after") == NOON + 15 * MINUTE
    story.wake("close_after")
    assert story.incident.phase is Phase.CLOSED
    assert story.incident.closed_at == NOON + 15 * MINUTE
    assert {"review/draft", "review/meeting", "review/publish"} == set(story.incident.timers)


def test_a_clock_is_not_refused() -> None:
    story = begun(policy=ordered("close_after")).then(RESOLVED)
    story.policy = ordered("watch_then_announce")
    assert story.wake("close_after").incident.phase is Phase.POST_INCIDENT


def test_gates_that_are_seen_when_it_is_all_over_change_nothing() -> None:
    story = begun("SEV4").then(RESOLVED).then(e.Closed())
    before = story.incident
    for late in (PASS, FAIL, PASSED, e.WatchEnded(result="regressed")):
        story.then(late, SYSTEM)
        assert replace(story.incident, seq=before.seq) == before
        assert not story.last.effects


def test_a_pack_without_a_window_asks_for_the_all_clear_when_the_gates_pass() -> None:
    story = fixed(begun(policy=ordered("unstated", watch=None))).then(PASS, SYSTEM)
    assert story.due("watch") == NOON
    assert about(story.wake("watch")) == ["watch_passed"]
