"""Whatever is posted to the door is answered without a fault; what is answered 2xx is in the store, and what is refused is kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.adapters.sources import samples
from tests.support.api import kept, opened
from tests.support.desk import furnish
from tests.support.fuzzing import FUZZING, TRIED, WAYS, Sample, drawn, examples

from tocsin.domain.changes import Change
from tocsin.flows.ports import InboundAcknowledgement, InboundAlert, InboundPost, Parsed
from tocsin.flows.storage import Tx
from tocsin.wiring import App
from tocsin.wiring.options import SOURCE_KINDS

SENDERS = "integrations:\n" + "".join(
    f'  {kind}: {{kind: {kind}, service: orders, keys: ["{kept(f"{kind}-key")}"], '
    f"options: {json.dumps(samples.OPTIONS.get(kind, {}))}}}\n"
    for kind in sorted(SOURCE_KINDS)
)


@dataclass(frozen=True, slots=True)
class Door:
    """The application over a store of its own, with a sender of every kind; `read` is what a source read in the last post."""

    app: App
    client: TestClient
    read: list[Parsed] = field(default_factory=list)

    def post(self, kind: str, sample: Sample, body: bytes) -> httpx2.Response:
        """Post to the sender of a kind."""
        self.read.clear()
        headers = {**sample.headers, "x-tocsin-key": f"{kind}-key"}
        return self.client.post(f"/v1/in/{kind}/{sample.path}".rstrip("/"), content=body, headers=headers)

    def said(self, kind: str, body: bytes) -> Parsed:
        """Return what the last post said; one that was recognised by its bytes is read now."""
        if self.read:
            return self.read[0]
        return samples.SOURCES[kind].parse(InboundPost(body=body, received_at=datetime.now(tz=UTC), options={}))


@pytest.fixture
def door(
    building: FastAPI, furnished: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Door]:
    """The sources are the samples': SNS takes its certificate from there, and each notes what it reads."""
    app = opened(Path(shutil.copy(furnished[0], tmp_path / "t.db")))
    read: list[Parsed] = []
    sources = {**app.engine.sources, "sns": samples.SOURCES["sns"]}
    for source in sources.values():
        monkeypatch.setattr(source, "parse", partial(_noted, source.parse, read))
    app = replace(app, engine=replace(app.engine, sources=sources))
    furnish(app, SENDERS)
    building.state.wired = app
    client = TestClient(building, base_url="http://tocsin.test", raise_server_exceptions=False)
    yield Door(app, client, read)
    app.engine.store.close()


def _noted(parse: Callable[[InboundPost], Parsed], read: list[Parsed], post: InboundPost) -> Parsed:
    read.append(parse(post))
    return read[-1]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", sorted(SOURCE_KINDS))
def test_what_is_answered_is_in_the_store(door: Door, kind: str, way: str) -> None:
    @settings(
        max_examples=examples(12),
        deadline=None,
        derandomize=not FUZZING,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        sample, body = drawn(kind, way, data)
        answer = door.post(kind, sample, body)
        TRIED[f"door/{kind}"] += 1
        assert answer.status_code < 500, answer.text
        if answer.is_success or "rejected" in answer.text:  # in part: the rest is stored
            TRIED[f"taken/{kind}"] += 1
            lost = _lost(door, kind, door.said(kind, body))
        else:
            lost = _not_kept(door, answer.text)
        TRIED["lost"] += len(lost)
        assert not lost, answer.text

    holds()


def _lost(door: Door, kind: str, parsed: Parsed) -> list[str]:
    """Return what a post said and the store does not know."""
    with door.app.engine.store.transaction() as tx:
        return [
            *(f"alert {one.fingerprint}" for one in parsed.alerts if not _is_kept(tx, kind, one)),
            *(f"change {one.key}" for one in parsed.changes if one.key not in _changes(tx, one)),
            *(f"beat {one.name}" for one in parsed.beats if not tx.value(f"heartbeat/{kind}/{one.name}")),
            *(f"who has {one.fingerprint}" for one in parsed.acknowledgements if not _is_taken(tx, kind, one)),
        ]


def _is_kept(tx: Tx, kind: str, told: InboundAlert) -> bool:
    """Return whether an alert has its row, and, while it fires, its incident."""
    state = tx.alert(kind, told.fingerprint)
    return state is not None and (state.status == "resolved" or tx.load(state.incident) is not None)


def _changes(tx: Tx, told: Change) -> set[str]:
    """Return the changes known as of then or later: what is told late of one takes no later word's place."""
    found = tx.list_changes(since=told.at, limit=100_000)
    return {one.change.key for one in found}


def _is_taken(tx: Tx, kind: str, told: InboundAcknowledgement) -> bool:
    """Return whether an alert's incident is somebody's; an alert that nobody knows or that is over has none to take."""
    state = tx.alert(kind, told.fingerprint)
    incident = tx.load(state.incident) if state is not None and state.status == "firing" else None
    return incident is None or bool(incident.paging.acknowledged_by)


def _not_kept(door: Door, answer: str) -> list[str]:
    """Return what was refused with the name under which it is kept, and is not."""
    _, told, rest = answer.partition("(kept as ")
    name = rest.partition(")")[0]
    with door.app.engine.store.reading() as tx:
        return [name] if told and tx.raw(name) is None else []
