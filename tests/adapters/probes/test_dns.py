"""The DNS probe against a name server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tocsin.adapters.probes.dns import Dns, validate_options
from tocsin.domain.diagnosis.facts import DnsFacts
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.drill.servers.dns import NameServer, Trouble

NOW = datetime(2026, 3, 15, 14, 3, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[NameServer]:
    with NameServer({"db.shop.test": "127.0.0.5"}) as running:
        yield running


def collect(*resolvers: str, deadline_s: float = 3.0, **options: object) -> DnsFacts:
    given = {"names": ["db.shop.test"], "resolvers": list(resolvers), **options}
    return Dns(lambda: NOW).collect(Target(name="names", kind="dns", options=given), deadline_s)


def test_an_answer_has_its_addresses_and_how_long_it_may_be_kept(server: NameServer) -> None:
    (answer,) = collect(server.address).answers

    assert (answer.outcome, answer.addresses, answer.ttl_s) == ("ok", ("127.0.0.5",), 30)
    assert answer.resolver == server.address


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [("servfail", "servfail"), ("nxdomain", "nxdomain"), ("refused", "refused"), ("silence", "timeout")],
)
def test_a_failing_resolver_is_told_by_how_it_fails(server: NameServer, trouble: Trouble, outcome: str) -> None:
    server.trouble = trouble

    (answer,) = collect(server.address, deadline_s=0.3).answers

    assert answer.outcome == outcome


def test_every_resolver_is_asked_for_both_kinds(server: NameServer) -> None:
    with NameServer({}) as other:
        answers = collect(server.address, other.address, ipv6=True).answers

    assert {(one.resolver == server.address, one.kind, one.outcome) for one in answers} == {
        (True, "A", "ok"),
        (True, "AAAA", "nodata"),
        (False, "A", "nxdomain"),
        (False, "AAAA", "nxdomain"),
    }


@pytest.mark.parametrize(
    "raw", [{"names": []}, {"names": ["a"], "resolvers": ["ns.test"]}, {"names": ["a"], "typo": 1}]
)
def test_options_that_cannot_hold_are_refused(raw: dict[str, object]) -> None:
    with pytest.raises(InvalidError, match="dns"):
        validate_options(raw)
