"""Signatures: who made them, what for and until when cannot be changed, and secrets can be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes import NOON

from tocsin.adapters.signing import LONGEST, HmacSigner, key_id
from tocsin.flows.ports import SignatureError

NEW, OLD = "n" * 32, "o" * 32
LATER = NOON + timedelta(minutes=15)
SIGNER = HmacSigner()
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"


def signed(text: str = "anna/mail", purpose: str = "contact", secret: str = NEW) -> str:
    return SIGNER.sign(text, purpose=purpose, expires_at=LATER, secrets=(secret,))


def refused(token: str, *secrets: str, purpose: str = "contact") -> SignatureError:
    with pytest.raises(SignatureError) as found:
        SIGNER.read(token, purpose=purpose, now=NOON, secrets=secrets or (NEW,))
    return found.value


@given(st.text(max_size=200))
def test_what_was_signed_is_read_back_and_fits_an_address(text: str) -> None:
    token = signed(text)

    assert SIGNER.read(token, purpose="contact", now=NOON, secrets=(NEW,)) == text
    assert set(token) <= {*LETTERS, "."}


def test_the_form_of_a_signature_is_kept_so_that_links_outlive_an_upgrade() -> None:
    """The figure was worked out from the description alone."""
    token = "f2fbcebd.1767615300.YW5uYS9tYWls.YgeRPe1eo_46z3x4lR8gPCOeNSUkHHcK6xWaAsm4SOc"
    assert signed() == token


def test_a_change_of_any_letter_is_found() -> None:
    token = signed()
    for place, letter in enumerate(token):
        for other in ("A", "B"):
            changed = token[:place] + other + token[place + 1 :]
            if letter != other:
                assert not refused(changed).expired, changed


def test_the_end_cannot_be_put_off() -> None:
    key, ends, text, signature = signed().split(".")
    assert not refused(f"{key}.{int(ends) + 3600}.{text}.{signature}").expired


def test_a_signature_for_one_purpose_is_none_for_another() -> None:
    refused(signed(purpose="login"))


def test_what_has_expired_is_told_apart_from_what_was_forged() -> None:
    just = LATER - timedelta(seconds=1)
    assert SIGNER.read(signed(), purpose="contact", now=just, secrets=(NEW,)) == "anna/mail"
    with pytest.raises(SignatureError, match="expired") as late:
        SIGNER.read(signed(), purpose="contact", now=LATER, secrets=(NEW,))
    assert late.value.expired


def test_a_secret_is_replaced_without_breaking_what_is_under_way() -> None:
    before = signed(secret=OLD)
    after = SIGNER.sign("x", purpose="contact", expires_at=LATER, secrets=(NEW, OLD))

    assert SIGNER.read(before, purpose="contact", now=NOON, secrets=(NEW, OLD)) == "anna/mail"
    assert after.startswith(key_id(NEW))
    refused(before, NEW)  # the old one was taken out
    refused(after, OLD)


def test_a_signature_that_names_another_key_is_refused() -> None:
    mine = signed(secret=OLD)
    refused(key_id(NEW) + mine[mine.index(".") :], NEW, OLD)


def test_the_name_of_a_key_gives_nothing_of_it_away() -> None:
    assert key_id(NEW) != key_id(OLD)
    assert key_id(NEW) not in NEW
    assert len(key_id(NEW)) == 8


@pytest.mark.parametrize(
    "token",
    ["", ".", "...", "a.b.c", "a.b.c.d.e", "ключ.1.2.3", "\x00.\x00.\x00.\x00", "." * 5000, "a" * (LONGEST + 1)],
)
def test_rubbish_is_refused(token: str) -> None:
    refused(token)


@given(st.text(max_size=300))
def test_no_text_is_a_signature(token: str) -> None:
    refused(token)
