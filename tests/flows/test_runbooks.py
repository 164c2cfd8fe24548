"""Runbooks in use: started from the configuration in force, carried out through the roads there are, and remembered."""

from __future__ import annotations

from typing import Any

import pytest
from tests.flows.test_mitigate import Switch
from tests.flows.world import ANA, BO, CONFIGURATION, World, catalogue

from tocsin.config.runbooks import shipped_runbooks
from tocsin.domain.actor import SYSTEM
from tocsin.domain.diagnosis.facts import Bundle
from tocsin.domain.diagnosis.facts.http import HttpFacts, HttpPage
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.events import CauseSeen, Diagnosed, PlanProposed, RunbookStarted, RunbookStepped
from tocsin.domain.visibility import WORKER
from tocsin.flows import queries
from tocsin.flows.configure import apply
from tocsin.flows.handle import Change, handle
from tocsin.flows.queries import FollowedView, StepView
from tocsin.flows.runbooks import Outcome, Place, carry_out, mark_step, start_runbook

OWN = """
runbooks:
  stuck:
    title: Orders are stuck
    when: {causes: [lock_chain], symptoms: [orders fail]}
    steps:
      - {key: see, kind: look, text: "Look at {{ service.name }}", checks: [http.status], command: "queue {{ service.name }}"}
      - {key: flip, kind: do, text: "Flip it", action: switch, params: {to: "on"}, otherwise: "Call {{ service.owner }}"}
      - {key: byhand, kind: do, text: Pull the plug, command: "pull plug", otherwise: Push it back}
      - {key: agree, kind: ask, text: Agree on it}
      - {key: prove, kind: verify, text: Prove it, gates: [ready], otherwise: Go on}
      - {key: pods, kind: verify, text: Count pods, gates: [pods_ready], otherwise: Go on}
"""
LEAK = CauseSeen(key="session_leak", title="shop leaks sessions", state="confirmed", score=0.97)


def named(name: str) -> str:
    """The configuration with another name of the service."""
    return CONFIGURATION.replace("name: Shop", f"name: {name}") + OWN


@pytest.fixture
def world() -> World:
    made = World(text=named("Shop"), more={"actions": {"switch": Switch()}})
    made.declare()
    return made


def ref(world: World) -> str:
    return world.incident().ref


def begin(world: World, key: str = "stuck") -> FollowedView:
    start_runbook(world.engine, ref(world), key, ANA)
    return followed(world)


def followed(world: World) -> FollowedView:
    (only,) = queries.incident_runbooks(world.engine, WORKER, ref(world)).followed
    return only


def step(world: World, key: str) -> StepView:
    return next(s for s in followed(world).steps if s.key == key)


def mark(world: World, key: str, **outcome: Any) -> None:
    mark_step(world.engine, ref(world), Place(runbook="stuck", step=key), Outcome(**outcome), BO)


def run(world: World, key: str) -> None:
    carry_out(world.engine, ref(world), Place(runbook="stuck", step=key), ANA)


def test_the_shipped_runbooks_and_the_teams_own_are_in_force(world: World) -> None:
    keys = [line.key for line in queries.runbooks(world.engine)]

    assert keys == sorted([*(book.key for book in shipped_runbooks()), "stuck"])


def test_a_runbook_is_shown_filled_in_for_a_service(world: World) -> None:
    shown = queries.runbook(world.engine, "stuck", service="shop")

    assert shown.steps[0].text == "Look at Shop"
    assert queries.runbook(world.engine, "stuck").steps[0].command == "queue 'the service'"
    with pytest.raises(InvalidError, match="no runbook is called 'stick'"):
        queries.runbook(world.engine, "stick")
    with pytest.raises(InvalidError, match="no service is called 'shed'"):
        queries.runbook(world.engine, "stuck", service="shed")


def test_what_is_put_into_a_command_is_quoted_for_the_shell_it_is_copied_into() -> None:
    world = World(text=named('"Shop; reboot"'))
    world.declare()

    shown = begin(world)

    assert shown.steps[0].command == "queue 'Shop; reboot'"
    assert shown.steps[0].text == "Look at Shop; reboot"


def test_a_started_runbook_says_why_and_stays_as_it_was(world: World) -> None:
    begin(world)
    apply(world.engine, catalogue(named("Shop").replace("Look at", "Stare at")), "cat")

    (event,) = world.events(RunbookStarted)
    assert isinstance(event.body, RunbookStarted)
    assert event.body.reasons == ("it is written: orders fail",)
    assert step(world, "see").text == "Look at Shop"
    assert queries.runbook(world.engine, "stuck", service="shop").steps[0].text == "Stare at Shop"


def test_started_twice_it_is_recorded_once(world: World) -> None:
    begin(world)
    begin(world)

    assert len(world.events(RunbookStarted)) == 1


def test_a_runbook_that_is_taken_out_of_the_file_is_gone_for_new_incidents_only(world: World) -> None:
    begin(world)
    apply(world.engine, catalogue(CONFIGURATION), "cat")

    assert "stuck" not in {line.key for line in queries.runbooks(world.engine)}
    assert followed(world).key == "stuck"
    mark(world, "see", result="done")


def test_an_unknown_runbook_or_step_is_refused_with_those_there_are(world: World) -> None:
    with pytest.raises(InvalidError, match="no runbook is called 'nothing'") as unknown:
        start_runbook(world.engine, ref(world), "nothing", ANA)
    assert "stuck" in unknown.value.mend
    with pytest.raises(RefusedError, match="does not follow runbook 'stuck'"):
        mark(world, "see", result="done")
    begin(world)
    with pytest.raises(InvalidError, match="no step 'x'") as step_unknown:
        mark(world, "x", result="done")
    assert "see, flip, byhand" in step_unknown.value.mend


