"""The timeline and the milestones are projections by the time things were true."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from tests.domain.incident.logs import DECLARED, clock, correct, log

from tocsin.domain.actor import Actor
from tocsin.domain.catalogue import EscalationPolicy
from tocsin.domain.impact import Impact
from tocsin.domain.incident import events as e
from tocsin.domain.incident.codec import TYPES
from tocsin.domain.incident.phases import Status
from tocsin.domain.incident.timeline import MILESTONES, effective, entries, errors, milestones, say, warnings

PASS = e.GateSeen(gate="errors", verdict="pass", observed="0.1 %", expected="< 1 %")
FAIL = e.GateSeen(gate="errors", verdict="fail", observed="15 %", expected="< 1 %")


# One incident of the SRE book, by its figures: minutes between the stamps are what the book gives.
SRE_465 = log(
    ("15:01", e.Declared(title="Search is down", severity="SEV1", ref="INC-465")),
    ("14:54", e.MilestoneReached(name="impact_started")),
    ("14:55", e.AlertFired(fingerprint="a", name="ManyHTTP500s")),
    ("14:57", e.Delivered(key="i1/page/1/ana/mail", kind="page", to="ana", via="email")),
    ("14:58", e.Acknowledged(person="ana")),
    ("15:10", e.CauseNamed(text="a latent bug met a query of death", confirmed=True)),
    ("15:20", e.UpdatePosted(text="Still looking")),
    ("15:36", e.StatusChanged(status=Status.MONITORING)),
    ("16:00", e.MilestoneReached(name="impact_ended")),
    ("16:30", e.Resolved(resolution="More capacity")),
)


SOME: dict[object, object] = {
    str: "something",
    bool: True,
    datetime: datetime(2026, 1, 20, tzinfo=UTC),
    int: 3,
    Status: Status.FIXING,
    Impact: Impact(users_affected=5),
    EscalationPolicy: EscalationPolicy(key="ladder", steps=()),
    tuple[str, ...]: ("one", "two"),
}


def body_of(kind: type[e.EventBody]) -> e.EventBody:
    """Return an event's body with something in every field that has no default."""
    hints = get_type_hints(kind)
    needed = [f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING]
    return kind(**{name: _some(hints[name]) for name in needed})


def _some(hint: object) -> object:
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    return SOME.get(hint, ())


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_event_has_a_plain_sentence(name: str) -> None:
    said = say(body_of(TYPES[name]), {})

    assert said.text
    assert "does not know" not in said.text, "that is for events of a newer version only"
    assert "\n" not in said.text
    assert "{" not in said.text
    assert not said.text.endswith((":", " "))


def test_people_are_named_where_their_names_are_known() -> None:
    said = say(e.Acknowledged(person="ana"), {"ana": "Ana Ruiz"})
    assert said.text == "Acknowledged by Ana Ruiz"


@pytest.mark.parametrize(
    "body",
    [
        e.Acknowledged(person="ana"),
        e.Unacknowledged(person="ana"),
        e.RoleTaken(role="commander", person="ana"),
        e.RoleLeft(role="commander", person="ana"),
        e.TaskGiven(task="t", title="look", owner="ana"),
        e.MemberChanged(person="ana"),
        e.PlanApproved(plan="p", hash="h", person="ana"),
        e.PlanRefused(plan="p", person="ana"),
        e.FollowUpAdded(followup="f", title="test it", owner="ana"),
        e.FollowUpChanged(followup="f", owner="ana"),
        e.Delivered(key="k", kind="page", to="ana", via="sms"),
        e.DeliveryFailed(key="k", kind="page", to="ana", via="sms", reason="busy"),
    ],
    ids=lambda body: type(body).__name__,
)
def test_every_sentence_about_a_person_says_their_name_and_for_want_of_one_their_key(body: e.EventBody) -> None:
    named, bare = say(body, {"ana": "Ada Ruiz"}).text, say(body, {}).text
    assert named == bare.replace("ana", "Ada Ruiz")
    assert "Ada Ruiz" in named
    known = log(("14:00", DECLARED), ("14:01", body))
    assert "Ada Ruiz" in "".join((x.text + "".join(x.details)) for x in entries(known, names={"ana": "Ada Ruiz"}))


