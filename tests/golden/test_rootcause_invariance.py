"""What nobody should care about changes no answer: names, commit ids, the date, the order of records."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.frozen.code import CODE
from tests.support.frozen.hard import HARD
from tests.support.frozen.outside import OUTSIDE
from tests.support.frozen.settings import SETTINGS
from tests.support.frozen.story import Story, write

from tocsin.domain.diagnosis.correlation.verdict import Verdict
from tocsin.wiring.frozen import diagnose_frozen

SAMPLE = (*CODE[:4], *SETTINGS[:4], *OUTSIDE[:5], *HARD[:3])
SHA = re.compile(r"\b[0-9a-f]{40}\b")
MOMENT = re.compile(r"\b2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
SHIFT = timedelta(days=731, hours=5, minutes=13)
SHARED_NAMES = (
    "logging-debug-disk-fill",
    "payment-nil-deref-panic",
    "traffic-surge-flash-sale",
    "grpc-deadline-too-tight",
)


def _rewrite(data: Path, turn: Callable[[str], str]) -> None:
    for file in data.rglob("*"):
        if file.is_file():
            file.write_text(turn(file.read_text()))


def _other_sha(text: str) -> str:
    return SHA.sub(lambda found: found.group()[::-1], text)


def _later(text: str) -> str:
    def move(found: re.Match[str]) -> str:
        at = datetime.strptime(found.group(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) + SHIFT
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")

    return MOMENT.sub(move, text)


def _shuffle(data: Path) -> None:
    chance = random.Random(4)  # noqa: S311 (an order)
    for name in ("traces.json", "patterns.json", "context/commits.json", "context/deploys.json", "context/flags.json"):
        records = json.loads((data / name).read_text())
        chance.shuffle(records)
        (data / name).write_text(json.dumps(records))
    for name in ("logs.ndjson", "metrics.csv"):
        head, *rows = (data / name).read_text().splitlines()
        rows = [*rows, *([head] if name == "logs.ndjson" else [])]
        chance.shuffle(rows)
        (data / name).write_text("\n".join([*([head] if name == "metrics.csv" else []), *rows]) + "\n")


def _said(verdict: Verdict) -> tuple[object, ...]:
    return (
        verdict.root_cause, verdict.first_failing, sorted(verdict.blast_radius), verdict.remediation, verdict.confidence
    )  # fmt: skip


@pytest.mark.parametrize("story", SAMPLE, ids=lambda story: story.name)
def test_commit_ids_dates_and_order_change_nothing(tmp_path: Path, story: Story) -> None:
    data = write(story, tmp_path)
    before = _said(diagnose_frozen(data))

    _shuffle(data)
    assert _said(diagnose_frozen(data)) == before
    _rewrite(data, _later)
    assert diagnose_frozen(data).root_cause == before[0]
    _rewrite(data, _other_sha)
    told = diagnose_frozen(data).root_cause
    assert told == (str(before[0])[::-1] if before[0] != "none" else "none")


@pytest.mark.parametrize("story", SAMPLE, ids=lambda story: story.name)
def test_names_of_services_change_nothing(tmp_path: Path, story: Story) -> None:
    data = write(story, tmp_path)
    before = diagnose_frozen(data)
    names = {one.service for one in (*story.said, *story.metrics, *story.calls)} | {story.service}
    ours = sorted((name for name in names if not name.startswith(("kube", "kernel", "core"))), key=len, reverse=True)
    given = {name: f"unit{number:02}x" for number, name in enumerate(ours)}
    pattern = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, ours)) + r")(?![\w-])")

    _rewrite(data, lambda text: pattern.sub(lambda found: given[found.group()], text))
    after = diagnose_frozen(data)

    assert after.root_cause == before.root_cause
    assert after.first_failing == given[before.first_failing]
    assert after.remediation == before.remediation


@pytest.mark.parametrize("story", SAMPLE, ids=lambda story: story.name)
def test_another_noise_changes_no_answer(tmp_path: Path, story: Story) -> None:
    answers = {diagnose_frozen(write(story, tmp_path / str(seed), seed=seed)).root_cause for seed in (1, 2, 3)}

    assert len(answers) == 1


def test_with_nothing_to_see_no_answer_is_given(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()

    found = diagnose_frozen(tmp_path / "data")

    assert found.root_cause is None
    assert found.confidence == "unknown"
    assert len(found.blind) == 8


def test_changes_without_anything_seen_are_at_most_possible(tmp_path: Path) -> None:
    data = write(CODE[0], tmp_path)
    for name in ("logs.ndjson", "metrics.csv", "traces.json", "patterns.json"):
        (data / name).unlink()

    assert diagnose_frozen(data).confidence in {"possible", "unknown"}
    assert diagnose_frozen(data).score <= 0.5


@pytest.mark.shared
@pytest.mark.parametrize("name", SHARED_NAMES)
def test_the_shared_incidents_may_be_renamed_and_moved_too(shared_dir: Path, tmp_path: Path, name: str) -> None:
    source = shared_dir / "data" / "rootcausebench" / name / "data"
    for file in source.rglob("*"):
        if file.is_file():
            to = tmp_path / file.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(file.read_text())
    before = diagnose_frozen(tmp_path).root_cause

    _shuffle(tmp_path)
    _rewrite(tmp_path, lambda text: _other_sha(_later(text)))
    _rewrite(tmp_path, lambda text: re.sub(r"\b(checkout|payment|frontend|logging|recommendation)", r"zz\1", text))

    after = diagnose_frozen(tmp_path).root_cause
    assert after == (str(before)[::-1] if before != "none" else "none")
