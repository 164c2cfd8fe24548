"""Random lives of an incident: whatever people, machines and clocks may do next, read from a tape of bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from tests.domain.incident.story import (
    ANA,
    BO,
    CATALOGUE,
    CY,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    PAGERDUTY,
    POLICY,
    ROBOT,
    Story,
    approval,
    declared,
    ordered,
    plan,
    start,
)
from tests.domain.tape import EITHER, Tape, tapes

from tocsin.domain.actor import SYSTEM, Actor
from tocsin.domain.alerts.notifying import Pace
from tocsin.domain.catalogue import EscalationPolicy, EscalationStep
from tocsin.domain.effects import Page
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import WORKING_STATUSES

SEVERITIES = ("SEV1", "SEV2", "SEV3", "SEV4")
PEOPLE = ("ana", "bo", "cy", "dee", "mute")
PLANS = ("p1", "p2")
VERDICTS = ("pass", "fail", "inconclusive")
AUDIENCES = ("responders", "stakeholders", "leadership", "customers", "public")
FINGERPRINTS = ("f1", "f2")
PAUSES = (timedelta(0), timedelta(0), MINUTE, 7 * MINUTE)
LADDERS = (
    CATALOGUE.policies[0],
    EscalationPolicy(
        key="ladder",
        repeats=0,
        again_times=1,
        ack_timeout=10 * MINUTE,
        steps=(
            EscalationStep(targets=("person:bo", "person:mute", "person:cy"), round_robin=True, inform=("person:dee",)),
            EscalationStep(targets=("leadership", "oncall_manager"), max_rank=1),
        ),
    ),
)
WATCHFUL = replace(POLICY, catalogue=replace(CATALOGUE, policies=LADDERS[1:]))
POLICIES = (
    POLICY, WATCHFUL, ordered("announce_then_watch"), ordered("close_after"), ordered("unstated", watch=None),
)  # fmt: skip
Move = Callable[[Tape], e.EventBody]
MOVES: tuple[Move, ...] = (
    lambda _: e.Accepted(),
    lambda _: e.Declined(reason="noise"),
    lambda _: e.Cancelled(reason="typo"),
    lambda t: e.Acknowledged(person=t.pick(PEOPLE)),
    lambda t: e.Acknowledged(person=t.pick(PEOPLE)),
    lambda t: e.Unacknowledged(person=t.pick(PEOPLE)),
    lambda t: e.Escalated(call=t.pick(range(8))),
    lambda t: e.Snoozed(until=NOON + t.pick((MINUTE, 20 * MINUTE, DAY, 3 * DAY))),
    lambda t: e.PagingRestarted(call=t.pick(range(8)), policy=t.pick(LADDERS), turn=t.pick(range(3))),
    lambda t: e.RespondersRequested(number=t.pick(range(1, 4)), people=tuple(dict.fromkeys(t.some(PEOPLE, 2)))),
    lambda t: e.ResponderJoined(person=t.pick(PEOPLE)),
    lambda t: e.SeverityChanged(severity=t.pick(SEVERITIES), reason="facts"),
    lambda t: e.StatusChanged(status=t.pick(tuple(WORKING_STATUSES))),
    lambda t: e.RoleTaken(role=t.pick(("commander", "communications", "investigator")), person=t.pick(PEOPLE)),
    lambda t: e.RoleLeft(role=t.pick(("commander", "investigator")), person=t.pick(PEOPLE)),
    lambda t: e.TaskGiven(task=t.pick(("t1", "t2")), title="look"),
    lambda t: e.TaskDone(task=t.pick(("t1", "t2"))),
    lambda t: e.Noted(text="hm", kind=t.pick(("note", "finding"))),
    lambda t: e.UpdatePosted(
        text="news", audiences=tuple(dict.fromkeys(t.some(AUDIENCES, 3))), nothing_new=t.pick(EITHER)
    ),
    lambda t: e.AlertFired(fingerprint=t.pick(FINGERPRINTS), name="x", source="am"),
    lambda t: e.AlertCleared(fingerprint=t.pick(FINGERPRINTS), name="x", source="am"),
    lambda t: e.PolicyAdded(policy=t.pick(("nobody", "ladder", "gone"))),
    lambda t: e.MilestoneReached(name=t.pick(("impact_started", "detected", "mitigated"))),
    lambda t: e.CauseNamed(text="the deploy", confirmed=t.pick(EITHER)),
    lambda _: e.Diagnosed(bundle="b", causes=(), checks=3),
    lambda t: e.MitigationJudged(text="x", outcome="worked", plan=t.pick(PLANS)),
    lambda t: e.GatesChecked(gates=(_seen("errors", t.pick(VERDICTS)), _seen("ready", t.pick(VERDICTS)))),
    lambda _: e.GatesChecked(gates=(_seen("errors", "pass"), _seen("ready", "pass"))),
    lambda t: e.WatchEnded(result=t.pick(("passed", "undecided", "shortened", "regressed")), reason="why"),
    lambda t: e.Resolved(resolution="rolled back", recurrences=t.pick((0, 1))),
    lambda _: e.Resolved(resolution="rolled back"),
    lambda _: e.Reopened(reason="back"),
    lambda _: e.Closed(),
    lambda _: e.Merged(into="i2"),
    lambda _: e.Unmerged(reason="two"),
    lambda t: e.PrivacyChanged(private=t.pick(EITHER)),
    lambda _: e.RunbookStarted(runbook="full", title="Full", digest="d"),
    lambda t: e.RunbookStepped(
        runbook="full",
        step=t.pick(("s1", "s2")),
        text="look",
        result=t.pick(("open", "begun", "done", "failed", "skipped")),
        plan=t.pick(("", "p1")),
    ),
    lambda t: e.MemberChanged(person=t.pick(PEOPLE), removed=t.pick(EITHER)),
    lambda t: e.FollowUpAdded(followup=t.pick(FINGERPRINTS), title="x", owner=t.pick(PEOPLE), due=t.pick((None, NOON))),
    lambda t: e.FollowUpChanged(
        followup=t.pick(FINGERPRINTS),
        status=t.pick((None, "todo", "doing", "done", "dropped")),
        due=t.pick((None, NOON + 3 * DAY)),
    ),
    lambda t: e.PostmortemWritten(section=t.pick(("", "summary")), state=t.pick(("draft", "published"))),
)
ACTORS = (ANA, ANA, BO, CY, ROBOT, PAGERDUTY, SYSTEM)
Watcher = Callable[[Story, e.Event], None]
# A life of thirty moves reads seven bytes a move at most; what it does not read changes nothing.
LIVES = tapes(240)


def _declaration(tape: Tape) -> e.Declared:
    return declared(
        tape.pick(SEVERITIES),
        confirmed=tape.pick(EITHER),
        private=tape.pick((False, False, False, True)),
        mode=tape.pick(("standard", "standard", "drill", "backfill")),
        services=tape.pick((("orders",), ())),
        team=tape.pick(("shop", "lone")),
        policies=tape.pick(((), (), ("nobody", "ladder"), ("gone",))),
        pace=tape.pick((None, _pace(timedelta(0)), _pace(MINUTE / 2))),
    )


def _pace(wait: timedelta) -> Pace:
    return Pace(wait=wait, interval=5 * MINUTE, repeat=4 * HOUR)


def _seen(gate: str, verdict: str) -> e.GateSeen:
    return e.GateSeen(gate=gate, verdict=verdict, observed="", expected="")  # type: ignore[arg-type]  # drawn from the three


def _next(story: Story, tape: Tape) -> e.EventBody:
    """What may happen next: a verb, a timer of the incident coming due, or a page of it failing or arriving."""
    timers = sorted(story.incident.timers)
    pages = [x for x in story.asked if isinstance(x, Page)]
    kind = tape.pick(range(10))
    if kind < 3 and timers:
        name = tape.pick(timers)
        story.now = max(story.now, story.due(name))
        return e.TimerElapsed(name=name, generation=story.incident.timers[name])
    if kind == 3 and pages:
        page = tape.pick(pages)
        return e.DeliveryFailed(key=page.key, kind="page", to=page.person, via=page.method, reason="no answer")
    if kind in {4, 5} and story.incident.open:
        return _planning(story, tape)
    return tape.pick(MOVES)(tape)


def _planning(story: Story, tape: Tape) -> e.EventBody:
    """The next thing that may happen to one of the plans, likely or not."""
    if not story.incident.plans or tape.pick(range(6)) == 0:
        return plan(
            tape.pick(PLANS),
            risk=tape.pick(("low", "high")),
            approvals_needed=tape.pick((0, 1, 2)),
            expires_at=tape.pick((NOON + MINUTE, NOON + 99 * DAY)),
        )
    key = tape.pick(story.incident.plans).plan
    match tape.pick((0, 0, 1, 1, 2, 3)):
        case 0:
            return start(key)
        case 1:
            return approval(tape.pick(("ana", "bo", "cy")), key)
        case 2:
            return e.PlanEnded(plan=key, result=tape.pick(("done", "failed", "stale", "unknown")))
        case _:
            return e.PlanRefused(plan=key, person=tape.pick(PEOPLE))


def live(tape: Tape, watch: Watcher, *, length: int = 30, supersede: bool = False) -> Story:
    """Live the life on `tape` and call `watch` with the story and the event after everything that was not refused."""
    story = Story(tape.pick(POLICIES)).then(_declaration(tape), tape.pick(ACTORS))
    watch(story, story.events[0])
    for _ in range(tape.pick(range(length // 3, length + 1))):
        story.now += tape.pick(PAUSES)
        body = _next(story, tape)
        actor = SYSTEM if isinstance(body, e.TimerElapsed | e.DeliveryFailed) else tape.pick(ACTORS)
        if isinstance(body, e.PlanApproved) and actor is not ROBOT:
            actor = Actor(kind="person", id=body.person)
        old = tape.pick(("", story.events[-1].id)) if supersede else ""
        try:
            story.then(body, actor, supersedes=old)
        except (RefusedError, InvalidError):
            continue
        watch(story, story.events[-1])
    return story
