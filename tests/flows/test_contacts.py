"""A contact method is used once its person has shown that what is sent there reaches them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import re2
from tests.fakes import MemoryStore
from tests.flows.world import CONFIGURATION, SIGNING, World, catalogue

from tocsin.adapters.signing import HmacSigner
from tocsin.domain.actor import Actor
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.events import DeliveryFailed
from tocsin.flows.access import Caller, ScopeError
from tocsin.flows.configure import apply
from tocsin.flows.contacts import MOST_TRIES, Way, confirm_code, confirm_link, page_for_test, see_link, ways
from tocsin.flows.handle import refold
from tocsin.flows.operate import configuration
from tocsin.flows.ports import Message, PermanentError
from tocsin.flows.signing import KEPT, Signing
from tocsin.flows.storage import VerifiedContact

RESPONDS = frozenset({"read", "respond"})
ANA = Caller(person="ana", scopes=RESPONDS, actor=Actor(kind="person", id="ana"))
BO = Caller(person="bo", scopes=frozenset({"read"}), actor=Actor(kind="person", id="bo"))
# Bo's pager is vouched for by nobody, Ana's mail neither.
TEXT = CONFIGURATION.replace('page.example.com/bo", verified: true', 'page.example.com/bo"').replace(
    "address: ana@example.com, verified: true", "address: ana@example.com"
)
ELSEWHERE = TEXT.replace("page.example.com/bo", "page.example.com/elsewhere")


def world() -> World:
    return World(text=TEXT)


def asked(world: World, person: str = "bo", *, signing: Signing = SIGNING) -> Message:
    """Send a test page and return the message that asks for a confirmation."""
    page_for_test(world.engine, signing, person, "")
    world.send_pages()
    return next(m for m in reversed(world.webhook.carried + world.email.carried) if "confirm" in m.subject)


def code_in(message: Message) -> str:
    found = re2.search(r"--confirm (\d{4}-\d{4})", message.text)
    assert found
    return str(found[1])


def key_in(message: Message) -> str:
    found = re2.search(r"https://tocsin\.example\.com/contacts/confirm\?key=(\S+)", message.text)
    assert found
    return str(found[1])


def wrong_for(code: str) -> str:
    return f"{(int(code.replace('-', '')) + 1) % 10**8:08}"


def stored(world: World) -> tuple[VerifiedContact, ...]:
    with world.store.reading() as tx:
        return tx.verified_contacts()


def way_of(world: World, person: str, method: str) -> Way:
    return next(w for w in ways(world.engine) if (w.person, w.method) == (person, method))


def test_a_test_page_asks_unverified_methods_to_be_confirmed_and_only_them() -> None:
    here = world()

    sent = page_for_test(here.engine, SIGNING, "ana", "")
    here.send_pages()

    assert sent.to_confirm == ("mail",)
    (plain,), (question,) = here.webhook.carried, here.email.carried
    assert (plain.subject, "--confirm" in plain.text) == ("Tocsin test page", False)
    assert question.to == "ana@example.com"
    assert code_in(question)
    assert key_in(question)


def test_without_an_address_of_our_own_there_is_a_code_and_no_link() -> None:
    here = world()
    here.engine = replace(here.engine, public_url="")

    question = asked(here)

    assert code_in(question)
    assert "confirm?" not in question.text


def test_somebody_is_paged_by_a_method_once_they_have_confirmed_it() -> None:
    here = world()
    here.declare()
    here.later(minutes=5)
    here.tick("escalate")
    here.send_pages()
    assert "bo" not in here.paged()

    code = code_in(asked(here))
    here.webhook.carried.clear()
    found = confirm_code(here.engine, BO, code, "bo")
    here.declare("Again")
    here.later(minutes=5)
    here.tick("escalate")
    here.send_pages()

    assert (found.person, found.method, found.kind, found.verified, found.by) == ("bo", "pager", "webhook", True, "bo")
    assert "bo" in here.paged()


def test_a_page_that_fails_goes_on_to_a_method_that_was_confirmed() -> None:
    here = world()
    confirm_code(here.engine, ANA, code_in(asked(here, "ana")), "ana")
    here.email.carried.clear()
    here.webhook.trouble = [PermanentError("gone")]

    here.declare()
    here.send_pages()
    here.send_pages()

    assert [e.body.via for e in here.events(DeliveryFailed) if isinstance(e.body, DeliveryFailed)] == ["pager"]
    assert [m.to for m in here.email.carried] == ["ana@example.com"]


def test_ones_own_needs_no_right_to_respond_another_persons_does() -> None:
    here = world()
    code = code_in(asked(here))
    stranger = replace(ANA, scopes=frozenset({"read"}))

    with pytest.raises(ScopeError, match="respond"):
        confirm_code(here.engine, stranger, code, "bo")

    assert confirm_code(here.engine, BO, code).verified


def test_who_confirmed_and_when_is_kept() -> None:
    here = world()
    agent = Caller(person="ana", scopes=RESPONDS, actor=Actor(kind="agent", id="helper", on_behalf_of="ana"))

    confirm_code(here.engine, agent, code_in(asked(here)), "bo")

    (kept,) = stored(here)
    assert (kept.person, kept.method, kept.by, kept.at) == ("bo", "pager", "helper for ana", here.clock())
    way = way_of(here, "bo", "pager")
    assert (way.verified, way.by, way.at) == (True, "helper for ana", here.clock())
    assert way_of(here, "cat", "pager").by == "tocsin.yaml"
    assert way_of(here, "ana", "mail") == Way(person="ana", method="mail", kind="email", verified=False)


def test_a_code_is_read_however_it_is_written() -> None:
    here = world()
    code = code_in(asked(here))
    assert confirm_code(here.engine, BO, f" {code.replace('-', ' ')} ", "bo").verified


@pytest.mark.parametrize("code", ["", "1234", "1234-567", "12345678-9", "abcd-efgh", "١٢٣٤٥٦٧٨", "1234_5678"])
def test_what_cannot_be_a_code_is_told_and_is_no_try(code: str) -> None:
    here = world()
    good = code_in(asked(here))
    for _ in range(MOST_TRIES + 1):
        with pytest.raises(InvalidError, match="8 digits") as refused:
            confirm_code(here.engine, BO, code, "bo")
        assert refused.value.field == "code"
    assert confirm_code(here.engine, BO, good, "bo").verified


def test_a_code_works_once() -> None:
    here = world()
    code = code_in(asked(here))
    confirm_code(here.engine, BO, code, "bo")
    with pytest.raises(InvalidError, match="wrong, used or too old"):
        confirm_code(here.engine, BO, code, "bo")


def test_a_code_is_for_its_person_alone() -> None:
    here = world()
    code = code_in(asked(here))
    with pytest.raises(InvalidError, match="wrong, used or too old"):
        confirm_code(here.engine, ANA, code, "ana")
    with pytest.raises(InvalidError, match="nobody is called"):
        confirm_code(here.engine, ANA, code, "eve")
    assert not stored(here)


def test_a_code_and_a_link_expire_after_a_quarter_of_an_hour() -> None:
    here = world()
    question = asked(here)
    here.later(minutes=15)

    with pytest.raises(InvalidError, match="too old"):
        confirm_code(here.engine, BO, code_in(question), "bo")
    with pytest.raises(RefusedError, match="expired"):
        confirm_link(here.engine, SIGNING, key_in(question))
    with pytest.raises(RefusedError, match="expired"):
        see_link(here.engine, SIGNING, key_in(question))
    assert not stored(here)


def test_guessing_ends_after_ten_tries_even_with_the_right_code_and_more_test_pages() -> None:
    here = world()
    code = code_in(asked(here))
    for _ in range(MOST_TRIES):
        with pytest.raises(InvalidError, match="wrong"):
            confirm_code(here.engine, ANA, wrong_for(code), "bo")

    for right in (code, code_in(asked(here))):
        with pytest.raises(RefusedError, match="more than 10 tries"):
            confirm_code(here.engine, BO, right, "bo")
    assert not stored(here)
    here.later(minutes=15)
    assert confirm_code(here.engine, BO, code_in(asked(here)), "bo").verified


def test_guessing_from_many_sides_at_once_is_no_faster() -> None:
    here = world()
    code = code_in(asked(here))

    def guess(_: int) -> str:
        try:
            confirm_code(here.engine, ANA, wrong_for(code), "bo")
        except InvalidError:
            return "looked at"
        except RefusedError:
            return "refused"
        return "let in"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(30)))
    assert (answers.count("looked at"), answers.count("refused")) == (MOST_TRIES, 20)


def test_guesses_do_not_shut_out_the_link_or_another_person() -> None:
    here = world()
    question = asked(here)
    for _ in range(MOST_TRIES + 1):
        with pytest.raises((InvalidError, RefusedError)):
            confirm_code(here.engine, ANA, wrong_for(code_in(question)), "bo")

    assert confirm_code(here.engine, ANA, code_in(asked(here, "ana")), "ana").verified
    assert confirm_link(here.engine, SIGNING, key_in(question)).verified


def test_a_link_shows_what_it_would_do_and_does_it_when_asked() -> None:
    here = world()
    key = key_in(asked(here))

    looked = [see_link(here.engine, SIGNING, key) for _ in range(3)]
    assert [(w.person, w.method, w.verified) for w in looked] == [("bo", "pager", False)] * 3
    assert not stored(here)

    assert confirm_link(here.engine, SIGNING, key).by == "bo by link"
    assert see_link(here.engine, SIGNING, key).verified
    assert confirm_link(here.engine, SIGNING, key).by == "bo by link"  # a second press says the same
    assert len(stored(here)) == 1


def test_a_code_and_its_link_are_one_challenge() -> None:
    here = world()
    question = asked(here)
    confirm_link(here.engine, SIGNING, key_in(question))
    with pytest.raises(RefusedError, match="used before"):
        confirm_code(here.engine, BO, code_in(question), "bo")


def test_a_link_that_was_changed_or_made_elsewhere_is_refused() -> None:
    here = world()
    key = key_in(asked(here))
    others = asked(World(text=TEXT), signing=Signing(signer=HmacSigner(), secrets=("x" * 32,)))

    for wrong in ("", "x", key[:-1], key.replace(".", ".A", 1), key_in(others)):
        with pytest.raises(InvalidError, match="cannot be believed"):
            confirm_link(here.engine, SIGNING, wrong)
    assert not stored(here)


def test_an_address_that_changed_since_is_not_confirmed_by_the_old_one() -> None:
    here = world()
    question = asked(here)
    apply(here.engine, catalogue(ELSEWHERE), "cat")

    with pytest.raises(RefusedError, match="leads elsewhere"):
        confirm_link(here.engine, SIGNING, key_in(question))
    with pytest.raises((InvalidError, RefusedError)):
        confirm_code(here.engine, BO, code_in(question), "bo")
    assert not stored(here)


def test_a_method_that_was_taken_out_meanwhile_is_told() -> None:
    here = world()
    question = asked(here)
    gone = TEXT.replace('pager: {kind: webhook, address: "https://page.example.com/bo"}', "")
    apply(here.engine, catalogue(gone), "cat")

    with pytest.raises(RefusedError, match="has no contact pager any more"):
        confirm_link(here.engine, SIGNING, key_in(question))
    with pytest.raises(RefusedError, match="has no contact pager any more"):
        confirm_code(here.engine, BO, code_in(question), "bo")


def test_a_changed_address_is_unverified_again_and_the_old_one_comes_back_verified() -> None:
    here = world()
    confirm_code(here.engine, BO, code_in(asked(here)), "bo")

    apply(here.engine, catalogue(ELSEWHERE), "cat")
    assert not way_of(here, "bo", "pager").verified
    apply(here.engine, catalogue(TEXT), "cat")
    assert way_of(here, "bo", "pager").verified


def test_the_configuration_is_shown_as_it_was_applied() -> None:
    here = world()
    before = configuration(here.engine)
    confirm_code(here.engine, BO, code_in(asked(here)), "bo")
    assert configuration(here.engine) == before


def test_a_catch_all_may_be_reached_by_what_they_confirmed_and_by_nothing_else() -> None:
    here = world()
    wanted = replace(catalogue(TEXT), catch_all="bo")
    with pytest.raises(InvalidError, match="no verified contact"):
        apply(here.engine, wanted, "cat")

    confirm_code(here.engine, BO, code_in(asked(here)), "bo")
    assert apply(here.engine, wanted, "cat") == 2
    moved = replace(catalogue(ELSEWHERE), catch_all="bo")
    with pytest.raises(InvalidError, match="no verified contact"):
        apply(here.engine, moved, "cat")


def test_of_two_test_pages_the_first_answer_is_the_one_that_is_kept() -> None:
    here = world()
    first, second = code_in(asked(here)), code_in(asked(here))
    confirm_code(here.engine, BO, first, "bo")
    before = stored(here)
    here.later(minutes=1)

    assert confirm_code(here.engine, ANA, second, "bo").by == "bo"
    assert stored(here) == before


def test_a_history_folds_with_what_was_confirmed_when_it_began() -> None:
    here = world()
    confirm_code(here.engine, BO, code_in(asked(here)), "bo")
    opened = here.declare()
    here.later(minutes=5)
    here.tick("escalate")
    page_for_test(here.engine, SIGNING, "ana", "mail")
    here.send_pages()
    confirm_code(here.engine, ANA, code_in(here.email.carried[-1]), "ana")
    apply(here.engine, catalogue(ELSEWHERE), "cat")

    with here.store.reading() as tx:
        known = tx.load(opened.id)
        assert known is not None
        assert "bo" in known.paging.paged
        assert refold(tx, opened.id) == known


def test_without_a_configured_secret_the_database_keeps_one_for_every_process() -> None:
    here = world()
    key = key_in(asked(here))
    with here.store.reading() as tx:
        kept = tx.value(KEPT)

    assert len(kept) >= 32
    assert kept not in repr(SIGNING)
    another_process = Signing(signer=HmacSigner())
    assert see_link(here.engine, another_process, key).person == "bo"


def test_a_configured_secret_is_used_alone_and_can_be_replaced() -> None:
    here = world()
    old, new = "o" * 32, "n" * 32
    key = key_in(asked(here, signing=Signing(signer=HmacSigner(), secrets=(old,))))
    with here.store.reading() as tx:
        assert tx.value(KEPT) == ""

    assert see_link(here.engine, Signing(signer=HmacSigner(), secrets=(new, old)), key).person == "bo"
    for others in (Signing(signer=HmacSigner(), secrets=(new,)), SIGNING):
        with pytest.raises(InvalidError, match="cannot be believed"):
            see_link(here.engine, others, key)


def test_codes_are_kept_as_digests_beside_their_message() -> None:
    here = world()
    code = code_in(asked(here)).replace("-", "")
    assert isinstance(here.store, MemoryStore)
    assert code not in str(here.store.rows.once)
