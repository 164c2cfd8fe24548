"""Random lives of an incident: whatever people, machines and clocks may do next, drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st
from tests.domain.incident.story import (
    ANA,
    BO,
    CY,
    MINUTE,
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

from tocsin.domain.actor import SYSTEM, Actor
from tocsin.domain.effects import Page
from tocsin.domain.errors import RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import WORKING_STATUSES

SEVERITIES = st.sampled_from(["SEV1", "SEV2", "SEV3", "SEV4"])
PEOPLE = st.sampled_from(["ana", "bo", "cy", "dee", "mute"])
PLANS = st.sampled_from(["p1", "p2"])
VERDICTS = st.sampled_from(["pass", "fail", "inconclusive"])
AUDIENCES = st.lists(
    st.sampled_from(["responders", "stakeholders", "leadership", "customers", "public"]), max_size=3, unique=True
).map(tuple)
PAUSES = st.sampled_from([timedelta(0), timedelta(0), MINUTE, 7 * MINUTE])
POLICIES = st.sampled_from(
    [POLICY, ordered("announce_then_watch"), ordered("close_after"), ordered("unstated", watch=None)]
)
DECLARATIONS = st.builds(
    declared,
    SEVERITIES,
    confirmed=st.booleans(),
    private=st.sampled_from([False, False, False, True]),
    mode=st.sampled_from(["standard", "standard", "drill", "backfill"]),
    services=st.sampled_from([("orders",), ()]),
    team=st.sampled_from(["shop", "lone"]),
)
BODIES: list[st.SearchStrategy[e.EventBody]] = [
    st.builds(e.Accepted),
    st.builds(e.Declined, reason=st.just("noise")),
    st.builds(e.Cancelled, reason=st.just("typo")),
    st.builds(e.Acknowledged, person=PEOPLE),
    st.builds(e.Acknowledged, person=PEOPLE),
    st.builds(e.Unacknowledged, person=PEOPLE),
    st.builds(e.SeverityChanged, severity=SEVERITIES, reason=st.just("facts")),
    st.builds(e.StatusChanged, status=st.sampled_from(WORKING_STATUSES)),
    st.builds(e.RoleTaken, role=st.sampled_from(["commander", "communications", "investigator"]), person=PEOPLE),
    st.builds(e.RoleLeft, role=st.sampled_from(["commander", "investigator"]), person=PEOPLE),
    st.builds(e.TaskGiven, task=st.sampled_from(["t1", "t2"]), title=st.just("look")),
    st.builds(e.TaskDone, task=st.sampled_from(["t1", "t2"])),
    st.builds(e.Noted, text=st.just("hm"), kind=st.sampled_from(["note", "finding"])),
    st.builds(e.UpdatePosted, text=st.just("news"), audiences=AUDIENCES, nothing_new=st.booleans()),
    st.builds(e.AlertFired, fingerprint=st.sampled_from(["f1", "f2"]), name=st.just("x"), source=st.just("am")),
    st.builds(e.AlertCleared, fingerprint=st.sampled_from(["f1", "f2"]), name=st.just("x"), source=st.just("am")),
    st.builds(e.MilestoneReached, name=st.sampled_from(["impact_started", "detected", "mitigated"])),
    st.builds(e.CauseNamed, text=st.just("the deploy"), confirmed=st.booleans()),
    st.builds(e.Diagnosed, bundle=st.just("b"), causes=st.just(()), checks=st.just(3)),
    st.builds(e.RunbookStarted, runbook=st.just("full"), title=st.just("Full"), digest=st.just("d")),
    st.builds(
        e.RunbookStepped,
        runbook=st.just("full"),
        step=st.sampled_from(["s1", "s2"]),
        text=st.just("look"),
        result=st.sampled_from(["open", "begun", "done", "failed", "skipped"]),
        plan=st.sampled_from(["", "p1"]),
    ),
    st.builds(e.MitigationJudged, text=st.just("x"), outcome=st.just("worked"), plan=PLANS),
    st.builds(
        lambda a, b: e.GatesChecked(gates=(_seen("errors", a), _seen("ready", b))),
        VERDICTS,
        VERDICTS,
    ),
    st.builds(lambda: e.GatesChecked(gates=(_seen("errors", "pass"), _seen("ready", "pass")))),
    st.builds(e.WatchEnded, result=st.sampled_from(["passed", "shortened", "regressed"]), reason=st.just("why")),
    st.builds(e.Resolved, resolution=st.just("rolled back"), recurrences=st.integers(0, 1)),
    st.builds(e.Resolved, resolution=st.just("rolled back")),
    st.builds(e.Reopened, reason=st.just("back")),
    st.builds(e.Closed),
    st.builds(e.Merged, into=st.just("i2")),
    st.builds(e.Unmerged, reason=st.just("two")),
    st.builds(e.PrivacyChanged, private=st.booleans()),
    st.builds(e.MemberChanged, person=PEOPLE, removed=st.booleans()),
    st.builds(
        e.FollowUpAdded,
        followup=st.sampled_from(["f1", "f2"]),
        title=st.just("x"),
        owner=PEOPLE,
        due=st.sampled_from([None, Story().now]),
    ),
    st.builds(
        e.FollowUpChanged,
        followup=st.sampled_from(["f1", "f2"]),
        status=st.sampled_from([None, "todo", "doing", "done", "dropped"]),
        due=st.sampled_from([None, Story().now + timedelta(days=3)]),
    ),
    st.builds(
        e.PostmortemWritten, section=st.sampled_from(["", "summary"]), state=st.sampled_from(["draft", "published"])
    ),
]
PROPOSALS: st.SearchStrategy[e.EventBody] = st.builds(
    plan,
    PLANS,
    risk=st.sampled_from(["low", "high"]),
    approvals_needed=st.integers(0, 2),
    expires_at=st.sampled_from([Story().now + MINUTE, Story().now + timedelta(days=99)]),
)
ACTORS = st.sampled_from([ANA, ANA, BO, CY, ROBOT, PAGERDUTY, SYSTEM])
Watcher = Callable[[Story, e.Event], None]


def _seen(gate: str, verdict: str) -> e.GateSeen:
    return e.GateSeen(gate=gate, verdict=verdict, observed="", expected="")  # type: ignore[arg-type]  # drawn from the three


def _bodies(story: Story, data: st.DataObject) -> e.EventBody:
    """What may happen next: a verb, a timer of the incident coming due, or a page of it failing or arriving."""
    timers = sorted(story.incident.timers)
    pages = [x for x in story.asked if isinstance(x, Page)]
    kind = data.draw(st.integers(0, 9))
    if kind < 3 and timers:
        name = data.draw(st.sampled_from(timers))
        story.now = max(story.now, story.due(name))
        return e.TimerElapsed(name=name, generation=story.incident.timers[name])
    if kind == 3 and pages:
        page = data.draw(st.sampled_from(pages))
        return e.DeliveryFailed(key=page.key, kind="page", to=page.person, via=page.method, reason="no answer")
    if kind in {4, 5} and story.incident.open:
        return _planning(story, data)
    return data.draw(st.sampled_from(BODIES).flatmap(lambda bodies: bodies))


def _planning(story: Story, data: st.DataObject) -> e.EventBody:
    """The next thing that may happen to one of the plans, likely or not."""
    if not story.incident.plans or data.draw(st.integers(0, 5)) == 0:
        return data.draw(PROPOSALS)
    key = data.draw(st.sampled_from(story.incident.plans)).plan
    ways: list[st.SearchStrategy[e.EventBody]] = [
        st.just(start(key)),
        st.builds(approval, st.sampled_from(["ana", "bo", "cy"]), st.just(key)),
        st.builds(e.PlanEnded, plan=st.just(key), result=st.sampled_from(["done", "failed", "stale", "unknown"])),
        st.builds(e.PlanRefused, plan=st.just(key), person=PEOPLE),
    ]
    return data.draw(ways[data.draw(st.sampled_from([0, 0, 1, 1, 2, 3]))])


def live(data: st.DataObject, watch: Watcher, *, length: int = 30, supersede: bool = False) -> Story:
    """Live a random life and call `watch` with the story and the event after everything that was not refused."""
    story = Story(data.draw(POLICIES)).then(data.draw(DECLARATIONS), data.draw(ACTORS))
    watch(story, story.events[0])
    for _ in range(data.draw(st.integers(length // 3, length))):
        story.now += data.draw(PAUSES)
        body = _bodies(story, data)
        actor = SYSTEM if isinstance(body, e.TimerElapsed | e.DeliveryFailed) else data.draw(ACTORS)
        if isinstance(body, e.PlanApproved) and actor is not ROBOT:
            actor = Actor(kind="person", id=body.person)
        old = data.draw(st.sampled_from(["", story.events[-1].id])) if supersede else ""
        try:
            story.then(body, actor, supersedes=old)
        except RefusedError:
            continue
        watch(story, story.events[-1])
    return story
