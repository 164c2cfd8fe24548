"""One alert over time, by Alertmanager's rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from msgspec.structs import fields, replace

from tocsin.domain.alerts.fold import LATE, AlertState, expire, take
from tocsin.flows.ports import InboundAlert

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
FIRING = InboundAlert(
    fingerprint="f1",
    name="HighCPU",
    status="firing",
    labels={"alertname": "HighCPU"},
    summary="cpu high",
    severity="critical",
    service="orders",
    starts_at=NOON,
)
RESOLVED = replace(FIRING, status="resolved", summary="", starts_at=NOON, ends_at=NOON + timedelta(minutes=5))


def minutes_in(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def _story(*reports: tuple[InboundAlert, float]) -> tuple[AlertState, list[str]]:
    state, changes = None, []
    for report, minute in reports:
        taken = take(state, report, minutes_in(minute))
        state = taken.state
        changes.append(taken.change)
    assert state is not None
    return state, changes


def test_an_alert_fires_is_refreshed_and_ends() -> None:
    state, changes = _story((FIRING, 0), (FIRING, 1), (RESOLVED, 6))
    assert changes == ["fired", "refreshed", "resolved"]
    assert (state.status, state.starts_at, state.ends_at, state.episode) == ("resolved", NOON, minutes_in(5), 1)


def test_the_same_report_twice_changes_nothing_the_second_time() -> None:
    once, _ = _story((FIRING, 0))
    twice, changes = _story((FIRING, 0), (FIRING, 0))
    assert (twice, changes) == (once, ["fired", "refreshed"])
    over, _ = _story((FIRING, 0), (RESOLVED, 6))
    again, changes = _story((FIRING, 0), (RESOLVED, 6), (RESOLVED, 6))
    assert (again, changes[-1]) == (over, "ignored")


def test_reports_of_one_episode_keep_the_earliest_start_and_the_newest_words() -> None:
    earlier = replace(FIRING, starts_at=minutes_in(-3), summary="cpu very high", severity="")
    state, changes = _story((FIRING, 0), (earlier, 1), (replace(FIRING, starts_at=minutes_in(1)), 2))
    assert changes == ["fired", "refreshed", "refreshed"]
    assert (state.starts_at, state.summary, state.severity) == (minutes_in(-3), "cpu high", "critical")


def test_an_older_report_processed_later_does_not_bring_back_old_words() -> None:
    state, _ = _story((FIRING, 0), (replace(FIRING, summary="new"), 2), (replace(FIRING, summary="old"), 1))
    assert (state.summary, state.last_seen_at) == ("new", minutes_in(2))


def test_the_words_of_a_firing_alert_survive_its_wordless_end() -> None:
    state, _ = _story((FIRING, 0), (RESOLVED, 6))
    assert state.summary == "cpu high"


def test_a_report_without_a_name_keeps_the_one_known_and_goes_by_its_key_when_there_is_none() -> None:
    nameless = replace(FIRING, name="", summary="")
    state, _ = _story((FIRING, 0), (nameless, 1))
    assert (state.name, state.summary) == ("HighCPU", "cpu high")
    over, _ = _story((FIRING, 0), (replace(RESOLVED, name=""), 6))
    assert (over.name, over.summary) == ("HighCPU", "cpu high")
    unknown, _ = _story((nameless, 0), (replace(RESOLVED, name=""), 1))
    assert unknown.name == "f1"
    named, _ = _story((replace(RESOLVED, name=""), 1), (replace(FIRING, starts_at=minutes_in(6)), 7))
    assert named.name == "HighCPU"


def test_firing_after_the_end_is_a_new_episode() -> None:
    state, changes = _story((FIRING, 0), (RESOLVED, 6), (replace(FIRING, starts_at=minutes_in(7)), 8))
    assert changes[-1] == "refired"
    assert (state.status, state.starts_at, state.ends_at, state.episode) == ("firing", minutes_in(7), None, 2)


def test_a_sender_without_times_fires_ends_and_fires_again() -> None:
    fires, ends = replace(FIRING, starts_at=None), replace(RESOLVED, starts_at=None, ends_at=None)
    state, changes = _story((fires, 0), (ends, 1), (fires, 2))
    assert changes == ["fired", "resolved", "refired"]
    assert (state.starts_at, state.episode) == (minutes_in(2), 2)


def test_a_firing_report_delivered_after_the_end_is_ignored_but_not_for_ever() -> None:
    late = LATE.total_seconds() / 60
    _, changes = _story((FIRING, 0), (RESOLVED, 6), (FIRING, 6.5), (FIRING, 6 + late - 1), (FIRING, 6 + late))
    assert changes == ["fired", "resolved", "ignored", "ignored", "refired"]


def test_an_end_that_arrives_first_is_remembered_and_its_late_beginning_ignored() -> None:
    state, changes = _story((RESOLVED, 6), (FIRING, 6.1))
    assert changes == ["ignored", "ignored"]
    assert (state.status, state.episode) == ("resolved", 0)
    _, changes = _story((RESOLVED, 6), (replace(FIRING, starts_at=minutes_in(8)), 8))
    assert changes == ["ignored", "fired"]


def test_the_end_of_an_earlier_episode_told_late_does_not_end_this_one() -> None:
    state, changes = _story((FIRING, 0), (RESOLVED, 6), (replace(FIRING, starts_at=minutes_in(7)), 8), (RESOLVED, 9))
    assert changes[-1] == "ignored"
    assert state.status == "firing"


def test_an_end_told_in_whole_seconds_ends_what_began_within_that_second() -> None:
    began = replace(FIRING, starts_at=NOON + timedelta(milliseconds=700))
    _, changes = _story((began, 0.1), (replace(RESOLVED, starts_at=None, ends_at=NOON), 1))
    assert changes == ["fired", "resolved"]


def test_a_start_that_is_still_to_come_hinders_no_end() -> None:
    begins = replace(FIRING, starts_at=minutes_in(30))
    _, changes = _story((begins, 0), (replace(RESOLVED, starts_at=None, ends_at=minutes_in(5)), 5))
    assert changes == ["fired", "resolved"]


def test_an_end_is_believed_when_the_sender_gave_no_start_and_its_clock_is_slow() -> None:
    fires = replace(FIRING, starts_at=None)
    ends = replace(RESOLVED, starts_at=None, ends_at=minutes_in(-1))
    state, changes = _story((fires, 0), (ends, 1))
    assert changes == ["fired", "resolved"]
    assert state.ends_at == NOON


def test_a_future_end_is_a_lease_that_a_refresh_renews() -> None:
    state, changes = _story((replace(FIRING, ends_at=minutes_in(4)), 0), (replace(FIRING, ends_at=minutes_in(5)), 1))
    assert changes == ["fired", "refreshed"]
    assert (state.status, state.ends_at, state.expires_at) == ("firing", None, minutes_in(5))
    assert expire(state, minutes_in(4.9)).change == "ignored"

    over = expire(state, minutes_in(5))
    assert over.change == "resolved"
    assert (over.state.status, over.state.ends_at, over.state.timed_out) == ("resolved", minutes_in(5), True)
    assert expire(over.state, minutes_in(9)).change == "ignored"


def test_an_alert_without_a_lease_never_expires() -> None:
    state, _ = _story((FIRING, 0))
    assert expire(state, minutes_in(100_000)).change == "ignored"


def test_a_reported_end_beats_one_concluded_from_silence() -> None:
    leased, _ = _story((replace(FIRING, ends_at=minutes_in(4)), 0))
    silent = expire(leased, minutes_in(5)).state

    told = take(silent, replace(RESOLVED, ends_at=minutes_in(3)), minutes_in(6))
    assert told.change == "refreshed"
    assert (told.state.ends_at, told.state.timed_out) == (minutes_in(3), False)

    latest = take(told.state, replace(RESOLVED, ends_at=minutes_in(5)), minutes_in(7))
    assert (latest.change, latest.state.ends_at) == ("refreshed", minutes_in(5))
    assert take(latest.state, replace(RESOLVED, ends_at=minutes_in(4)), minutes_in(8)).change == "ignored"


def test_an_alert_that_only_fell_silent_fires_again_from_its_old_start() -> None:
    leased, _ = _story((replace(FIRING, ends_at=minutes_in(4)), 0))
    back = take(expire(leased, minutes_in(5)).state, replace(FIRING, ends_at=minutes_in(10)), minutes_in(6))
    assert back.change == "refired"
    assert (back.state.status, back.state.starts_at, back.state.episode) == ("firing", NOON, 2)


def test_a_firing_report_whose_lease_is_over_is_an_end() -> None:
    state, changes = _story((FIRING, 0), (replace(FIRING, ends_at=minutes_in(2)), 3))
    assert changes == ["fired", "resolved"]
    assert state.ends_at == minutes_in(2)


def test_what_else_a_sender_said_is_kept_and_the_newest_counts() -> None:
    said = replace(FIRING, annotations={"a": "1"}, links={"graph": "https://g.example"}, extra={"unit": "ms"})
    state, _ = _story((said, 0), (FIRING, 1))
    assert (state.annotations, state.links, state.extra) == (said.annotations, said.links, said.extra)
    state, _ = _story((said, 0), (replace(said, extra={"unit": "s"}), 1))
    assert state.extra == {"unit": "s"}


def test_an_alert_in_an_incident_is_the_same_alert() -> None:
    state = AlertState(
        **{field.name: _filled(field.name) for field in fields(AlertState)}  # type: ignore[arg-type]  # any value will do
    )
    assert state.in_incident("i1") == replace(state, incident="i1")


def _filled(name: str) -> object:
    return f"some {name}"


# -- reports out of order ----------------------------------------------------------------------------------------------


def _fires(minute: float) -> InboundAlert:
    return replace(FIRING, starts_at=minutes_in(minute))


def _ends(minute: float) -> InboundAlert:
    """An end as most senders tell it: when it ended, and nothing of when it began."""
    return replace(RESOLVED, starts_at=None, ends_at=minutes_in(minute))


def test_an_end_without_a_start_that_is_told_late_does_not_end_a_newer_episode() -> None:
    seen = _story((_fires(0), 0), (_ends(3), 3), (_fires(5), 5), (_ends(3), 6))
    state, changes = seen
    assert changes == ["fired", "resolved", "refired", "ignored"]
    assert (state.status, state.starts_at) == ("firing", minutes_in(5))

    state, changes = _story((_fires(0), 0), (_fires(5), 5), (_ends(3), 6), (_ends(8), 8))
    assert changes == ["fired", "refreshed", "ignored", "resolved"]
    assert (state.starts_at, state.ends_at) == (NOON, minutes_in(8))


def test_a_start_that_is_told_late_does_not_reopen_what_ended_after_it() -> None:
    state, changes = _story((_fires(0), 0), (_ends(12), 12), (_fires(10), 13))
    assert (state.status, changes[-1]) == ("resolved", "ignored")
    assert _story((_fires(0), 0), (_ends(12), 12), (_fires(12), 13))[1][-1] == "refired"
    late = LATE.total_seconds() / 60
    assert _story((_fires(0), 0), (_ends(12), 12), (_fires(10), 12 + late))[1][-1] == "refired"


def test_an_end_whose_time_nobody_told_is_not_compared_with_a_senders_clock() -> None:
    ends = replace(_ends(0), ends_at=None)
    assert _story((_fires(0), 0), (ends, 3), (_fires(2), 4))[1] == ["fired", "resolved", "refired"]
    assert _story((ends, 3), (_fires(2), 4))[1] == ["ignored", "fired"]


def test_a_start_that_nobody_told_is_compared_with_patience() -> None:
    fires, late = replace(FIRING, starts_at=None), LATE.total_seconds() / 60
    assert _story((fires, 0), (_ends(-late), 1))[1][-1] == "resolved"
    assert _story((fires, 0), (_ends(-late - 1), 1))[1][-1] == "ignored"


def test_a_twin_that_still_fires_on_its_lease_is_believed_at_once() -> None:
    one, other = replace(_fires(0), ends_at=minutes_in(4)), replace(_fires(1), ends_at=minutes_in(6))
    ended = replace(RESOLVED, ends_at=minutes_in(2))
    assert _story((one, 0), (other, 1), (ended, 2), (other, 2))[1][-1] == "refired"
    assert _story((one, 0), (other, 1), (ended, 2), (one, 2))[1][-1] == "ignored"


# -- ends of leases ----------------------------------------------------------------------------------------------------


def _lease(*ends: tuple[float, bool]) -> float:
    """Return until when, in minutes, an alert fires after reports with these ends, each told by its sender or not."""
    reports = [(replace(FIRING, ends_at=minutes_in(end), end_told=told), 0.0) for end, told in ends]
    state, _ = _story(*reports)
    assert state.expires_at is not None
    return (state.expires_at - NOON).total_seconds() / 60


def test_an_end_the_sender_names_beats_that_of_a_timeout() -> None:
    assert _lease((5, False), (1, True)) == 1
    assert _lease((60, True), (5, False)) == 60
    assert (
        _lease((1, True), (5, False)) == 5
    )  # heard of again without an end: it is given its time, as Alertmanager does
    assert _lease((60, True), (5, False), (1, True)) == 1


def test_of_two_ends_of_a_kind_the_later_counts() -> None:
    assert _lease((60, True), (10, True)) == 60
    assert _lease((10, True), (60, True)) == 60
    assert _lease((5, False), (6, False)) == 6


def test_an_alert_kept_before_starts_and_ends_were_told_apart_goes_on() -> None:
    old, _ = _story((replace(FIRING, ends_at=minutes_in(4)), 0))
    body = msgspec.to_builtins(old)
    del body["told_start"], body["end_told"]
    old = msgspec.convert(body, AlertState)
    refreshed = take(old, replace(FIRING, ends_at=minutes_in(5)), minutes_in(1)).state
    assert (refreshed.expires_at, refreshed.told_start, refreshed.end_told) == (minutes_in(5), NOON, True)
    assert take(old, replace(RESOLVED, ends_at=minutes_in(3)), minutes_in(3)).change == "resolved"
