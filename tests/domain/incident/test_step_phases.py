"""One table says which phase may follow which: every pair in it is possible, every other is refused by name."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from tests.domain.incident.story import REOPENED, RESOLVED, Story, begun, declared, in_triage

from tocsin.domain.errors import RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.phases import OPEN_PHASES, PHASE_TABLE, Phase, next_phase

VERBS: dict[str, e.EventBody] = {
    "accept": e.Accepted(),
    "decline": e.Declined(reason="a support question"),
    "cancel": e.Cancelled(reason="a typo"),
    "merge": e.Merged(into="i2"),
    "unmerge": e.Unmerged(reason="they are two"),
    "resolve": RESOLVED,
    "close": e.Closed(),
    "reopen": REOPENED,
}
PAIRS = list(product(Phase, VERBS))


def standing_at(phase: Phase) -> Story:
    if phase is Phase.TRIAGE:
        return in_triage("SEV4")
    if phase is Phase.DECLINED:
        return in_triage("SEV4").then(VERBS["decline"])
    story = begun("SEV4")
    ways: dict[Phase, list[str]] = {
        Phase.ACTIVE: [],
        Phase.POST_INCIDENT: ["resolve"],
        Phase.CLOSED: ["resolve", "close"],
        Phase.MERGED: ["merge"],
        Phase.CANCELLED: ["cancel"],
    }
    for verb in ways[phase]:
        story.then(VERBS[verb])
    return story


def test_the_table_knows_every_verb() -> None:
    assert {verb for _, verb in PHASE_TABLE} == set(VERBS)


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_can_be_reached(phase: Phase) -> None:
    assert standing_at(phase).incident.phase is phase


@pytest.mark.parametrize(("phase", "verb"), [p for p in PAIRS if p in PHASE_TABLE])
def test_a_pair_of_the_table_leads_where_it_says(phase: Phase, verb: str) -> None:
    assert standing_at(phase).then(VERBS[verb]).incident.phase is PHASE_TABLE[phase, verb]
    assert next_phase(phase, verb) is PHASE_TABLE[phase, verb]


@pytest.mark.parametrize(("phase", "verb"), [p for p in PAIRS if p not in PHASE_TABLE])
def test_every_other_pair_is_refused_by_name(phase: Phase, verb: str) -> None:
    with pytest.raises(RefusedError, match=f"cannot {verb} an incident that is {phase}"):
        next_phase(phase, verb)
    story = standing_at(phase)
    if (phase, verb) == (Phase.ACTIVE, "accept"):
        before = story.incident
        assert story.then(VERBS[verb]).incident.phase is before.phase
        assert not story.last.effects
        return
    with pytest.raises(RefusedError, match=f"cannot {verb} an incident that is {phase}"):
        story.then(VERBS[verb])


@pytest.mark.parametrize(("phase", "verb"), [p for p in PAIRS if p not in PHASE_TABLE])
def test_a_refusal_says_what_may_be_done_instead(phase: Phase, verb: str) -> None:
    with pytest.raises(RefusedError) as refused:
        next_phase(phase, verb)
    assert all(v in refused.value.mend for (p, v) in PHASE_TABLE if p is phase)


NEEDS_OPEN: dict[str, e.EventBody] = {
    "acknowledge": e.Acknowledged(person="ana"),
    "take back an acknowledgement": e.Unacknowledged(person="ana"),
    "change the severity": e.SeverityChanged(severity="SEV2", reason="worse"),
    "change the status": e.StatusChanged(status="fixing"),
    "change the roles": e.RoleTaken(role="commander", person="ana"),
    "give a task": e.TaskGiven(task="t1", title="look"),
    "post an update": e.UpdatePosted(text="hello"),
    "plan for": e.PlanProposed(
        plan="p", hash="h", title="t", steps=(), blast_radius="", undo="", risk="low", expires_at=begun().now
    ),
    "approve a plan": e.PlanApproved(plan="p", hash="h", person="ana"),
    "run a plan": e.PlanStarted(plan="p", hash="h"),
}


@pytest.mark.parametrize("verb", NEEDS_OPEN)
@pytest.mark.parametrize("phase", [p for p in Phase if p not in OPEN_PHASES])
def test_nobody_works_on_an_incident_that_is_not_open(phase: Phase, verb: str) -> None:
    story = standing_at(phase)
    with pytest.raises(RefusedError, match=f"cannot {verb}.*: INC-1 is {phase}") as refused:
        story.then(NEEDS_OPEN[verb])
    expected = "It went on in the incident it was merged into." if phase is Phase.MERGED else "Reopen it first."
    assert refused.value.mend == expected


def test_an_incident_begins_with_its_declaration() -> None:
    with pytest.raises(RefusedError, match="begins with its declaration"):
        Story().then(e.Noted(text="hello"))


def test_a_second_declaration_changes_nothing() -> None:
    story = begun()
    before = story.incident
    story.then(declared("SEV3", title="Something else"))
    assert replace(story.incident, seq=before.seq) == before
    assert not story.last.effects


@pytest.mark.parametrize(
    ("body", "phase"),
    [
        (e.Declined(reason=" "), Phase.TRIAGE),
        (e.Cancelled(reason=""), Phase.ACTIVE),
        (e.Reopened(reason=" "), Phase.CLOSED),
        (e.Unmerged(reason=""), Phase.MERGED),
    ],
)
def test_what_undoes_something_needs_a_reason(body: e.EventBody, phase: Phase) -> None:
    with pytest.raises(RefusedError, match="reason"):
        standing_at(phase).then(body)
