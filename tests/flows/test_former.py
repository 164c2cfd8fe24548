"""What has left the configuration: its history folds as it did, its names stay, and nobody who was taken out is reached."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes import ANNA
from tests.flows.world import ANA, World, catalogue

from tocsin.domain.catalogue import Catalogue
from tocsin.domain.incident.events import Noted
from tocsin.domain.visibility import WORKER, Viewer
from tocsin.flows.configure import apply, apply_drill
from tocsin.flows.declare import Declaration, declare
from tocsin.flows.handle import refold
from tocsin.flows.learn import postmortem
from tocsin.flows.queries import directory
from tocsin.flows.respond import act, give_task

DRILL = "drill-shop"


def practice(key: str = "drill-pat", name: str = "Pat Practice", shop: str = DRILL) -> Catalogue:
    """A drill's part: a person, a team and a service, and a channel of its own."""
    base = catalogue()
    pat = replace(base.people[0], key=key, name=name, email="pat@example.com")
    steps = (replace(base.policies[0].steps[0], targets=(f"person:{key}",)),)
    return replace(
        base,
        catch_all=key,
        people=(pat,),
        teams=(replace(base.teams[0], key="drill-team", policy="drill-policy", members=(key,), leadership=()),),
        policies=(replace(base.policies[0], key="drill-policy", steps=steps),),
        services=(replace(base.services[0], key=shop, name="Practice shop", team="drill-team", drill=True),),
        monitors=(),
        integrations=(),
        schedules=(),
        channels=(replace(base.channels[0], key="drill-room", drill=True),),
    )


def rehearsed() -> tuple[World, str]:
    """A world where a drill was held, before another took its place in the configuration."""
    world = World()
    apply_drill(world.engine, practice(), "cat", allowed=True)
    ref = declare(world.engine, Declaration(title="Practice", severity="SEV2", services=(DRILL,)), ANNA).ref
    give_task(world.engine, ref, "Look at the pool", ANA, owner="drill-pat")
    apply_drill(world.engine, practice("drill-quinn", "Quinn", "drill-desk"), "cat", allowed=True)
    with world.store.reading() as tx:
        assert '"drill-pat"' not in tx.catalogue()[1]
    return world, ref


def test_an_old_drill_still_names_its_people() -> None:
    world, ref = rehearsed()

    assert directory.names_in(world.engine, WORKER, [ref])["drill-pat"] == "Pat Practice"
    assert "Pat Practice" in postmortem(world.engine, WORKER, ref)
    assert "drill-pat" not in directory.names_in(world.engine, WORKER, [])


def test_an_incident_one_may_not_see_names_nobody() -> None:
    world = World()
    hidden = declare(world.engine, Declaration(title="x", severity="SEV2", private=True), ANA.actor).ref
    left = replace(catalogue(), people=tuple(p for p in catalogue().people if p.key != "bo"))
    apply(world.engine, replace(left, policies=(replace(left.policies[0], steps=left.policies[0].steps[:1]),)), "cat")

    assert "bo" in directory.names_in(world.engine, Viewer(person="ana"), [hidden])
    assert "bo" not in directory.names_in(world.engine, Viewer(person="cat"), [hidden, "INC-404"])


def test_a_message_about_an_old_drill_names_its_service_and_reaches_nobody_who_is_gone() -> None:
    world, ref = rehearsed()
    world.send_pages()
    world.later(minutes=6)
    world.tick("escalate")

    pages = world.jobs("page")
    assert pages
    assert all(job.payload["to"] != "drill-pat" for job in pages)
    assert all("Practice shop" in str(job.payload) for job in pages)
    assert world.incident(ref).services == (DRILL,)


def test_a_history_is_folded_again_under_the_configuration_it_opened_under() -> None:
    world = World()
    ref = world.declare().ref
    kept = act(world.engine, ref, Noted(text="looking"), ANA)
    steps = catalogue().policies[0].steps
    turned = replace(catalogue().policies[0], steps=(steps[1], steps[0]))
    apply(world.engine, replace(catalogue(), policies=(turned,)), "cat")

    with world.store.transaction() as tx:
        assert refold(tx, kept.id) == kept
    assert kept.paging.paged == ("ana",)
