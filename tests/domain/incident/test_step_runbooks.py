"""Runbooks in the log: started once, marked by people, corrected like anything else."""

from __future__ import annotations

import pytest
from tests.domain.incident.story import ANA, BO, MINUTE, begun, in_triage

from tocsin.domain.errors import RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Phase
from tocsin.domain.incident.runbooks import next_step, progress, trouble
from tocsin.domain.incident.state import StepMark
from tocsin.domain.mitigation.runbook import Runbook, Step, When, matching

BOOK = Runbook(
    key="full",
    title="Connections are used up",
    when=When(alerts=("PgFull",), labels={"db": "orders"}, symptoms=("too many clients",)),
    steps=(
        Step(key="count", text="Count them", kind="look"),
        Step(key="end", text="End them", kind="do", action="end"),
        Step(key="prove", text="Prove it", kind="verify"),
    ),
)
STARTED = e.RunbookStarted(runbook="full", title=BOOK.title, digest="d1", reasons=("alert PgFull",))


def stepped(step: str, result: e.StepResult, **more: str) -> e.RunbookStepped:
    return e.RunbookStepped(runbook="full", step=step, text=step, result=result, **more)


def test_a_started_runbook_is_followed_with_its_snapshot() -> None:
    story = begun()
    story.then(STARTED, BO)

    (run,) = story.incident.runbooks
    assert (run.runbook, run.digest, run.started_by, run.started_at) == ("full", "d1", "bo", story.now)
    assert next_step(run, BOOK) == (1, BOOK.steps[0])


def test_started_again_it_goes_on_as_it_was() -> None:
    story = begun()
    story.then(STARTED)
    story.then(stepped("count", "done"))
    story.then(e.RunbookStarted(runbook="full", title="Another text", digest="d2"))

    (run,) = story.incident.runbooks
    assert run.digest == "d1"
    assert run.mark("count").result == "done"


def test_a_step_says_who_marked_it_when_and_why() -> None:
    story = begun()
    story.then(STARTED)
    story.then(stepped("count", "failed", note="no privilege"), BO, after=MINUTE)

    mark = story.incident.runbooks[0].mark("count")
    assert (mark.result, mark.note, mark.by, mark.at) == ("failed", "no privilege", "bo", story.now)
    assert next_step(story.incident.runbooks[0], BOOK) == (2, BOOK.steps[1])


def test_the_newest_word_counts_and_the_plan_stays() -> None:
    story = begun()
    story.then(STARTED)
    story.then(stepped("end", "begun", plan="p1"))
    story.then(stepped("end", "done"))

    mark = story.incident.runbooks[0].mark("end")
    assert (mark.result, mark.plan) == ("done", "p1")


def test_a_step_can_be_put_back() -> None:
    story = begun()
    story.then(STARTED)
    story.then(stepped("count", "done"))
    story.then(stepped("count", "open"))

    assert next_step(story.incident.runbooks[0], BOOK) == (1, BOOK.steps[0])


def test_nothing_is_marked_in_a_runbook_that_was_not_started() -> None:
    story = begun()

    with pytest.raises(RefusedError, match="does not follow runbook 'full'") as refusal:
        story.then(stepped("count", "done"))
    assert "tocsin runbook start" in refusal.value.mend


def test_a_runbook_is_started_only_while_somebody_responds_and_marked_afterwards_too() -> None:
    story = begun()
    story.then(STARTED)
    story.then(e.Resolved(resolution="ended them"))
    story.then(stepped("prove", "done"))

    assert story.incident.runbooks[0].mark("prove").result == "done"
    with pytest.raises(RefusedError, match="cannot start a runbook in"):
        story.then(e.RunbookStarted(runbook="other", title="Other", digest="d"))


def test_whoever_starts_a_runbook_in_triage_has_accepted_the_incident() -> None:
    story = in_triage()
    assert story.incident.phase is Phase.TRIAGE

    story.then(STARTED)

    assert story.incident.phase is Phase.ACTIVE


def test_a_withdrawn_word_is_forgotten_and_a_corrected_older_one_moves_nothing() -> None:
    story = begun()
    story.then(STARTED)
    first = story.then(stepped("count", "begun")).events[-1]
    last = story.then(stepped("count", "done")).events[-1]

    story.then(stepped("count", "begun"), supersedes=first.id)
    assert story.incident.runbooks[0].mark("count").result == "done"
    story.then(e.Retracted(reason="another incident"), supersedes=last.id)
    assert story.incident.runbooks[0].mark("count") == StepMark()


def test_progress_shows_what_became_of_the_plan_a_step_led_to() -> None:
    story = begun()
    story.then(STARTED)
    story.then(
        e.PlanProposed(
            plan="p1", hash="0123456789abcdef", title="End 46 sessions", steps=(), blast_radius="", undo="", risk="low",
            expires_at=story.now + 10 * MINUTE,
        )
    )  # fmt: skip
    story.then(stepped("end", "begun", plan="p1"), ANA)

    states = progress(story.incident.runbooks[0], BOOK, story.incident)

    assert [s.number for s in states] == [1, 2, 3]
    assert states[1].seen == ("plan 0123456789ab proposed: End 46 sessions",)


def test_what_speaks_for_a_runbook_is_read_from_the_log() -> None:
    story = begun()
    story.then(
        e.AlertFired(fingerprint="f", name="PgFull", summary="sorry, too many clients already", labels={"db": "orders"})
    )

    (match,) = matching([BOOK], trouble(story.incident, story.events))

    assert match.reasons == ("alert PgFull", "alert PgFull with db=orders", "it is written: too many clients")
