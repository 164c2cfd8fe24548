"""After a crash a call is looked for among those that were made, and taken for ours only where nothing else can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from tests.flows.world import CONFIGURATION, FakeChannel, World

from tocsin.domain.incident.events import Delivered
from tocsin.flows.deliver import deliver
from tocsin.flows.ports import Listing, Message
from tocsin.flows.storage import Job

TEXT = CONFIGURATION.replace(
    "    contacts:\n      pager: {kind: webhook", "    contacts:\n      pager: {kind: calls", 1
)


@dataclass
class Calls(FakeChannel):
    """A provider that lists its calls and cannot tell one from another."""

    made: list[str] = field(default_factory=list)

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        super().deliver(message, options, deadline_s)
        self.made.insert(0, f"CA{len(self.made) + 1}")
        return self.made[0]

    def taken(
        self, message: Message, options: Mapping[str, object], deadline_s: float, *, since: datetime
    ) -> tuple[str, ...]:
        del message, options, deadline_s, since
        return tuple(self.made)


def world() -> tuple[World, Calls]:
    calls = Calls("calls")
    assert isinstance(calls, Listing)
    here = World(text=TEXT)
    here.engine.channels["calls"] = calls  # type: ignore[index]  # the world's own dictionary
    return here, calls


def lost(here: World) -> Job:
    """Let the page's worker die, and return the row as another one claims it."""
    (page,) = here.jobs("page")
    here.later(seconds=11)
    (again,) = here.jobs("page")
    assert (again.key, again.previous_outcome_unknown) == (page.key, True)
    return again


def receipts(here: World) -> list[str]:
    return [e.body.receipt for e in here.events(Delivered) if isinstance(e.body, Delivered)]


def test_a_call_that_no_row_accounts_for_was_this_one() -> None:
    here, calls = world()
    here.declare()
    here.send_pages()
    here.declare("another")
    calls.made.insert(0, "CA2")  # made, and its worker died before it could say so

    assert deliver(here.engine, lost(here)) == "delivered"
    assert len(calls.carried) == 1
    assert receipts(here) == ["CA2"]


def test_without_such_a_call_it_is_made_again_and_says_so() -> None:
    here, calls = world()
    here.declare()
    here.send_pages()
    here.declare("another")

    assert deliver(here.engine, lost(here)) == "delivered"
    assert [m.possible_repeat for m in calls.carried] == [False, True]


@pytest.mark.parametrize("ended", ["held", "dead"])
def test_where_the_end_of_another_is_unknown_too_no_call_is_taken_for_this_one(ended: str) -> None:
    here, calls = world()
    here.declare()
    here.declare("another")
    first, second = here.jobs("page")
    calls.made.insert(0, "CA1")  # of one of them
    if ended == "dead":
        with here.store.transaction() as tx:
            tx.bury(second, "no answer")
    here.later(seconds=11)
    again = next(job for job in here.jobs("page") if job.key == first.key)

    assert deliver(here.engine, again) == "delivered"
    assert [m.possible_repeat for m in calls.carried] == [True]