def test_a_step_is_marked_by_its_key_or_number_with_who_and_why(world: World) -> None:
    begin(world)
    mark(world, "1", result="failed", note=" no access ")

    shown = step(world, "see")
    assert (shown.result, shown.note, shown.by) == ("failed", "no access", "bo")
    assert followed(world).next == "flip"
    (event,) = world.events(RunbookStepped)
    assert isinstance(event.body, RunbookStepped)
    assert event.body.text == "Look at Shop"


def test_a_decision_is_marked_with_what_was_decided(world: World) -> None:
    begin(world)
    with pytest.raises(InvalidError, match="a decision needs its words"):
        mark(world, "agree", result="done")
    mark(world, "agree", result="done", note="we pull it")

    assert step(world, "agree").note == "we pull it"


def test_a_look_asks_for_a_diagnosis_and_then_shows_what_its_checks_found(world: World) -> None:
    begin(world)
    run(world, "see")

    assert {"asked": True} in [job.payload for job in world.jobs("diagnose")]
    assert step(world, "see").result == "begun"
    key = f"{world.incident().id}/b1"
    pages = (HttpPage(role="endpoint", url="https://shop.example.com", status=503),)
    now = world.clock()
    bundle = Bundle(started_at=now, ended_at=now, http=(HttpFacts(target="shop/web", at=now, pages=pages),))
    with world.store.transaction() as tx:
        tx.put_bundle(key, world.incident().id, bundle.to_json())
    said = Change(body=Diagnosed(bundle=key, causes=(), checks=1), actor=SYSTEM)
    handle(world.engine, ref(world), [said], viewer=WORKER)
    (seen,) = step(world, "see").seen
    assert seen.startswith("critical: http.status shop/web: ")


def test_a_do_step_proposes_a_plan_and_nothing_more(world: World) -> None:
    begin(world)
    run(world, "flip")

    (event,) = world.events(PlanProposed)
    assert isinstance(event.body, PlanProposed)
    shown = step(world, "flip")
    assert (shown.result, shown.plan) == ("begun", event.body.plan)
    assert shown.seen == (f"plan {event.body.hash[:12]} proposed: Switch shop/one",)
    assert event.body.body["steps"][0]["params"] == {"to": "on"}  # type: ignore[index]  # a plan as JSON
    assert world.jobs("run_plan") == []


@pytest.mark.parametrize(("key", "said"), [("byhand", "done by hand"), ("agree", "a person's decision")])
def test_what_only_a_person_can_do_is_not_carried_out(world: World, key: str, said: str) -> None:
    begin(world)

    with pytest.raises(RefusedError, match=said) as refusal:
        run(world, key)

    assert f"tocsin runbook step {ref(world)} {key} --done" in refusal.value.mend
    assert step(world, key).result == "open"


@pytest.mark.parametrize(("ready", "result"), [(True, "done"), (False, "failed"), (None, "begun")])
def test_a_verify_step_ends_only_with_proof(world: World, ready: bool | None, result: str) -> None:  # noqa: FBT001 (a verdict)
    begin(world)
    if ready is not None:
        for _ in range(9):
            world.later(seconds=15)
            with world.store.transaction() as tx:
                tx.put_samples("service/shop", [(tx.now(), {"ready": ready, "health": True})])
    run(world, "prove")

    shown = step(world, "prove")
    assert shown.result == result
    assert shown.note.startswith("ready: ")


def test_a_gate_the_pack_does_not_have_is_judged_by_people(world: World) -> None:
    begin(world)

    with pytest.raises(RefusedError, match="pack platform has no gate that measures pods_ready") as refusal:
        run(world, "pods")
    assert "by hand" in refusal.value.mend


def test_what_is_missing_names_the_runbook_for_the_leading_cause_then_its_next_step(world: World) -> None:
    def gaps() -> dict[str, str]:
        found = queries.missing_now(world.engine, WORKER, ref(world))
        return {g.key: g.command for g in found if g.key.startswith(("runbook/", "step/"))}

    assert gaps() == {}
    said = Diagnosed(bundle="", causes=(LEAK,), checks=3)
    handle(world.engine, ref(world), [Change(body=said, actor=SYSTEM)], viewer=WORKER)
    best = f"tocsin runbook start {ref(world)} connection-exhaustion"
    assert gaps() == {"runbook/connection-exhaustion": best}
    begin(world)
    assert gaps() == {"step/stuck": f"tocsin runbook step {ref(world)} stuck/see"}
    for key in ("see", "flip", "byhand", "prove", "pods"):
        mark(world, key, result="done")
    mark(world, "agree", result="skipped")
    assert gaps() == {}


def test_runbooks_that_fit_come_first_with_their_reasons(world: World) -> None:
    said = Diagnosed(bundle="", causes=(LEAK,), checks=3)
    handle(world.engine, ref(world), [Change(body=said, actor=SYSTEM)], viewer=WORKER)

    found = queries.incident_runbooks(world.engine, WORKER, ref(world))

    first, second, *rest = found.others
    assert (first.key, first.reasons) == ("connection-exhaustion", ("cause session_leak: confirmed (97%)",))
    assert second.key == "stuck"
    assert all(line.score == 0 for line in rest)
    assert len(found.others) == len(shipped_runbooks()) + 1
