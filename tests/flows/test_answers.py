"""A reply counts when its code is right and its sender is whom the page was sent to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.flows.world import CONFIGURATION, SIGNING, World

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.flows.answers import MOST_TRIES, answer_by_code, verb_of

TEXT = CONFIGURATION.replace(
    'pager: {kind: webhook, address: "https://page.example.com/ana", verified: true}',
    'phone: {kind: sms, address: "+49 151 234", verified: true}',
    1,
)


def paged() -> tuple[World, str]:
    """A world in which Ana was paged by SMS, and the code of that page."""
    world = World(text=TEXT, more={"signing": SIGNING})
    world.declare()
    facts = world.job("page").payload["facts"]
    assert isinstance(facts, dict)
    return world, str(facts["code"])


@pytest.mark.parametrize("change", [str, str.lower, lambda c: c.replace("-", " ")])
@pytest.mark.parametrize("sender", ["+49151234", "0049 151 234"])
def test_a_code_from_its_own_telephone_acknowledges(change: object, sender: str) -> None:
    world, code = paged()
    assert callable(change)
    answer_by_code(world.engine, change(code), "acknowledge", kind="sms", sender=sender)
    assert world.incident().paging.acknowledged_by == "ana"


@pytest.mark.parametrize(
    ("kind", "sender"), [("sms", "+49151235"), ("email", "bo@example.com"), ("email", "+49151234")]
)
def test_a_code_from_another_sender_is_as_good_as_none(kind: str, sender: str) -> None:
    world, code = paged()
    with pytest.raises(InvalidError, match="sent to somebody else"):
        answer_by_code(world.engine, code, "acknowledge", kind=kind, sender=sender)
    assert not world.incident().paging.acknowledged_by


def test_the_persons_other_verified_contacts_are_theirs_too() -> None:
    world, code = paged()
    answer_by_code(world.engine, code, "escalate", kind="email", sender="Ana@Example.com")
    assert world.incident().paging.level == 1


def test_passing_on_what_somebody_has_by_now_takes_it_from_nobody() -> None:
    world, code = paged()
    answer_by_code(world.engine, code, "acknowledge", kind="sms", sender="+49151234")
    answer_by_code(world.engine, code, "escalate", kind="sms", sender="+49151234")
    assert world.incident().paging.acknowledged_by == "ana"
    assert world.incident().paging.level == 0


def test_guessing_ends_after_some_tries() -> None:
    world, code = paged()
    for _ in range(MOST_TRIES):
        with pytest.raises(InvalidError):
            answer_by_code(world.engine, "0000-0000", "acknowledge", kind="sms", sender="+49151234")
    with pytest.raises(RefusedError, match="tries"):
        answer_by_code(world.engine, code, "acknowledge", kind="sms", sender="+49151234")


def test_a_code_ends_with_its_day() -> None:
    world, code = paged()
    world.clock.advance(timedelta(hours=24))
    with pytest.raises(InvalidError):
        answer_by_code(world.engine, code, "acknowledge", kind="sms", sender="+49151234")


def test_words_of_a_reply() -> None:
    assert [verb_of(w) for w in ("ACK", "ack.", "Yes!", "escalate", "no", "thanks", "")] == [
        "acknowledge", "acknowledge", "acknowledge", "escalate", "escalate", None, None,
    ]  # fmt: skip
