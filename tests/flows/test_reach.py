"""How a person is reached is told beforehand, by the same rules that a page goes by."""

from __future__ import annotations

import pytest
from tests.flows.test_circuits import PROVIDER, failing
from tests.flows.test_why_person import RULED
from tests.flows.world import World

from tocsin.domain.errors import InvalidError
from tocsin.flows.queries.reach import reach


def test_steps_come_in_the_order_and_at_the_times_of_the_rules() -> None:
    world = World(text=RULED)
    now = world.clock()

    high, low = reach(world.engine, "ana").plans

    assert [(s.method, s.minutes) for s in high.steps] == [("pager", 0), ("mail", 2)]
    assert [s.at and (s.at - now).total_seconds() for s in high.steps] == [0, 120]
    assert [(s.method, s.minutes) for s in low.steps] == [("pager", 0), ("mail", None)]
    assert (high.ruled, low.ruled) == (True, False)


def test_contacts_are_listed_with_who_vouches_and_without_addresses() -> None:
    found = reach(World(text=RULED).engine, "ana")
    assert [(c.method, c.verified, c.by) for c in found.contacts] == [
        ("phone", False, ""), ("pager", True, "tocsin.yaml"), ("mail", True, "tocsin.yaml"),
    ]  # fmt: skip
    assert "151" not in str(found)


def test_quiet_hours_move_what_is_low_and_leave_what_is_high() -> None:
    text = RULED.replace("notify: {", "notify: {quiet: [{from: 00:00, to: 23:59}], ")
    world = World(text=text)
    high, low = reach(world.engine, "ana").plans
    assert high.begins_at == world.clock()
    assert low.begins_at.strftime("%H:%M") == "23:59"
    assert low.steps[0].at == low.begins_at
    assert reach(world.engine, "ana").quiet == ("00:00 to 23:59",)


def test_a_provider_that_is_left_alone_is_named() -> None:
    (first, *_) = reach(failing().engine, "ana").plans[0].steps
    assert first.left_alone == PROVIDER


def test_nobody_is_not_reached() -> None:
    with pytest.raises(InvalidError, match="nobody is called"):
        reach(World().engine, "zoe")