def test_every_event_that_holds_a_person_is_in_that_list() -> None:
    holding = {name for name, kind in TYPES.items() if {f.name for f in fields(kind)} & {"person", "owner", "to"}}
    marks = test_every_sentence_about_a_person_says_their_name_and_for_want_of_one_their_key.pytestmark
    assert holding == {type(body).__name__ for body in marks[0].args[1]}


def test_who_recorded_it_is_named_but_a_sender_is_not_taken_for_a_person_of_that_key() -> None:
    known = log(("14:00", DECLARED), *(("14:01", e.Noted(text=f"n{n}")) for n in range(3)))
    actors = (
        Actor(kind="person", id="ana"),
        Actor(kind="agent", id="ana", on_behalf_of="ana"),
        Actor(kind="integration", id="ana"),
    )
    said = [replace(known[n + 1], actor=actor) for n, actor in enumerate(actors)]
    listed = entries([known[0], *said], names={"ana": "Ada Ruiz"})
    assert [line.who for line in listed[1:]] == ["Ada Ruiz", "ana for Ada Ruiz", "ana"]


def test_a_correction_replaces_and_shows_what_was_first_entered() -> None:
    known = log(("14:00", DECLARED), ("14:12", e.StatusChanged(status=Status.IDENTIFIED)))
    known = correct(known, 2, e.StatusChanged(status=Status.IDENTIFIED), at="14:10", recorded="14:20")

    last = entries(known)[-1]

    assert (last.at, last.text) == (clock("14:10"), "Status: identified")
    assert last.corrected_from is not None
    assert last.corrected_from.at == clock("14:12")
    assert milestones(known)["identified"].at == clock("14:10")


def test_a_correction_of_a_correction_stands_once_and_still_shows_the_first_entry() -> None:
    known = log(("14:00", DECLARED), ("14:12", e.Noted(text="fisrt")))
    known = correct(known, 2, e.Noted(text="first"), at="14:11", recorded="14:20")
    known = correct(known, 3, e.Noted(text="first, again"), at="14:10", recorded="14:21")

    notes = [line for line in entries(known) if line.kind == "note"]

    assert [(n.at, n.text) for n in notes] == [(clock("14:10"), "first, again")]
    assert notes[0].corrected_from is not None
    assert notes[0].corrected_from.text == "fisrt"


def test_of_two_corrections_of_one_event_the_newest_stands() -> None:
    known = log(("14:00", DECLARED), ("14:12", e.Noted(text="a")))
    known = correct(known, 2, e.Noted(text="b"), at="14:12", recorded="14:20")
    known = correct(known, 2, e.Noted(text="c"), at="14:12", recorded="14:21")
    assert [line.text for line in entries(known) if line.kind == "note"] == ["c"]


def test_a_withdrawn_event_counts_nowhere_but_stays_readable() -> None:
    known = log(("14:00", DECLARED), ("14:02", e.Acknowledged(person="ana")))
    known = correct(known, 2, e.Retracted(reason="pressed by accident"), at="14:30", recorded="14:30")

    assert "acknowledged" not in milestones(known)
    assert [type(x.body) for x in effective(known)] == [e.Declared]
    last = entries(known)[-1]
    assert (last.at, last.text, last.withdrawn) == (clock("14:02"), "Withdrawn: pressed by accident", True)
    assert last.corrected_from is not None
    assert last.corrected_from.text == "Acknowledged by ana"


def test_withdrawing_a_retraction_or_a_correction_brings_back_what_stood_before() -> None:
    known = log(("14:00", DECLARED), ("14:02", e.Noted(text="as it was")))
    known = correct(known, 2, e.Retracted(reason="no"), at="14:30", recorded="14:30")
    known = correct(known, 3, e.Retracted(reason="yes after all"), at="14:31", recorded="14:31")
    assert [x.body for x in effective(known)][1:] == [e.Noted(text="as it was")]

    known = correct(known, 2, e.Noted(text="wrong"), at="14:02", recorded="14:32")
    assert [x.body for x in effective(known)][1:] == [e.Noted(text="wrong")]
    known = correct(known, 5, e.Retracted(reason="the correction was wrong"), at="14:33", recorded="14:33")
    assert [x.body for x in effective(known)][1:] == [e.Noted(text="as it was")]


