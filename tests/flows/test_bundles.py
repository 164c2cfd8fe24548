"""A storm wakes a person with few messages that name every incident; what is critical waits for nobody."""

from __future__ import annotations

from tests.flows.world import ANA, CONFIGURATION, World

from tocsin.domain.incident.events import Acknowledged, Delivered
from tocsin.flows.bundles import AT_ONCE
from tocsin.flows.deliver import deliver
from tocsin.flows.ports import PermanentError, TransientError
from tocsin.flows.respond import act


def storm(count: int, text: str = CONFIGURATION) -> World:
    """A world in which the first pages of a storm have gone out, and the rest was declared after that."""
    world = World(text=text)
    for number in range(count):
        world.declare(f"Orders fail {number}")
        if number < AT_ONCE:
            assert world.send_pages() == ["delivered"]
    return world


def test_a_few_pages_go_at_once_and_each_by_itself() -> None:
    world = storm(AT_ONCE)
    assert len(world.webhook.carried) == AT_ONCE
    assert all("more" not in m.text for m in world.webhook.carried)


def test_the_rest_of_a_storm_is_one_message_that_lists_all() -> None:
    world = storm(AT_ONCE + 4)
    assert world.send_pages() == []
    world.later(seconds=30)
    outcomes = [deliver(world.engine, job) for job in world.jobs("page")[:1]]
    assert outcomes == ["delivered"]

    last = world.webhook.carried[-1]
    assert last.subject.endswith("(and 3 more)")
    assert [f"INC-{n}" in last.text for n in range(AT_ONCE + 1, AT_ONCE + 5)] == [True] * 4
    assert len(last.facts["also"]) == 3  # type: ignore[arg-type]  # facts are for machines, of any shape
    assert world.send_pages() == []
    for number in range(1, AT_ONCE + 5):
        with world.store.reading() as tx:
            told = [e.body for e in tx.events(world.incident(f"INC-{number}").id) if isinstance(e.body, Delivered)]
        assert [b.to for b in told if b.kind == "page"] == ["ana"]


def test_a_critical_page_goes_at_once_and_takes_along_what_waits() -> None:
    world = storm(AT_ONCE + 2)
    world.declare("Everything is down", severity="SEV1")
    first = world.jobs("page")[0]
    assert "Everything is down" in str(first.payload["subject"])
    assert deliver(world.engine, first) == "delivered"
    assert world.webhook.carried[-1].subject.endswith("(and 2 more)")


def test_a_page_that_goes_out_takes_along_what_has_begun_to_gather() -> None:
    world = World()
    for number in range(AT_ONCE + 1):
        world.declare(f"Orders fail {number}")
    assert world.send_pages() == ["delivered"] * AT_ONCE
    assert [m.subject.endswith("(and 1 more)") for m in world.webhook.carried] == [True, *[False] * (AT_ONCE - 1)]


def test_an_acknowledgement_takes_its_page_out_of_the_bundle() -> None:
    world = storm(AT_ONCE + 2)
    act(world.engine, f"INC-{AT_ONCE + 1}", Acknowledged(person="ana"), ANA)
    world.later(seconds=31)
    assert world.send_pages() == ["delivered"]
    assert "more" not in world.webhook.carried[-1].subject
    assert f"INC-{AT_ONCE + 2}" in world.webhook.carried[-1].text


def test_a_bundle_that_fails_goes_each_by_the_persons_next_method() -> None:
    world = storm(AT_ONCE + 2)
    world.later(seconds=30)
    world.webhook.trouble = [PermanentError("gone")]
    (lead, *_) = world.jobs("page")
    assert deliver(world.engine, lead) == "failed"
    assert sorted(str(job.payload["method"]) for job in world.jobs("page")) == ["mail", "mail"]


def test_a_page_that_may_have_gone_out_goes_again_alone() -> None:
    world = storm(AT_ONCE + 2)
    world.later(seconds=30)
    world.webhook.trouble = [TransientError("no answer")]
    (lead, *_) = world.jobs("page")
    assert deliver(world.engine, lead, jitter=lambda: 0.5) == "retried"
    world.later(seconds=1)
    assert [world.send_pages(), world.send_pages()] == [["delivered"], ["delivered"]]
    assert all("more" not in m.subject for m in world.webhook.carried)


def test_bundling_can_be_turned_off() -> None:
    world = storm(AT_ONCE + 4, f"bundle: 0s\n{CONFIGURATION}")
    assert world.send_pages() == ["delivered"] * 4
