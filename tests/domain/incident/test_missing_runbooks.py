"""What a runbook still asks for is missing like anything else, in its turn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.domain.incident.story import PACK, Story, begun, in_triage

from tocsin.domain.actor import SYSTEM
from tocsin.domain.incident import events as e
from tocsin.domain.incident.missing import Missing, missing
from tocsin.domain.incident.runbooks import Shelf
from tocsin.domain.mitigation.runbook import Runbook, Step, When

LEAK = e.CauseSeen(key="session_leak", title="orders leaks sessions", state="likely", score=0.8)
BOOK = Runbook(
    key="full",
    title="Connections are used up",
    when=When(causes=("session_leak",)),
    steps=(Step(key="count", text="Count", kind="look"), Step(key="prove", text="Prove", kind="verify")),
)
SHELF = Shelf(in_force=(BOOK,), followed={"d1": BOOK})


def gaps(story: Story, shelf: Shelf = SHELF) -> list[Missing]:
    found = missing(story.incident, PACK, story.now + timedelta(minutes=1), shelf)
    return [g for g in found if g.key.startswith(("runbook/", "step/"))]


def diagnosed(story: Story) -> Story:
    return story.then(e.Diagnosed(bundle="b", causes=(LEAK,), checks=3), SYSTEM)


def followed(story: Story) -> Story:
    return story.then(e.RunbookStarted(runbook="full", title=BOOK.title, digest="d1"))


def test_the_runbook_for_the_leading_cause_is_missing_until_one_is_followed() -> None:
    story = diagnosed(begun())

    (gap,) = gaps(story)
    assert gap.text == "No runbook is followed; for “orders leaks sessions” there is: Connections are used up"
    assert (gap.verb, gap.command) == ("runbook", "tocsin runbook start INC-1 full")
    assert gaps(story, Shelf()) == []


def test_then_its_next_step_is_until_all_are_over() -> None:
    story = followed(diagnosed(begun()))

    (gap,) = gaps(story)
    assert gap.text == "Runbook step 1 of 2 is next (count): Connections are used up"
    assert (gap.urgency, gap.command) == (3, "tocsin runbook step INC-1 full/count")
    story.then(e.RunbookStepped(runbook="full", step="count", text="Count", result="failed"))
    assert gaps(story)[0].command == "tocsin runbook step INC-1 full/prove"
    story.then(e.RunbookStepped(runbook="full", step="prove", text="Prove", result="done"))
    assert gaps(story) == []


@pytest.mark.parametrize(
    "story", [diagnosed(in_triage()), diagnosed(begun(mode="backfill"))], ids=["triage", "backfill"]
)
def test_neither_triage_nor_history_lacks_a_runbook(story: Story) -> None:
    assert gaps(story) == []


def test_a_runbook_whose_snapshot_is_gone_asks_for_nothing() -> None:
    assert gaps(followed(begun()), Shelf(in_force=(BOOK,))) == []


def test_nothing_of_a_runbook_is_missing_when_it_is_over() -> None:
    story = followed(diagnosed(begun())).then(e.Resolved(resolution="ended them"))

    assert gaps(story) == []
