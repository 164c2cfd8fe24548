"""What people confirmed counts beside what the file says, for as long as it leads to the same place."""

from __future__ import annotations

from dataclasses import replace

from tests.domain.incident.story import CATALOGUE

from tocsin.domain.catalogue import Catalogue, ContactMethod
from tocsin.domain.oncall.escalation import usable_contacts
from tocsin.domain.oncall.verification import target_of, with_confirmed

MAIL = ContactMethod(key="mail", kind="email", address="bo@example.com")


def known(*contacts: ContactMethod) -> Catalogue:
    people = tuple(replace(p, contacts=contacts) if p.key == "bo" else p for p in CATALOGUE.people)
    return replace(CATALOGUE, people=people)


def usable(catalogue: Catalogue, *confirmed: tuple[str, str, str]) -> list[str]:
    return [c.key for c in usable_contacts(with_confirmed(catalogue, confirmed), "bo")]


def test_a_confirmed_method_is_usable_in_its_place() -> None:
    phone = replace(MAIL, key="phone", kind="webhook", verified=True)
    assert usable(known(MAIL, phone)) == ["phone"]
    assert usable(known(MAIL, phone), ("bo", "mail", target_of(MAIL))) == ["mail", "phone"]


def test_another_address_or_kind_is_unverified_again_and_another_channel_is_not() -> None:
    proof = ("bo", "mail", target_of(MAIL))
    assert usable(known(replace(MAIL, address="bo@elsewhere.example.com")), proof) == []
    assert usable(known(replace(MAIL, kind="webhook")), proof) == []
    assert usable(known(replace(MAIL, channel="second")), proof) == ["mail"]


def test_a_confirmation_is_one_person_s_and_one_method_s() -> None:
    assert usable(known(MAIL), ("ana", "mail", target_of(MAIL))) == []
    assert usable(known(MAIL), ("bo", "post", target_of(MAIL))) == []
    assert usable(known(MAIL), ("bo", "mail", "")) == []


def test_what_the_file_calls_verified_stays_so_without_anything_confirmed() -> None:
    stated = known(replace(MAIL, verified=True))
    assert with_confirmed(stated, ()) is stated
    assert usable(stated, ("bo", "mail", "another")) == ["mail"]
