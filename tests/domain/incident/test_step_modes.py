"""Private incidents, history filled in later, and drills."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.incident.story import (
    ANA,
    BO,
    DAY,
    FAIL,
    HOUR,
    MINUTE,
    NOON,
    PAGERDUTY,
    PASS,
    REOPENED,
    RESOLVED,
    Story,
    begun,
    declared,
    plan,
)

from tocsin.domain.actor import SYSTEM
from tocsin.domain.effects import ClearTimer, Diagnose, Page, Remind, SetTimer, Tell
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import Phase, Status


def test_a_private_incident_is_told_in_no_channel_and_to_no_leader() -> None:
    story = begun(private=True)
    story.then(e.UpdatePosted(text="x", audiences=("responders", "public", "leadership")))
    story.then(e.SeverityChanged(severity="SEV2", reason="x")).then(e.SeverityChanged(severity="SEV1", reason="y"))
    story.wake("tell/3").wake("tell/4").then(RESOLVED).then(REOPENED)
    assert not [x for x in story.asked if isinstance(x, Tell)]
    assert not [x for x in story.asked if isinstance(x, Remind) and x.fields["about"] == "leadership"]
    assert not [x for x in story.asked if isinstance(x, Page) and x.person == "dee"]
    assert story.incident.told == ()


def test_a_private_incident_still_pages_and_reminds_who_is_on_call() -> None:
    story = begun(private=True)
    assert [p.person for p in story.effects(Page)] == ["ana"]
    assert story.wake("update_due").effects(Remind)


def test_the_reporter_of_a_private_incident_may_see_it_and_being_paged_lets_nobody_in() -> None:
    assert begun(private=True, by=BO).incident.members == {"bo"}
    story = begun(private=True, by=BO).then(e.Acknowledged(person="ana"), ANA)
    assert story.incident.members == {"bo"}


def test_members_are_named_and_removed() -> None:
    story = begun(private=True).then(e.MemberChanged(person="cy"))
    assert story.incident.members == {"ana", "cy"}
    assert story.then(e.MemberChanged(person="cy", removed=True)).incident.members == {"ana"}


def test_making_it_private_keeps_whoever_did_so_in_and_the_channels_out() -> None:
    story = begun().then(e.PrivacyChanged(private=True), BO)
    assert (story.incident.private, story.incident.members) == (True, frozenset({"bo"}))
    assert not story.then(RESOLVED).effects(Tell)


def test_making_it_public_again_tells_nobody_by_itself() -> None:
    story = begun(private=True).then(e.PrivacyChanged(private=False))
    assert not story.incident.private
    assert not story.last.effects


HISTORY: tuple[e.EventBody, ...] = (
    e.AlertFired(fingerprint="f", name="x", source="am"),
    e.Acknowledged(person="ana"),
    e.Unacknowledged(person="ana"),
    e.RoleTaken(role="commander", person="bo"),
    e.SeverityChanged(severity="SEV3", reason="small"),
    e.SeverityChanged(severity="SEV1", reason="grave"),
    e.StatusChanged(status=Status.FIXING),
    e.UpdatePosted(text="x", audiences=("responders", "customers", "leadership")),
    FAIL,
    PASS,
    FAIL,
    RESOLVED,
    REOPENED,
    e.Merged(into="i2"),
    e.Unmerged(reason="two"),
    RESOLVED,
    e.PostmortemWritten(section="summary", text="s"),
    e.Closed(),
)


@pytest.mark.parametrize("confirmed", [True, False])
def test_history_that_is_filled_in_pages_tells_and_reminds_nobody_and_sets_no_clock(confirmed: bool) -> None:  # noqa: FBT001 (a parametrised fact)
    story = Story().then(declared(mode="backfill", confirmed=confirmed))
    for number, body in enumerate(HISTORY):
        story.then(body, occurred=NOON - DAY + number * MINUTE)
        outward = [x for x in story.last.effects if not isinstance(x, SetTimer | ClearTimer)]
        assert not [x for x in outward if type(x).__name__ != "CancelPages"]
        assert not story.incident.timers
    assert story.incident.phase is Phase.CLOSED
    assert story.incident.told == ()
    assert story.incident.paging.paged == ()


def test_history_closes_without_a_published_review() -> None:
    story = begun(mode="backfill").then(RESOLVED).then(e.Closed())
    assert story.incident.phase is Phase.CLOSED


def test_history_is_not_mitigated() -> None:
    with pytest.raises(RefusedError, match="history cannot be mitigated"):
        begun(mode="backfill").then(plan())


def test_action_items_of_history_are_still_to_be_done() -> None:
    item = e.FollowUpAdded(followup="f1", title="x", owner="bo", due=NOON + DAY)
    story = begun(mode="backfill").then(RESOLVED).then(item).wake("followup/f1")
    assert [r.person for r in story.effects(Remind)] == ["bo"]


def test_a_drill_pages_diagnoses_and_reminds_like_the_real_thing_and_tells_only_channels_for_drills() -> None:
    drill, real = begun(mode="drill"), begun()
    assert drill.effects(Page) == real.effects(Page)
    assert {t.channel for t in drill.effects(Tell)} == {"practice"}
    assert "practice" not in {t.channel for t in real.effects(Tell)}
    assert drill.effects(Diagnose)
    assert drill.wake("update_due").effects(Remind) == real.wake("update_due").effects(Remind)


def test_a_drill_closes_without_a_published_review() -> None:
    assert begun(mode="drill").then(RESOLVED).then(e.Closed()).incident.phase is Phase.CLOSED


def test_a_timer_that_outlived_a_change_to_history_is_quiet() -> None:
    story = begun()
    generation = story.incident.timers["update_due"]
    story.last = replace(story.last, incident=replace(story.incident, mode="backfill"))
    assert not story.then(e.TimerElapsed(name="update_due", generation=generation), SYSTEM, after=HOUR).effects(Remind)
    assert not story.then(e.AlertFired(fingerprint="f", name="x"), PAGERDUTY).last.effects
