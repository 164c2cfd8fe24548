"""Withdrawn certificates, against OpenSSL's own server and a responder that signs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.http import Reply, closed_port, http_sink
from tests.support.revocation import DAY, Withdrawing

from tocsin.adapters.probes.tls import Tls, validate_options
from tocsin.domain.diagnosis.facts import TlsFacts
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.net.http import Http


def now() -> datetime:
    return datetime.now(UTC)


def collect(port: int, authority: Withdrawing, **more: object) -> TlsFacts:
    options = {"address": f"127.0.0.1:{port}", "authorities": str(authority.file), **more}
    return Tls(now, Http()).collect(Target(name="front", kind="tls", options=options), 20.0)


def test_what_a_server_staples_is_read_with_its_end(tmp_path: Path) -> None:
    authority = Withdrawing(tmp_path)
    with authority.serving(authority.answer()) as port:
        facts = collect(port, authority)

    assert (facts.distrust, facts.stapled, facts.must_staple) == (None, "good", False)
    assert facts.staple_ends is not None
    assert abs(facts.staple_ends - now() - DAY) < DAY / 2
    assert (facts.revocation, facts.blind) == (None, ())


def test_a_stapled_withdrawal_is_told(tmp_path: Path) -> None:
    authority = Withdrawing(tmp_path)
    with authority.serving(authority.answer(revoked=True)) as port:
        assert collect(port, authority).stapled == "revoked"


def test_a_certificate_that_must_be_stapled_and_is_not_is_told(tmp_path: Path) -> None:
    authority = Withdrawing(tmp_path, must_staple=True)
    with authority.serving() as port:
        facts = collect(port, authority)

    assert (facts.staples, facts.stapled, facts.must_staple) == (True, None, True)


@pytest.mark.parametrize("revoked", [True, False])
def test_the_authority_is_asked_where_that_is_wanted(tmp_path: Path, *, revoked: bool) -> None:
    authority = Withdrawing(tmp_path)
    with authority.serving() as port, http_sink(authority.responder(revoked=revoked)) as responder:
        facts = collect(port, authority, revocation=True, responder=responder.url)

    assert (facts.revocation, facts.revocation_by) == ("revoked" if revoked else "good", "OCSP")
    assert [one.method for one in responder.received] == ["GET"]


@pytest.mark.parametrize("revoked", [True, False])
def test_a_list_of_revocations_is_read(tmp_path: Path, *, revoked: bool) -> None:
    authority = Withdrawing(tmp_path)
    body = authority.revocation_list(revoked=revoked)
    with authority.serving() as port, http_sink(lambda _: Reply(body=body)) as lists:
        facts = collect(port, authority, revocation=True, revocation_list=f"{lists.url}/ca.crl")

    assert (facts.revocation, facts.revocation_by) == ("revoked" if revoked else "good", "CRL")


def test_an_answer_that_another_key_signed_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    authority, other = Withdrawing(tmp_path), Withdrawing(tmp_path / "other")
    forged = other.revocation_list(revoked=False)
    with authority.serving() as port, http_sink(lambda _: Reply(body=forged)) as lists:
        facts = collect(port, authority, revocation=True, revocation_list=lists.url)

    assert facts.revocation is None
    assert [("cannot be believed" in spot.why) for spot in facts.blind] == [True]


def test_an_authority_without_an_address_or_an_answer_is_a_blind_spot(tmp_path: Path) -> None:
    authority = Withdrawing(tmp_path)
    with authority.serving() as port:
        nowhere = collect(port, authority, revocation=True)
        silent = collect(port, authority, revocation=True, responder=f"http://127.0.0.1:{closed_port()}")

    assert "neither a responder nor a list" in nowhere.blind[0].why
    assert "was not reached" in silent.blind[0].why


def test_a_responder_is_a_url() -> None:
    with pytest.raises(InvalidError) as told:
        validate_options({"address": "shop:443", "responder": "ocsp.example.com"})

    assert told.value.field == "responder"
