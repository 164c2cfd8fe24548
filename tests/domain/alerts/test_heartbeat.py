"""A dead man's switch, as values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.domain.alerts.heartbeat import Beat, beaten, silent

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
BEAT = Beat(name="backup", every=timedelta(hours=1), grace=timedelta(minutes=5))


def test_silence_begins_when_the_interval_and_the_grace_are_over() -> None:
    known = beaten(None, BEAT, NOON)
    assert known.due == NOON + timedelta(minutes=65)
    assert not silent(known, NOON + timedelta(minutes=64, seconds=59))
    assert silent(known, NOON + timedelta(minutes=65))


def test_every_beat_moves_it_on_and_makes_the_last_timer_stale() -> None:
    first = beaten(None, BEAT, NOON)
    second = beaten(first, BEAT, NOON + timedelta(minutes=30))
    assert (second.generation, second.due) == (2, NOON + timedelta(minutes=95))


def test_a_beat_that_was_delivered_late_moves_nothing_back() -> None:
    late = beaten(beaten(None, BEAT, NOON), BEAT, NOON - timedelta(minutes=1))
    assert late.last_at == NOON


def test_the_newest_beat_says_how_long_to_wait() -> None:
    hurried = beaten(beaten(None, BEAT, NOON), Beat(name="backup", every=timedelta(minutes=1)), NOON)
    assert hurried.due == NOON + timedelta(minutes=1)


def test_the_alert_says_who_is_silent_and_for_how_long() -> None:
    assert BEAT.words == "no sign of life from backup for 1h5m"
    assert Beat(name="b", every=timedelta(1), summary="No backup").words == "No backup"
    assert BEAT.fingerprint == "heartbeat/backup"
