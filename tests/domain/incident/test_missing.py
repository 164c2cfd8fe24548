"""`missing` says what is missing now, and nothing when nothing is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.domain.incident.logs import DAY, DECLARED, PACK, clock, fold, log

from tocsin.domain.impact import Impact
from tocsin.domain.incident import events as e
from tocsin.domain.incident.events import EventBody
from tocsin.domain.incident.missing import COMMANDS, Missing, missing
from tocsin.domain.incident.phases import Phase
from tocsin.domain.policy.pack import Verification

FULL = e.Declared(
    title="Orders fail", severity="SEV1", ref="INC-1", matched=("stated",), impact=Impact(users_affected=100)
)
STAFFED: tuple[tuple[str, EventBody], ...] = (
    ("14:00", FULL),
    ("14:00", e.MilestoneReached(name="impact_started")),
    ("14:01", e.Acknowledged(person="ana")),
    ("14:02", e.RoleTaken(role="commander", person="ana")),
    ("14:02", e.RoleTaken(role="communications", person="bo")),
    ("14:03", e.UpdatePosted(text="Looking")),
)
PLAN = e.PlanProposed(
    plan="p1",
    hash="7f3a00112233445566",
    title="roll back",
    steps=("2.4.1 to 2.4.0",),
    blast_radius="1 service",
    undo="deploy again",
    risk="medium",
    expires_at=clock("15:00"),
)
PASS = e.GateSeen(gate="errors", verdict="pass", observed="0.1 %", expected="< 1 %")
FAIL = e.GateSeen(gate="errors", verdict="fail", observed="15 %", expected="< 1 %")
VERIFIED = (("14:20", e.GatesChecked(gates=(PASS,))), ("14:35", e.WatchEnded(result="passed")))
RESOLVED = (*STAFFED, *VERIFIED, ("14:36", e.Resolved(resolution="rolled back")))


def gaps(*lines: tuple[str, EventBody], at: str) -> tuple[Missing, ...]:
    return missing(fold(log(*lines)), PACK, clock(at))


def keys(*lines: tuple[str, EventBody], at: str) -> list[str]:
    return [gap.key for gap in gaps(*lines, at=at)]


def test_a_well_run_incident_lacks_nothing() -> None:
    assert gaps(*STAFFED, at="14:05") == ()


def test_a_fresh_incident_lacks_everything_most_urgent_first() -> None:
    found = gaps(("14:00", e.Declared(title="x", severity="SEV1", ref="INC-1")), at="14:01")
    assert [gap.key for gap in found] == [
        "acknowledge",
        "impact",
        "severity",
        "commander",
        "communications",
        "impact_started",
    ]
    assert found[0].line == "Nobody has acknowledged (due in 4 min)"
    assert found[0].command == "tocsin ack INC-1"


def test_late_things_say_how_late() -> None:
    found = {gap.key: gap for gap in gaps(("14:00", FULL), at="14:07")}
    assert found["acknowledge"].late == timedelta(minutes=2)
    assert found["commander"].line.startswith("No incident commander")
    assert found["acknowledge"].verb == "ack"


def test_a_clock_that_still_runs_is_never_called_late() -> None:
    lines = (
        ("14:00", e.Declared(title="x", severity="SEV3", ref="INC-1", matched=("stated",))),
        ("14:30", e.SeverityChanged(severity="SEV1", reason="worse")),
    )
    found = {gap.key: gap for gap in gaps(*lines, at="14:31")}
    assert found["commander"].late is None
    assert found["acknowledge"].late is None


def test_a_commander_that_is_late_is_the_most_urgent() -> None:
    incident = fold(log(("14:00", FULL), ("14:01", e.Acknowledged(person="ana"))))
    spent = replace(incident, timers={n: g for n, g in incident.timers.items() if n != "commander_by"})
    first = missing(spent, PACK, clock("14:07"))[0]
    assert (first.key, first.urgency, first.line) == ("commander", 1, "No incident commander (2 min late)")
    assert first.command == "tocsin role INC-1 commander PERSON"


def test_paging_that_ended_without_an_answer_says_so() -> None:
    incident = fold(log(("14:00", FULL)))
    tired = replace(incident, paging=replace(incident.paging, exhausted=True))
    assert (
        missing(tired, PACK, clock("14:02"))[0].text == "Paging has reached its last step and nobody has acknowledged"
    )


def test_triage_asks_only_for_the_decision_and_an_answer() -> None:
    alert = replace(FULL, confirmed=False, matched=())
    assert keys(("14:00", alert), at="14:01") == ["triage", "acknowledge"]


def test_an_update_is_named_when_its_time_comes_near() -> None:
    assert "update" not in keys(*STAFFED, at="14:12")
    due = gaps(*STAFFED, at="14:14")[0]
    assert (due.line, due.urgency) == ("Update for stakeholders (due in 4 min)", 2)
    late = gaps(*STAFFED, at="14:20")[0]
    assert (late.line, late.urgency) == ("Update for stakeholders (2 min late)", 1)


def test_a_confirmed_cause_waits_to_be_named() -> None:
    cause = e.CauseSeen(key="leak", title="session leak in 2.4.1", state="confirmed", score=0.9)
    looked = ("14:05", e.Diagnosed(bundle="b1", causes=(cause,), checks=31))
    assert gaps(*STAFFED, looked, at="14:06")[0].text == "Name the cause; the diagnosis confirms: session leak in 2.4.1"
    named = ("14:06", e.CauseNamed(text="a leak", confirmed=True))
    assert keys(*STAFFED, looked, named, at="14:07") == []


def test_a_cause_of_many_words_leaves_room_for_its_command() -> None:
    cause = e.CauseSeen(key="db", title="The database refuses connections " * 9, state="confirmed", score=0.9)
    looked = ("14:05", e.Diagnosed(bundle="b1", causes=(cause,), checks=31))
    assert len(gaps(*STAFFED, looked, at="14:06")[0].line) < 140


def test_a_plan_is_followed_from_proposal_to_its_end() -> None:
    plan = ("14:05", PLAN)
    yes = ("14:06", e.PlanApproved(plan="p1", hash=PLAN.hash, person="ana"))
    go = ("14:07", e.PlanStarted(plan="p1", hash=PLAN.hash))
    lost = ("14:08", e.PlanEnded(plan="p1", result="unknown"))

    waits = gaps(*STAFFED, plan, at="14:06")[0]
    assert (waits.text, waits.command) == ("A plan waits for approval: roll back", "tocsin approve INC-1 7f3a00112233")
    ready = gaps(*STAFFED, plan, yes, at="14:06")[0]
    assert (ready.text, ready.verb) == ("An approved plan has not been run: roll back", "mitigate")
    assert gaps(*STAFFED, plan, yes, go, at="14:08") == ()
    assert gaps(*STAFFED, plan, yes, go, lost, at="14:08")[0].text.startswith("The plan was lost mid-run")
    judged = ("14:09", e.MitigationJudged(text="roll back", outcome="worked", plan="p1"))
    assert gaps(*STAFFED, plan, yes, go, lost, judged, at="14:09") == ()


def test_an_expired_plan_waits_for_nobody() -> None:
    assert "plan/p1" not in keys(*STAFFED, ("14:05", PLAN), at="15:00")


def test_gates_watch_and_all_clear_follow_each_other() -> None:
    failing = gaps(*STAFFED, ("14:10", e.GatesChecked(gates=(FAIL,))), at="14:11")[0]
    assert failing.text == "Gate errors fails: 15 %, expected < 1 %"

    passing = (*STAFFED, ("14:10", e.GatesChecked(gates=(PASS,))), ("14:11", e.UpdatePosted(text="Better")))
    watching = gaps(*passing, at="14:12")
    assert [g.line for g in watching] == ["Watch window until 14:25:00 UTC (due in 13 min)"]
    over = gaps(*passing, ("14:25", e.WatchEnded(result="passed")), at="14:25")
    assert over[0].text == "The watch window has passed: give the all-clear"


def test_a_window_that_ends_undecided_asks_for_a_person_and_not_for_the_all_clear() -> None:
    doubt = (
        *STAFFED,
        ("14:10", e.GatesChecked(gates=(PASS,))),
        ("14:11", e.GatesChecked(gates=(replace(PASS, verdict="inconclusive"),))),
        ("14:25", e.WatchEnded(result="undecided")),
    )
    assert "watch" in keys(*doubt, at="14:26")
    assert "resolve" not in keys(*doubt, at="14:26")

    resolved = (*doubt, ("14:27", e.WatchEnded(result="shortened", reason="seen by hand")))
    resolved = (*resolved, ("14:28", e.Resolved(resolution="rolled back")))
    assert "watch" not in keys(*resolved, at="14:29")


def test_where_the_pack_announces_first_passing_gates_are_enough() -> None:
    pack = replace(PACK, verification=Verification(gates=(), watch=timedelta(minutes=30), order="announce_then_watch"))
    incident = fold(log(*STAFFED, ("14:10", e.GatesChecked(gates=(PASS,)))))
    assert [g.text for g in missing(incident, pack, clock("14:11"))] == ["All gates pass: resolve it"]


def test_open_tasks_are_named_with_their_owner() -> None:
    tasks = (
        ("14:05", e.TaskGiven(task="t1", title="check PostgreSQL", owner="bo")),
        ("14:05", e.TaskGiven(task="t2", title="check deploys")),
    )
    assert [g.text for g in gaps(*STAFFED, *tasks, at="14:06")] == [
        "Open task: check PostgreSQL (bo)",
        "Open task: check deploys (nobody has it)",
    ]
    done = ("14:07", e.TaskDone(task="t1", result="48 of 50 idle"))
    assert len(gaps(*STAFFED, *tasks, done, at="14:08")) == 1


def test_after_the_end_the_review_is_owed_and_then_late() -> None:
    owed = gaps(*RESOLVED, at="14:40")
    assert [g.key for g in owed] == ["postmortem"]
    assert owed[0].line == "The post-mortem has not been begun (due in 2 d 23 h)"

    late = missing(fold(log(*RESOLVED)), PACK, DAY + timedelta(days=4))[0]
    assert (late.urgency, late.late is not None and late.late > timedelta(0)) == (1, True)
    begun = gaps(*RESOLVED, ("15:00", e.PostmortemWritten(section="summary", text="It broke.")), at="15:01")
    assert begun[0].text == "The post-mortem is not published"


def test_action_items_need_an_owner_a_date_and_an_end() -> None:
    written = ("15:00", e.PostmortemWritten(state="published"))
    bare = ("15:01", e.FollowUpAdded(followup="f1", title="alert on idle sessions"))
    assert gaps(*RESOLVED, written, bare, at="15:02")[0].text == (
        "Action item without owner and due date: alert on idle sessions"
    )
    owned = ("15:01", e.FollowUpAdded(followup="f1", title="alert", owner="bo", due=clock("16:00")))
    assert keys(*RESOLVED, written, owned, at="15:02") == ["close"]
    overdue = gaps(*RESOLVED, written, owned, at="17:00")[0]
    assert overdue.line == "Action item overdue: alert (bo) (1 h late)"
    closed = ("15:30", e.Closed())
    assert keys(*RESOLVED, written, owned, closed, at="17:00") == ["followup/f1"]


def test_a_drill_owes_no_review() -> None:
    lines = (("14:00", replace(FULL, mode="drill")), *RESOLVED[1:])
    assert keys(*lines, at="15:00") == ["close"]


def test_a_recommended_review_is_not_in_the_way() -> None:
    lines = (("14:00", replace(FULL, severity="SEV2")), *RESOLVED[1:])
    assert [g.text for g in gaps(*lines, at="15:00")] == [
        "A post-mortem is recommended",
        "Nothing is left to do: close it",
    ]


def test_a_review_that_became_due_because_it_came_back_is_owed() -> None:
    levels = tuple(replace(s, review="if_recurring") if s.key == "SEV3" else s for s in PACK.severities)
    pack = replace(PACK, severities=levels)
    for recurrences, wanted in ((0, ["close"]), (1, ["postmortem"])):
        resolved = ("14:36", e.Resolved(resolution="x", recurrences=recurrences))
        incident = fold(log(("14:00", replace(FULL, severity="SEV3")), *STAFFED[1:], *VERIFIED, resolved))
        assert [g.key for g in missing(incident, pack, clock("15:00"))] == wanted


def test_people_are_called_by_their_names() -> None:
    task = ("14:05", e.TaskGiven(task="t1", title="check PostgreSQL", owner="bo"))
    item = ("15:01", e.FollowUpAdded(followup="f1", title="alert", owner="gone", due=clock("16:00")))
    names = {"bo": "Bo Lind"}
    (gap,) = missing(fold(log(*STAFFED, task)), PACK, clock("14:06"), names=names)
    assert gap.text == "Open task: check PostgreSQL (Bo Lind)"
    late = missing(fold(log(*RESOLVED, item)), PACK, clock("17:00"), names=names)
    assert "Action item overdue: alert (gone)" in [g.text for g in late]


def test_history_asks_nobody_to_answer() -> None:
    assert gaps(("14:00", replace(DECLARED, mode="backfill")), at="14:30") == ()


@pytest.mark.parametrize("phase", [Phase.DECLINED, Phase.CANCELLED, Phase.MERGED])
def test_what_is_put_away_lacks_nothing(phase: Phase) -> None:
    assert missing(replace(fold(log(("14:00", FULL))), phase=phase), PACK, clock("15:00")) == ()


def test_every_command_names_the_incident() -> None:
    assert all("{ref}" in command for command in COMMANDS.values())
