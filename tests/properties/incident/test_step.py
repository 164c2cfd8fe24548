"""What holds for every life of an incident, whatever happens in it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from tests.domain.incident.moves import LIVES, live
from tests.domain.incident.story import Story
from tests.domain.tape import Tape

from tocsin.domain.effects import CancelPages, ClearTimer, Page, Remind, RunPlan, SetTimer, Tell
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.codec import decode_state, encode_state
from tocsin.domain.incident.phases import PHASE_TABLE, Phase
from tocsin.domain.incident.step import fold, step

FEW = settings(max_examples=8, deadline=None)
# Saying these twice is saying two things; everything else may be handled twice.
EACH_COUNTS = (e.UpdatePosted,)


def keys(story: Story) -> list[str]:
    return [key for effect in story.last.effects if (key := getattr(effect, "key", None))]


@FEW
@given(LIVES)
def test_handling_an_event_twice_is_handling_it_once(tape: Tape) -> None:
    def watch(story: Story, event: e.Event) -> None:
        if isinstance(event.body, EACH_COUNTS):
            return
        again = replace(event, id="again", seq=event.seq + 1)
        try:
            second = step(story.incident, again, story.policy)
        except (RefusedError, InvalidError):
            return
        new = {key for x in second.effects if (key := getattr(x, "key", None))} - set(keys(story))
        assert not new, f"{event.body} asked again for {new}"
        assert second.incident.phase is story.incident.phase
        assert set(second.incident.timers) == set(story.incident.timers)

    live(tape, watch)


@FEW
@given(LIVES)
def test_no_two_effects_of_a_life_share_a_key_but_the_repeated_answers_to_one_failure(tape: Tape) -> None:
    seen: dict[str, object] = {}

    def watch(story: Story, event: e.Event) -> None:
        mine = keys(story)
        assert len(mine) == len(set(mine))
        for effect in story.last.effects:
            key = getattr(effect, "key", "")
            if key in seen:
                assert isinstance(event.body, e.DeliveryFailed)
                assert replace(seen[key], level=0) == replace(effect, level=0)  # type: ignore[type-var]  # both are pages
            if key:
                seen[key] = effect

    live(tape, watch)


@FEW
@given(LIVES)
def test_the_timers_an_incident_knows_are_those_the_effects_have_set(tape: Tape) -> None:
    rows: dict[str, int] = {}

    def watch(story: Story, event: e.Event) -> None:
        body = event.body
        if isinstance(body, e.TimerElapsed) and rows.get(body.name) == body.generation:
            del rows[body.name]
        for effect in story.last.effects:
            if isinstance(effect, SetTimer):
                assert effect.generation >= rows.get(effect.name, 0)
                rows[effect.name] = effect.generation
            elif isinstance(effect, ClearTimer):
                rows.pop(effect.name)
        assert story.incident.timers == rows

    live(tape, watch)


@FEW
@given(LIVES)
def test_folding_the_recorded_events_gives_the_state_that_was_kept(tape: Tape) -> None:
    story = live(tape, lambda _story, _event: None, supersede=True)
    assert fold(story.events, story.policy) == story.incident


@FEW
@given(LIVES)
def test_a_state_survives_being_stored_at_any_moment(tape: Tape) -> None:
    live(tape, lambda story, _event: _check_stored(story), supersede=True)


def _check_stored(story: Story) -> None:
    assert decode_state(encode_state(story.incident)) == story.incident


@FEW
@given(LIVES)
def test_a_correction_reaches_nobody_and_moves_no_phase(tape: Tape) -> None:
    phases: list[Phase] = []

    def watch(story: Story, event: e.Event) -> None:
        if event.supersedes:
            assert all(isinstance(x, SetTimer | ClearTimer) for x in story.last.effects)
            assert story.incident.phase is phases[-1]
        phases.append(story.incident.phase)

    live(tape, watch, supersede=True)


@FEW
@given(LIVES)
def test_a_private_or_backfilled_incident_is_told_in_no_channel(tape: Tape) -> None:
    def watch(story: Story, _event: e.Event) -> None:
        if story.incident.private or story.incident.mode == "backfill":
            assert not story.effects(Tell)
        if story.incident.mode == "backfill":
            assert not story.effects(Page)
            assert all(str(r.fields["about"]).startswith("followup/") for r in story.effects(Remind))

    live(tape, watch)


@FEW
@given(LIVES)
def test_a_place_gets_one_message_of_a_kind_from_one_event(tape: Tape) -> None:
    def watch(story: Story, _event: e.Event) -> None:
        said = [(t.channel, t.address, t.template) for t in story.effects(Tell)]
        assert len(said) == len(set(said))

    live(tape, watch)


@FEW
@given(LIVES)
def test_pages_are_never_asked_for_before_the_old_ones_are_dropped(tape: Tape) -> None:
    """Cancelling drops every page that has not left: one that the same event asks for must come after."""

    def watch(story: Story, _event: e.Event) -> None:
        order = [type(x) for x in story.last.effects if isinstance(x, Page | CancelPages)]
        assert order == sorted(order, key=lambda kind: kind is Page)

    live(tape, watch)


@FEW
@given(LIVES)
def test_a_plan_runs_at_most_once_and_only_with_its_approvals(tape: Tape) -> None:
    run: list[str] = []

    def watch(story: Story, _event: e.Event) -> None:
        for effect in story.effects(RunPlan):
            plan = next(p for p in story.incident.plans if p.plan == effect.plan)
            assert len(set(plan.approvals)) >= plan.approvals_needed
            assert plan.risk != "high" or plan.approvals_needed == 0 or set(plan.approvals) - {plan.proposed_by}
            run.append(effect.plan)
        assert len(run) == len(set(run))

    live(tape, watch)


@FEW
@given(LIVES)
def test_phases_follow_the_table_alone(tape: Tape) -> None:
    ways = {(start, end) for (start, _), end in PHASE_TABLE.items()} | {(Phase.MERGED, Phase.TRIAGE)}
    path: list[Phase] = []

    def watch(story: Story, _event: e.Event) -> None:
        here = story.incident.phase
        if path and path[-1] is not here:
            assert (path[-1], here) in ways
        path.append(here)

    live(tape, watch)


@FEW
@given(LIVES)
def test_nothing_of_the_response_ticks_on_once_it_is_over(tape: Tape) -> None:
    def watch(story: Story, _event: e.Event) -> None:
        live_timers = {t.partition("/")[0] for t in story.incident.timers}
        allowed = {"followup"} if not story.incident.open else None
        if story.incident.phase is Phase.POST_INCIDENT:
            allowed = {"followup", "review", "watch", "gates", "close_after"}
        if story.incident.phase is Phase.CLOSED:
            allowed = {"followup", "review"}
        assert allowed is None or live_timers <= allowed

    live(tape, watch)


@FEW
@given(LIVES)
def test_everyone_who_was_told_hears_of_the_end(tape: Tape) -> None:
    def watch(story: Story, event: e.Event) -> None:
        ending = isinstance(event.body, e.Resolved | e.Cancelled | e.Declined | e.Merged)
        if ending and not story.incident.private:
            assert {t.channel for t in story.effects(Tell)} == set(story.incident.told_via)

    live(tape, watch)
