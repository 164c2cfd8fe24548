"""Posts from senders: believed by their key, durable before the answer, never lost."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace
from tests.flows.world import ANA, World

from tocsin.adapters.sources.generic import Generic
from tocsin.domain.incident.events import AlertCleared, AlertFired
from tocsin.flows.access import DeniedError
from tocsin.flows.ingest import Sender, accept
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed, RejectedError
from tocsin.flows.receive import receive
from tocsin.flows.respond import merge
from tocsin.flows.storage import RAW_LIMIT
from tocsin.net.redaction import redact_body
from tocsin.store.memory import MemoryStore


class Fixed:
    """A source that reads every body as the alerts it was given."""

    kind = "generic"

    def __init__(self, *alerts: InboundAlert) -> None:
        self.alerts = alerts

    def parse(self, post: InboundPost) -> Parsed:
        del post
        return Parsed(alerts=self.alerts)


def alert(fingerprint: str = "f1", status: str = "firing", **more: str) -> InboundAlert:
    return InboundAlert(fingerprint=fingerprint, name="Errors", status=status, labels={}, summary="5xx", **more)  # type: ignore[arg-type]  # text fields only


def world_of(*alerts: InboundAlert) -> World:
    return World(more={"sources": {"generic": Fixed(*alerts)}})


def raws(world: World) -> list[str]:
    assert isinstance(world.store, MemoryStore)
    return [raw.error for raw in world.store.rows.raws.values()]


def test_an_alert_opens_an_incident_and_its_body_is_kept() -> None:
    world = world_of(alert())

    taken = receive(world.engine, "watch", "open sesame", b"{}")

    assert taken.incidents == (world.incident().ref,)
    assert raws(world) == [""]


def test_what_is_kept_of_a_post_passes_the_engines_redaction() -> None:
    world = World(
        more={"sources": {"generic": Fixed(alert())}, "redact": lambda body: body.replace(b"hunter2", b"***")}
    )

    receive(world.engine, "watch", "open sesame", b'{"password": "hunter2"}')

    assert isinstance(world.store, MemoryStore)
    assert [raw.body for raw in world.store.rows.raws.values()] == [b'{"password": "***"}']


def test_the_same_post_twice_is_one_incident() -> None:
    world = world_of(alert())
    receive(world.engine, "watch", "open sesame", b"{}")

    again = receive(world.engine, "watch", "open sesame", b"{}")

    assert again.incidents == ()
    assert len(world.events(AlertFired)) == 1


@pytest.mark.parametrize(("name", "key"), [("watch", "wrong"), ("watch", ""), ("nobody", "open sesame")])
def test_a_wrong_key_and_an_unknown_sender_are_not_told_apart(name: str, key: str) -> None:
    with pytest.raises(DeniedError, match="do not go together"):
        receive(world_of().engine, name, key, b"{}")


def test_a_body_that_cannot_be_read_is_kept_with_the_reason() -> None:
    world = World(more={"sources": {"generic": Generic()}})

    with pytest.raises(RejectedError, match="kept as"):
        receive(world.engine, "watch", "open sesame", b"{broken")

    assert len(raws(world)) == 1
    assert raws(world)[0]


def test_of_a_very_long_body_the_beginning_is_kept_and_said_to_be() -> None:
    world = World(more={"sources": {"generic": Generic()}, "redact": redact_body})
    assert isinstance(world.store, MemoryStore)
    secret = b'"password": "hunter2' + b"x" * 40
    body = b"{" + "ü".encode() * (RAW_LIMIT // 2 - 20) + secret + "ü".encode() * RAW_LIMIT

    with pytest.raises(RejectedError, match="its first 1 MiB kept as"):
        receive(world.engine, "watch", "open sesame", body)

    (kept,) = world.store.rows.raws.values()
    assert len(kept.body) <= RAW_LIMIT
    assert b"hunter2" not in kept.body


def test_a_sender_of_a_kind_nothing_reads_is_refused_with_its_body_kept() -> None:
    world = World(more={"sources": {}})

    with pytest.raises(RejectedError, match="generic"):
        receive(world.engine, "watch", "open sesame", b"{}")

    assert len(raws(world)) == 1


def test_one_alert_that_cannot_be_taken_costs_no_other() -> None:
    without_zone = replace(alert("bad"), starts_at=datetime(2026, 1, 5, 12))  # noqa: DTZ001 (what a careless source gives)
    world = world_of(without_zone, alert("f1"), alert("f2"))

    taken = receive(world.engine, "watch", "open sesame", b"{}")

    assert taken.fired == ("f1", "f2")
    assert [one.where for one in taken.rejected] == ["alert bad"]
    assert any("zone" in error or "naive" in error for error in raws(world))


def test_when_none_can_be_taken_the_sender_is_told() -> None:
    world = World(more={"sources": {"generic": Fixed(alert(severity="x"))}})
    object.__setattr__(world.engine, "new_id", lambda: 1 / 0)

    with pytest.raises(RejectedError, match="no alert of this post"):
        receive(world.engine, "watch", "open sesame", b"{}")

    assert "ZeroDivisionError" in raws(world)[0]


def test_the_end_of_an_alert_follows_a_merge() -> None:
    world = World()
    sender = Sender(key="watch", service="shop")
    accept(world.engine, sender, [alert()])
    gone = world.incident().ref
    kept = world.declare("Everything fails", services=("silent",)).ref
    merge(world.engine, gone, kept, ANA)

    accept(world.engine, sender, [alert(status="resolved")])

    with world.store.reading() as tx:
        for ref in (gone, kept):
            assert any(isinstance(e.body, AlertCleared) for e in tx.events(tx.resolve_ref(ref)))


def test_the_end_of_an_alert_whose_incident_is_gone_is_kept_all_the_same() -> None:
    world = World()
    sender = Sender(key="watch", service="shop")
    accept(world.engine, sender, [alert()])
    assert isinstance(world.store, MemoryStore)
    world.store.rows.incidents.clear()

    assert accept(world.engine, sender, [alert(status="resolved")]).resolved == ("f1",)


def test_an_alert_joins_the_services_open_incident() -> None:
    world = World()
    incident = world.declare()

    taken = accept(world.engine, Sender(key="watch", service="shop"), [alert()])

    assert taken.incidents == (incident.ref,)
