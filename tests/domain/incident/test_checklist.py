"""Checklists tick themselves from the record, and people have the last word."""

from __future__ import annotations

from tests.domain.incident.logs import DECLARED, PACK, fold, log

from tocsin.domain.incident import events as e
from tocsin.domain.incident.checklist import FACTS, checklists, holds
from tocsin.domain.incident.events import Event

OPENED = log(("14:00", DECLARED))


def ticked(events: list[Event]) -> dict[str, tuple[bool, str]]:
    views = checklists(fold(events), PACK, events)
    return {item.key: (item.done, item.by) for view in views for item in view.items}


def test_nothing_is_ticked_at_first() -> None:
    assert set(ticked(OPENED).values()) == {(False, "")}


def test_events_tick_items() -> None:
    known = log(
        ("14:00", DECLARED),
        ("14:01", e.Acknowledged(person="ana")),
        ("14:02", e.RoleTaken(role="commander", person="ana")),
        ("14:03", e.UpdatePosted(text="Looking", audiences=("public",))),
    )
    found = ticked(known)
    assert found["first/ack"] == found["first/command"] == found["first/tell"] == (True, "event")
    assert found["first/look"] == (False, "")


def test_a_role_given_back_is_open_again() -> None:
    known = log(
        ("14:00", DECLARED),
        ("14:02", e.RoleTaken(role="commander", person="ana")),
        ("14:03", e.RoleLeft(role="commander", person="ana")),
    )
    assert ticked(known)["first/command"] == (False, "")


def test_a_hand_has_the_last_word_both_ways() -> None:
    known = log(
        ("14:00", DECLARED),
        ("14:01", e.Acknowledged(person="ana")),
        ("14:02", e.ChecklistTicked(item="first/ack", done=False)),
        ("14:03", e.ChecklistTicked(item="look")),
    )
    found = ticked(known)
    assert found["first/ack"] == (False, "hand")
    assert found["first/look"] == (True, "hand")


def test_a_short_key_that_two_lists_share_ticks_neither() -> None:
    known = log(("14:00", DECLARED), ("14:03", e.ChecklistTicked(item="tell")))
    assert ticked(known)["first/tell"] == ticked(known)["after/tell"] == (False, "")


def test_all_of_several_facts_must_hold() -> None:
    gate = e.GateSeen(gate="errors", verdict="pass", observed="0", expected="< 1 %")
    known = log(("14:00", DECLARED), ("14:05", e.GatesChecked(gates=(gate,))))
    assert ticked(known)["after/tell"] == (False, "")
    known = log(
        ("14:00", DECLARED),
        ("14:05", e.GatesChecked(gates=(gate,))),
        ("14:20", e.WatchEnded(result="passed")),
        ("14:21", e.Resolved(resolution="done")),
    )
    assert ticked(known)["after/tell"] == (True, "event")


def test_a_list_for_other_severities_is_left_out() -> None:
    known = log(("14:00", e.Declared(title="x", severity="SEV3", ref="INC-1")))
    assert [view.key for view in checklists(fold(known), PACK)] == ["first"]


def test_every_fact_can_be_asked_and_an_unknown_one_never_holds() -> None:
    incident = fold(OPENED)
    for fact in FACTS:
        assert holds(fact, incident, PACK, frozenset()) in {True, False}
    assert not holds("weather", incident, PACK, frozenset())
    assert not holds("role:commander", incident, PACK, frozenset())


def test_a_view_counts_what_is_done() -> None:
    view = checklists(fold(log(("14:00", DECLARED), ("14:01", e.Acknowledged(person="ana")))), PACK)[0]
    assert (view.done, len(view.items)) == (1, 4)
