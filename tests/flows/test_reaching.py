"""One person reached by their own rules, through timers and rows; and what a crash left in doubt is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.flows.world import ANA, CONFIGURATION, FakeChannel, World, resolve

from tocsin.domain.incident.events import Acknowledged, Delivered
from tocsin.flows.deliver import deliver
from tocsin.flows.ports import Message, PermanentError
from tocsin.flows.respond import act

RULES = CONFIGURATION.replace(
    "    email: ana@example.com\n    scopes: [read, respond]\n",
    "    email: ana@example.com\n    scopes: [read, respond]\n"
    "    notify: {high: [{method: pager}, {method: mail, after: 2m}, {method: pager, after: 4m}]}\n",
)


def sent(world: World) -> list[str]:
    """Return whom and how the pages so far reached, in the order they were sent."""
    return [
        f"{e.body.to} {e.body.via}"
        for e in world.events(Delivered)
        if isinstance(e.body, Delivered) and e.body.kind == "page"
    ]


def a_minute(world: World) -> None:
    world.later(minutes=1)
    world.tick()
    world.send_pages()


def test_methods_are_used_at_their_times_until_the_next_level() -> None:
    world = World(text=RULES)
    world.declare()
    world.send_pages()
    after = [sent(world)]
    for _ in range(5):
        a_minute(world)
        after.append(sent(world)[len([s for one in after for s in one]) :])
    assert after == [["ana webhook"], [], ["ana email"], [], ["ana webhook"], ["bo webhook"]]


def test_an_acknowledgement_ends_it() -> None:
    world = World(text=RULES)
    world.declare()
    world.send_pages()
    a_minute(world)
    act(world.engine, "INC-1", Acknowledged(person="ana"), ANA)
    for _ in range(6):
        a_minute(world)
    assert sent(world) == ["ana webhook"]


def test_after_an_outage_each_person_has_one_page() -> None:
    world = World(text=RULES)
    world.declare()
    world.later(hours=1)  # nobody was there: neither the page nor the clocks
    world.send_pages()
    world.tick()
    world.send_pages()
    world.later(seconds=30)
    world.tick()
    world.send_pages()
    assert sorted(sent(world)) == ["ana webhook", "bo webhook"]


def test_after_an_outage_whose_page_had_arrived_there_is_one_more() -> None:
    world = World(text=RULES)
    world.declare()
    world.send_pages()
    world.later(hours=1)
    world.tick()
    world.send_pages()
    assert sorted(sent(world)) == ["ana webhook", "ana webhook", "bo webhook"]


def test_a_failure_uses_the_next_method_at_once_and_not_again_at_its_time() -> None:
    world = World(text=RULES)
    world.webhook.trouble = [PermanentError("gone")]
    world.declare()
    assert world.send_pages() == ["failed"]
    assert world.send_pages() == ["delivered"]
    for _ in range(3):
        a_minute(world)
    assert sent(world) == ["ana email"]


@dataclass
class Remembering(FakeChannel):
    """A provider that can be asked what it has."""

    asked: list[datetime] = field(default_factory=list)

    def find(self, message: Message, options: Mapping[str, object], deadline_s: float, *, since: datetime) -> str:
        del options
        assert deadline_s > 0
        self.asked.append(since)
        return next((f"found {m.key}" for m in self.carried if m.key == message.key), "")


def crashed(*, sent_before: bool) -> tuple[World, Remembering]:
    """A world whose worker died while it sent a page: after the provider had it, or before."""
    provider = Remembering("webhook")
    world = World(webhook=provider)
    world.declare()
    (job,) = world.jobs("page")
    if sent_before:
        provider.carried.append(Message(key=job.key, kind="page", to="x", subject="x", text="x"))
    world.later(seconds=11)
    return world, provider


def test_a_page_that_the_provider_has_is_not_sent_again() -> None:
    world, provider = crashed(sent_before=True)
    assert world.send_pages() == ["delivered"]
    assert len(provider.carried) == 1
    (told,) = world.events(Delivered)
    assert isinstance(told.body, Delivered)
    assert told.body.receipt.startswith("found ")


def test_a_page_that_it_has_not_is_sent_marked_as_a_possible_repeat() -> None:
    world, provider = crashed(sent_before=False)
    assert world.send_pages() == ["delivered"]
    assert [m.possible_repeat for m in provider.carried] == [True]


def test_without_a_crash_nobody_is_asked() -> None:
    provider = Remembering("webhook")
    world = World(webhook=provider)
    world.declare()
    world.send_pages()
    assert provider.asked == []


def test_an_address_may_be_kept_elsewhere() -> None:
    def also(options: Mapping[str, object]) -> dict[str, Any]:
        return {**resolve(options), **({"to": "tgram://secret"} if options.get("to") == "env:ANA_CHAT" else {})}

    text = CONFIGURATION.replace('address: "https://page.example.com/ana"', 'address: "env:ANA_CHAT"')
    world = World(text=text, more={"resolve": also})
    world.declare()
    (job,) = world.jobs("page")
    assert deliver(world.engine, job) == "delivered"
    assert world.webhook.carried[0].to == "tgram://secret"
