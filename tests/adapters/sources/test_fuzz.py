"""Whatever is posted becomes something that can be kept, or a rejection in words: nothing else, and nothing in between.

A hundred examples a source and way in the suite; TOCSIN_FUZZ=N makes N of each (see docs/testing.md).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters.sources import samples
from tests.support.posts import AT, a_post

from tocsin.domain.alerts.fold import AlertState, take
from tocsin.domain.alerts.heartbeat import Heartbeat, beaten
from tocsin.domain.changes import Change
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed, RejectedError
from tocsin.wiring.options import SOURCE_KINDS

EXAMPLES = int(os.environ.get("TOCSIN_FUZZ", "100"))
FUZZ = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
ANY_TEXT = st.text(max_size=20) | st.sampled_from(
    [
        "",
        "0001-01-01T00:00:00Z",
        "2026-03-04T14:20:00+00:00Z",
        "9999-12-31T23:59:59-23:59",
        "\0",
        "$ALERT_ID",
        "a" * 600,
    ]
)
NUMBER = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0, -1, 10**400, 1e300])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)


@dataclass(frozen=True)
class Sample:
    """A post that a sender does send, from which others are made."""

    body: Any
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def post(self, kind: str, body: bytes) -> InboundPost:
        return a_post(body, path=self.path, headers=self.headers, options=samples.OPTIONS.get(kind, {}))


@cache
def samples_of(kind: str) -> list[Sample]:
    return [Sample(*one) for one in samples.POSTS[kind]]


def test_every_kind_of_source_is_tried() -> None:
    assert set(samples.POSTS) == SOURCE_KINDS


@pytest.mark.parametrize("kind", sorted(SOURCE_KINDS))
def test_the_samples_themselves_are_taken(kind: str) -> None:
    for sample in samples_of(kind):
        body = sample.body if isinstance(sample.body, bytes) else json.dumps(sample.body).encode()
        assert _kept(kind, sample.post(kind, samples.signed(kind, body))), sample


@pytest.mark.parametrize("kind", sorted(SOURCE_KINDS))
@FUZZ
@given(st.data())
def test_any_bytes(kind: str, data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(samples_of(kind)))
    _kept(kind, sample.post(kind, data.draw(st.binary(max_size=300))))


@pytest.mark.parametrize("kind", sorted(SOURCE_KINDS))
@FUZZ
@given(st.data())
def test_any_json(kind: str, data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(samples_of(kind)))
    _kept(kind, sample.post(kind, json.dumps(data.draw(JSON)).encode()))


@pytest.mark.parametrize("kind", sorted(SOURCE_KINDS))
@FUZZ
@given(st.data())
def test_real_posts_with_parts_replaced_taken_away_and_added(kind: str, data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(samples_of(kind)))
    body = sample.body
    if isinstance(body, bytes):
        body = _with_other_bytes(body, data)
    else:
        for _ in range(data.draw(st.integers(1, 3))):
            body = _with_another_part(body, data)
        body = json.dumps(body).encode()
        body = samples.signed(kind, body)
        if data.draw(st.integers(0, 9)) == 0:
            body = _with_other_bytes(body, data)
    _kept(kind, sample.post(kind, body))


def _with_another_part(value: Any, data: st.DataObject) -> Any:
    """Return `value` with one of its parts, however deep, made another, left out, or joined by one more."""
    inside = isinstance(value, dict | list) and bool(value) and data.draw(st.integers(0, 3)) > 0
    if not inside:
        return data.draw(JSON)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    at = data.draw(st.sampled_from(keys))
    what = data.draw(st.sampled_from(["inside", "inside", "inside", "without", "with"]))
    copy = dict(value) if isinstance(value, dict) else list(value)
    if what == "without":
        del copy[at]
    elif what == "with" and isinstance(copy, dict):
        copy[data.draw(ANY_TEXT)] = data.draw(JSON)
    elif what == "with":
        copy.append(data.draw(JSON))  # type: ignore[union-attr]  # a list here
    else:
        copy[at] = _with_another_part(value[at], data)
    return copy


def _with_other_bytes(body: bytes, data: st.DataObject) -> bytes:
    start = data.draw(st.integers(0, len(body)))
    end = min(len(body), start + data.draw(st.integers(0, 20)))
    return body[:start] + data.draw(st.binary(max_size=20)) + body[end:]


def _kept(kind: str, post: InboundPost) -> bool:
    """Return whether a post was taken, having seen that everything in it can be kept and nothing was passed over."""
    try:
        parsed = samples.SOURCES[kind].parse(post)
    except RejectedError as rejected:
        assert str(rejected)  # noqa: PT017 (either way is right; a rejection must say something)
        return False
    for alert in parsed.alerts:
        _can_be_kept(alert)
    for change in parsed.changes:
        assert change.at.tzinfo is not None
        assert change.key
        assert msgspec.json.decode(msgspec.json.encode(change), type=Change).key == change.key
    for beat in parsed.beats:
        known = beaten(None, beat, AT)
        assert msgspec.json.decode(msgspec.json.encode(known), type=Heartbeat) == known
    assert all(one.fingerprint for one in parsed.acknowledgements)
    assert all(one.where and one.reason for one in parsed.rejected)
    msgspec.json.encode(parsed.reply)
    assert _count(parsed) == _expected(kind, post, parsed)
    return True


def _can_be_kept(alert: InboundAlert) -> None:
    assert alert.status in {"firing", "resolved"}
    assert alert.name
    assert 0 < len(alert.fingerprint) <= 255
    assert alert.fingerprint.isprintable()
    for text in (alert.name, alert.summary, alert.service, alert.severity):
        assert "\0" not in text
        text.encode()
    for moment in (alert.starts_at, alert.ends_at):
        assert moment is None or moment.tzinfo is not None
    assert all(isinstance(one, str) for pair in alert.labels.items() for one in pair)
    assert all(url.startswith(("http://", "https://")) for url in alert.links.values())
    state = take(None, alert, AT).state
    again = msgspec.json.decode(msgspec.json.encode(state), type=AlertState)
    assert replace(again, extra=state.extra) == state


def _count(parsed: Parsed) -> int:
    return sum(map(len, (parsed.alerts, parsed.changes, parsed.beats, parsed.acknowledgements, parsed.rejected)))


def _expected(kind: str, post: InboundPost, parsed: Parsed) -> int:
    """Return how many items a post that was taken holds; one that says nothing of ours must have been answered so."""
    if kind in {"alertmanager", "grafana"}:
        return len(msgspec.json.decode(post.body)["alerts"])
    if kind in {"alertmanager_v2", "generic", "deploys"}:
        raw = msgspec.json.decode(post.body)
        return len(raw) if isinstance(raw, list) else 1
    if kind == "mapped":
        return _count(parsed) or 1
    return 0 if parsed.reply and ("ignored" in parsed.reply or "confirmed" in parsed.reply) else 1


@pytest.mark.shared
def test_the_recorded_posts_are_read_by_their_sources(shared_dir: Path) -> None:
    recording = shared_dir / "vectors/prometheus-2.42-to-am-v2-post.jsonl"
    for line in recording.read_text().splitlines():
        assert _kept("alertmanager_v2", a_post(json.loads(line)["b"].encode()))
