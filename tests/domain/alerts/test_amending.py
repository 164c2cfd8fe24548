"""What a sender says anew of an alert."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tocsin.domain.alerts.amending import MOST_NOTES, MOST_TAGS, Amendment, Note, amended, notes_of, tags_of
from tocsin.domain.alerts.fold import AlertState

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
STATE = AlertState(
    fingerprint="db1-disk",
    name="disk full",
    status="firing",
    labels={"host": "db1", "a": "1"},
    starts_at=NOW,
    last_seen_at=NOW,
    summary="disk full",
    severity="p3",
    annotations={"runbook": "r7"},
    extra={"tags": ["disk"], "source": "nagios"},
)


def test_nothing_said_leaves_the_alert_as_it_was() -> None:
    assert amended(STATE, Amendment(), NOW) == STATE


def test_words_and_labels_change_and_whether_it_fires_does_not() -> None:
    said = Amendment(
        summary="x" * 200, description="97 %", severity="p1", labels={"b": "2"}, without_labels=("a", "none")
    )
    now = amended(STATE, said, NOW)
    assert (now.name, now.summary, now.severity) == ("x" * 130, "x" * 200, "p1")
    assert (now.labels, now.annotations) == ({"host": "db1", "b": "2"}, {"runbook": "r7", "description": "97 %"})
    assert (now.status, now.episode, now.starts_at, now.extra) == ("firing", 1, NOW, STATE.extra)


def test_tags_are_added_once_and_taken_off_and_bounded() -> None:
    now = amended(STATE, Amendment(tags=("night", "disk"), without_tags=("none",)), NOW)
    assert (tags_of(now.extra), now.extra["source"]) == (["disk", "night"], "nagios")
    assert tags_of(amended(now, Amendment(without_tags=("disk",)), NOW).extra) == ["night"]
    assert len(tags_of(amended(STATE, Amendment(tags=tuple(map(str, range(99)))), NOW).extra)) == MOST_TAGS
    assert tags_of({"tags": "disk"}) == []


def test_a_note_is_kept_with_who_said_it_and_twice_in_a_row_it_is_one() -> None:
    said = Amendment(note=Note(text="looks like logs", by="ana", source="chat"))
    once = amended(STATE, said, NOW)
    assert notes_of(once) == [{"note": "looks like logs", "user": "ana", "source": "chat", "at": NOW.isoformat()}]
    assert amended(once, said, NOW) == once
    for number in range(MOST_NOTES + 5):
        once = amended(once, Amendment(note=Note(text=str(number))), NOW)
    assert [one["note"] for one in notes_of(once)] == [str(number) for number in range(5, MOST_NOTES + 5)]
    assert notes_of(STATE) == []


@pytest.mark.parametrize(
    ("note", "says"),
    [
        (Note(text="on it"), "disk full: on it"),
        (Note(text="on it", by="ana", source="chat"), "disk full: on it (ana, chat)"),
        (
            Note(asked="snooze it", by="ana"),
            "disk full: asked to snooze it, which is done here and not by the sender (ana)",
        ),
        (
            Note(asked="snooze it", text="lunch"),
            "disk full: asked to snooze it, which is done here and not by the sender: lunch",
        ),
    ],
)
def test_a_note_is_told_in_a_sentence(note: Note, says: str) -> None:
    assert note.sentence("disk full") == says
