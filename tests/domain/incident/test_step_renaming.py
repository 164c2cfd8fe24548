"""An incident is renamed, and what it was called before is never lost."""

from __future__ import annotations

import pytest
from tests.domain.incident.story import MINUTE, NOON, Story, begun

from tocsin.domain.errors import RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.timeline import entries


def renamed(*titles: str) -> Story:
    story = begun()
    for title in titles:
        story.then(e.Renamed(title=title), after=MINUTE)
    return story


def correct(story: Story, seq: int, body: e.EventBody) -> Story:
    return story.then(body, occurred=NOON, supersedes=f"e{seq}")


def test_the_newest_title_counts_and_the_summary_stays_unless_given() -> None:
    story = renamed("Checkout fails")
    assert (story.incident.title, story.incident.summary) == ("Checkout fails", begun().incident.summary)
    story.then(e.Renamed(title="Payments fail", summary="Cards only"))
    assert (story.incident.title, story.incident.summary) == ("Payments fail", "Cards only")


def test_the_same_title_again_is_refused() -> None:
    story = renamed("Checkout fails")
    with pytest.raises(RefusedError, match="called that already"):
        story.then(e.Renamed(title="Checkout fails"))
    assert story.then(e.Renamed(title="Checkout fails", summary="Cards only")).incident.summary == "Cards only"


def test_a_renaming_that_is_taken_back_gives_the_former_title_back() -> None:
    assert correct(renamed("A", "B"), 3, e.Retracted(reason="no")).incident.title == "A"
    assert correct(renamed("A"), 2, e.Retracted(reason="no")).incident.title == begun().incident.title


def test_an_earlier_renaming_taken_back_leaves_the_newest_title() -> None:
    story = correct(renamed("A", "B"), 2, e.Retracted(reason="no"))
    assert story.incident.title == "B"
    assert correct(story, 3, e.Retracted(reason="no either")).incident.title == begun().incident.title


def test_a_corrected_renaming_changes_the_title_only_where_it_is_the_newest() -> None:
    story = correct(renamed("A", "B"), 2, e.Renamed(title="A, spelled well"))
    assert story.incident.title == "B"
    assert correct(story, 3, e.Retracted(reason="no")).incident.title == "A, spelled well"
    assert correct(renamed("A", "B"), 3, e.Renamed(title="C")).incident.title == "C"


def test_a_correction_of_a_correction_finds_its_renaming() -> None:
    story = correct(correct(renamed("A"), 2, e.Renamed(title="B")), 3, e.Renamed(title="C"))
    assert story.incident.title == "C"
    assert correct(story, 4, e.Retracted(reason="no")).incident.title == begun().incident.title


def test_a_corrected_declaration_does_not_undo_a_renaming() -> None:
    story = renamed("A")
    correct(story, 1, e.Declared(title="As declared, spelled well", severity="SEV1", ref="INC-1"))
    assert story.incident.title == "A"
    assert correct(story, 2, e.Retracted(reason="no")).incident.title == "As declared, spelled well"


def test_the_timeline_tells_each_name() -> None:
    story = correct(renamed("A", "B"), 3, e.Retracted(reason="it was A all along"))
    lines = [(line.text, line.withdrawn) for line in entries(story.events) if "enamed" in line.text or line.withdrawn]
    assert ("Renamed: A", False) in lines
    assert any(withdrawn for _, withdrawn in lines)