def test_withdrawing_a_corrected_event_withdraws_its_corrections_too() -> None:
    known = log(("14:00", DECLARED), ("14:02", e.Noted(text="a")))
    known = correct(known, 2, e.Noted(text="b"), at="14:02", recorded="14:20")
    known = correct(known, 2, e.Retracted(reason="never happened"), at="14:30", recorded="14:30")
    assert [type(x.body) for x in effective(known)] == [e.Declared]


def test_a_correction_of_something_unknown_is_an_event_of_its_own() -> None:
    known = correct(log(("14:00", DECLARED)), 99, e.Noted(text="hm"), at="14:02", recorded="14:02")
    assert [line.text for line in entries(known)][1:] == ["hm"]


def test_thousands_of_corrections_in_one_chain_are_no_trouble() -> None:
    known = log(*[("14:00", DECLARED)], *[("14:02", e.Noted(text=str(n))) for n in range(3000)])
    chain = [known[0], known[1], *(replace(x, supersedes=f"e{x.seq - 1}") for x in known[2:])]
    assert [x.body for x in effective(chain)][1:] == [e.Noted(text="2999")]


def test_what_was_known_then_is_a_question() -> None:
    known = log(("14:00", DECLARED), ("14:12", e.MilestoneReached(name="impact_started")))
    known = correct(known, 2, e.MilestoneReached(name="impact_started"), at="13:50", recorded="15:00")

    assert milestones(known)["impact_started"].at == clock("13:50")
    assert milestones(known, as_known_at=clock("14:30"))["impact_started"].at == clock("14:12")
    assert "impact_started" not in milestones(known, as_known_at=clock("14:05"))
    assert len(entries(known, as_known_at=clock("14:05"))) == 1


def test_machine_noise_is_summed_up() -> None:
    known = log(
        ("14:00", DECLARED),
        ("14:01", e.Delivered(key="i1/page/1/ana/mail", kind="page", to="ana", via="email")),
        ("14:01", e.DeliveryFailed(key="i1/page/1/bo/sms", kind="page", to="bo", via="sms", reason="no such number")),
        ("14:02", e.Delivered(key="i1/tell/1/initial/stakeholders/mail", kind="message", to="mail", via="email")),
        ("14:02", e.Delivered(key="i1/tell/1/initial/stakeholders/chat", kind="message", to="chat", via="slack")),
        ("14:15", e.TimerElapsed(name="update_due", generation=1)),
        ("14:15", e.TimerElapsed(name="update_nag", generation=1)),
        ("14:15", e.Delivered(key="i1/remind/7/update_due/ana", kind="reminder", to="ana", via="email")),
        ("14:20", e.Delivered(key="i1/remind/9/update_due/ana", kind="reminder", to="ana", via="email")),
        ("14:21", e.TimerElapsed(name="tell/0", generation=1)),
        ("14:22", e.TimerElapsed(name="notify/page/ana", generation=1)),
    )

    lines = entries(known)

    assert [line.text for line in lines[1:]] == [
        "Paged ana by email",
        "Stakeholders told: 2/2 delivered",
        "An update was due and had not been posted",
        "Reminded ana: update due (2 times, last 14:20:00 UTC)",
    ]
    assert lines[1].details == ("bo by sms not reached: no such number",)
    assert lines[1].who == "Tocsin"
    assert say(known[-1].body, {"ana": "Ana"}).text == "Nobody has answered: the next way to reach Ana is due"


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ("leadership", "Reminded bo: leadership is told of this severity"),
        ("ack_by", "Reminded bo: nobody has acknowledged"),
        ("commander_by", "Reminded bo: there is no incident commander"),
        ("phase/first_steps", "Reminded bo: phase first steps"),
    ],
)
def test_a_reminder_says_in_words_what_it_was_about(about: str, says: str) -> None:
    nudge = e.Delivered(key=f"i1/remind/7/{about}/bo", kind="reminder", to="bo", via="email")
    assert entries(log(("14:00", DECLARED), ("14:01", nudge)))[-1].text == says


def test_a_page_that_reached_nobody_says_so() -> None:
    failed = e.DeliveryFailed(key="i1/page/1/bo/sms", kind="page", to="bo", via="sms", reason="no such number")
    assert entries(log(("14:00", DECLARED), ("14:01", failed)))[-1].text == "No page delivered (0/1 delivered)"


def test_a_note_keeps_its_lines_and_its_pin() -> None:
    line = entries(log(("14:00", DECLARED), ("14:05", e.Noted(text="48 of 50\nidle", kind="finding", pinned=True))))[-1]
    assert (line.kind, line.text, line.details, line.pinned) == ("finding", "48 of 50", ("idle",), True)


