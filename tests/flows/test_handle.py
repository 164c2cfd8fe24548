"""The one road by which anything happens to an incident, on the store that is held to the real ones' contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import count

import msgspec
import pytest
from tests.domain.incident.story import ANA, CATALOGUE, PACK, POLICY, declared
from tests.fakes import ManualClock, MemoryStore

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident import events as e
from tocsin.domain.incident.state import Incident
from tocsin.domain.incident.step import step
from tocsin.domain.visibility import WORKER, Viewer
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, UnknownIncidentError, handle, refold
from tocsin.flows.outbox import Handover
from tocsin.flows.ports import Renderer

NOON = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)


class Plain:
    """A renderer that fills nothing in."""

    def render(self, source: str, fields: Mapping[str, object]) -> str:
        return f"{source} {fields['ref']}"


def opened(*, renderer: Renderer | None = None, **changes: object) -> tuple[Engine, Incident]:
    """An engine whose store holds one declared incident."""
    ids = (f"n{n}" for n in count())
    engine = Engine(store=MemoryStore(ManualClock(NOON)), renderer=renderer or Plain(), new_id=lambda: next(ids))
    body = declared(pack="digest", **changes)
    event = e.Event(id="e1", incident="i1", seq=1, occurred_at=NOON, recorded_at=NOON, actor=ANA, body=body)
    first = step(None, event, POLICY)
    with engine.store.transaction() as tx:
        tx.put_pack("digest", msgspec.json.encode(PACK).decode())
        tx.put_catalogue(msgspec.json.encode(CATALOGUE).decode(), "ana")
        tx.save(first.incident, [event])
        tx.add_alias(body.ref, "i1")
        Handover(engine=engine, incident=first.incident, event=event, policy=POLICY).write(tx, first.effects)
    return engine, first.incident


def say(engine: Engine, *bodies: e.EventBody, at: datetime | None = None) -> Incident:
    changes = [Change(body=body, actor=ANA, occurred_at=at) for body in bodies]
    return handle(engine, "INC-1", changes, viewer=WORKER)


def test_times_are_kept_in_utc_wherever_they_were_told() -> None:
    engine, _ = opened()
    there = timezone(timedelta(hours=2))
    incident = say(engine, e.MilestoneReached(name="detected"), at=datetime(2026, 1, 20, 13, 55, tzinfo=there))
    assert incident.milestones["detected"].isoformat() == "2026-01-20T11:55:00+00:00"


def test_nothing_happens_in_the_future_or_without_a_zone() -> None:
    engine, _ = opened()
    with pytest.raises(InvalidError, match="in the future"):
        say(engine, e.Noted(text="x"), at=NOON + timedelta(hours=1))
    with pytest.raises(InvalidError, match="needs a zone"):
        say(engine, e.Noted(text="x"), at=datetime(2026, 1, 20, 11, 0))  # noqa: DTZ001 (the point)


def test_a_refusal_records_nothing_of_what_came_with_it() -> None:
    engine, before = opened()
    with pytest.raises(RefusedError):
        say(engine, e.Noted(text="x"), e.Closed())
    with engine.store.reading() as tx:
        assert tx.load("i1") == before
        assert len(tx.events("i1")) == 1


def test_a_timer_that_changes_nothing_leaves_no_trace() -> None:
    engine, before = opened()
    assert say(engine, e.TimerElapsed(name="escalate", generation=99)) == before
    with engine.store.reading() as tx:
        assert len(tx.events("i1")) == 1


def test_a_private_incident_is_absent_to_whoever_is_no_member() -> None:
    engine, _ = opened(private=True)
    with pytest.raises(UnknownIncidentError):
        handle(engine, "INC-1", [Change(body=e.Noted(text="x"), actor=ANA)], viewer=Viewer(person="bo"))
    with pytest.raises(UnknownIncidentError):
        handle(engine, "INC-9", [Change(body=e.Noted(text="x"), actor=ANA)], viewer=WORKER)


def test_a_state_folded_anew_from_the_history_is_the_one_that_was_kept() -> None:
    engine, _ = opened()
    kept = say(engine, e.Acknowledged(person="ana"), e.CauseNamed(text="the deploy"), e.Resolved(resolution="back"))
    with engine.store.transaction() as tx:
        assert refold(tx, "i1") == kept


def test_history_that_todays_rules_would_refuse_is_still_history() -> None:
    engine, incident = opened()
    late = e.Event(
        id="odd", incident="i1", seq=2, occurred_at=NOON, recorded_at=NOON, actor=ANA, body=e.Closed(reason="old rules")
    )
    with engine.store.transaction() as tx:
        tx.save(replace(incident, seq=2), [late])
        assert refold(tx, "i1").seq == 2
