"""Whatever is posted becomes something that can be kept, or a rejection in words: nothing else, and nothing in between.

A hundred examples a source and way in the suite; TOCSIN_FUZZ=N makes N of each (see docs/testing.md).
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.adapters.sources import samples
from tests.support.fuzzing import TRIED, WAYS, Sample, drawn, examples, samples_of
from tests.support.posts import AT, a_post

from tocsin.domain.alerts.fold import AlertState, take
from tocsin.domain.alerts.heartbeat import Heartbeat, beaten
from tocsin.domain.changes import Change
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed, RejectedError
from tocsin.wiring.options import SOURCE_KINDS

FUZZ = settings(max_examples=examples(100), suppress_health_check=list(HealthCheck))


def posted(kind: str, sample: Sample, body: bytes) -> InboundPost:
    """Return a body as a post like the sample."""
    return a_post(body, path=sample.path, headers=sample.headers, options=samples.OPTIONS.get(kind, {}))


def test_every_kind_of_source_is_tried() -> None:
    assert set(samples.POSTS) == SOURCE_KINDS


@pytest.mark.parametrize("kind", sorted(SOURCE_KINDS))
def test_the_samples_themselves_are_taken(kind: str) -> None:
    for sample in samples_of(kind):
        body = sample.body if isinstance(sample.body, bytes) else json.dumps(sample.body).encode()
        assert _kept(kind, posted(kind, sample, samples.signed(kind, body))), sample


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", sorted(SOURCE_KINDS))
@FUZZ
@given(data=st.data())
def test_whatever_is_posted_can_be_kept_or_is_rejected(kind: str, way: str, data: st.DataObject) -> None:
    sample, body = drawn(kind, way, data)
    TRIED[f"read/{kind}"] += 1
    _kept(kind, posted(kind, sample, body))


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
    assert state.name
    again = msgspec.json.decode(msgspec.json.encode(state), type=AlertState)
    assert replace(again, extra=state.extra) == state


def _count(parsed: Parsed) -> int:
    return sum(map(len, (parsed.alerts, parsed.changes, parsed.beats, parsed.acknowledgements, parsed.rejected)))


def _expected(kind: str, post: InboundPost, parsed: Parsed) -> int:
    """Return how many items a post that was taken holds; one that says nothing of ours must have been answered so."""
    raw = msgspec.json.decode(post.body) if kind in {"alertmanager", "grafana"} else {}
    if "alerts" in raw:
        return len(raw["alerts"])
    if kind in {"alertmanager_v2", "generic", "deploys"}:
        raw = msgspec.json.decode(post.body)
        if raw is None and kind == "alertmanager_v2":
            return 0  # an empty list, to Alertmanager
        return len(raw) if isinstance(raw, list) else 1
    if kind == "mapped":
        return _count(parsed) or 1
    return 0 if parsed.reply and ("ignored" in parsed.reply or "confirmed" in parsed.reply) else 1


@pytest.mark.shared
def test_the_recorded_posts_are_read_by_their_sources(shared_dir: Path) -> None:
    recording = shared_dir / "vectors/prometheus-2.42-to-am-v2-post.jsonl"
    for line in recording.read_text().splitlines():
        assert _kept("alertmanager_v2", a_post(json.loads(line)["b"].encode()))