def test_milestones_follow_from_events_and_say_why() -> None:
    stamps = milestones(SRE_465)

    assert list(stamps) == [name for name in MILESTONES if name != "closed"]
    assert stamps["detected"].because == "an alert fired"
    assert (stamps["impact_started"].source, stamps["notified"].source) == ("stated", "auto")
    assert stamps["notified"].at == clock("14:57")


def test_a_report_without_an_alert_is_the_detection() -> None:
    assert milestones(log(("14:25", DECLARED)))["detected"].because == "reported"


def test_impact_start_is_unknown_until_somebody_states_it() -> None:
    assert "impact_started" not in milestones(log(("14:25", DECLARED)))


def test_a_stated_stamp_counts_before_what_follows_from_events() -> None:
    known = log(
        ("14:25", DECLARED),
        ("14:26", e.Acknowledged(person="ana")),
        ("14:24", e.MilestoneReached(name="acknowledged")),
        ("14:23", e.MilestoneReached(name="acknowledged")),
    )
    stamp = milestones(known)["acknowledged"]
    assert (stamp.at, stamp.source) == (clock("14:23"), "stated")


def test_a_reopening_takes_back_the_endings() -> None:
    known = log(
        ("14:00", DECLARED),
        ("14:10", e.MilestoneReached(name="impact_ended")),
        ("14:20", e.Resolved(resolution="restarted")),
        ("14:30", e.Reopened(reason="it is back")),
    )
    assert not {"mitigated", "impact_ended", "resolved"} & set(milestones(known))

    known += log(*[("14:00", DECLARED)] * 4, ("14:50", e.Resolved(resolution="rolled back")))[4:]
    assert milestones(known)["resolved"].at == clock("14:50")


def test_a_gate_that_fails_again_takes_back_the_mitigation() -> None:
    known = log(
        ("14:00", DECLARED),
        ("14:10", e.GatesChecked(gates=(PASS,))),
        ("14:12", e.GatesChecked(gates=(FAIL,))),
        ("14:20", e.GatesChecked(gates=(PASS,))),
    )
    assert milestones(known[:2])["mitigated"].at == clock("14:10")
    assert "mitigated" not in milestones(known[:3])
    assert milestones(known)["mitigated"].at == clock("14:20")


def test_a_cause_named_in_the_review_says_nothing_about_when_it_was_identified() -> None:
    known = log(
        ("14:00", DECLARED),
        ("14:20", e.Resolved(resolution="restarted")),
        ("15:00", e.CauseNamed(text="a leak", confirmed=True)),
        ("16:00", e.Reopened(reason="it is back")),
        ("16:10", e.CauseNamed(text="another leak")),
    )
    assert "identified" not in milestones(known[:3])
    assert milestones(known)["identified"].at == clock("16:10")


def test_resolved_without_a_mitigation_is_mitigated_by_then_and_says_so() -> None:
    stamp = milestones(log(("14:00", DECLARED), ("14:20", e.Resolved(resolution="gone"))))["mitigated"]
    assert (stamp.at, stamp.because) == (clock("14:20"), "resolved; no earlier mitigation is on record")


def test_nothing_may_be_before_the_start_of_the_impact() -> None:
    known = log(
        ("14:00", DECLARED),
        ("14:05", e.StatusChanged(status=Status.MONITORING)),
        ("14:10", e.MilestoneReached(name="impact_started")),
    )
    assert errors(milestones(known)) == (
        "detected (14:00:00 UTC) is before the start of the impact (14:10:00 UTC)",
        "declared (14:00:00 UTC) is before the start of the impact (14:10:00 UTC)",
        "mitigated (14:05:00 UTC) is before the start of the impact (14:10:00 UTC)",
    )


def test_an_odd_order_is_a_warning() -> None:
    known = log(
        ("14:00", DECLARED),
        ("14:01", e.Acknowledged(person="ana")),
        ("14:02", e.Delivered(key="i1/page/1/ana/mail", kind="page", to="ana", via="email")),
    )
    stamps = milestones(known)
    assert errors(stamps) == ()
    assert warnings(stamps) == ("acknowledged (14:01:00 UTC) is before notified (14:02:00 UTC)",)
    assert warnings(milestones(SRE_465)) == ()
