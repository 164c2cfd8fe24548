"""A folder becomes values; what is missing or malformed is said, and costs nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.frozen.code import CODE
from tests.support.frozen.story import write

from tocsin.adapters.frozen import read_folder
from tocsin.domain.errors import InvalidError

FILES = (
    "alert.json", "logs.ndjson", "metrics.csv", "traces.json", "patterns.json",
    "context/commits.json", "context/deploys.json", "context/flags.json",
)  # fmt: skip


def test_a_folder_is_read_as_it_was_written(tmp_path: Path) -> None:
    story = CODE[0]

    found = read_folder(write(story, tmp_path))

    assert found.blind == ()
    assert found.alarm.service == story.service
    assert {line.service for line in found.logs} >= {"ledger", "frontdoor"}
    assert {(one.service, one.metric) for one in found.series} == {(one.service, one.name) for one in story.metrics}
    assert [span.caller for span in found.spans if span.service == "ledger"] == ["frontdoor", "frontdoor"]
    culprit = next(one for one in found.changes if one.message == "perf: stream statement rows")
    assert culprit.rollouts[0].service == "ledger"
    assert "defer rows.Close()" in culprit.diff


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_a_blind_spot(tmp_path: Path, name: str) -> None:
    data = write(CODE[0], tmp_path)
    (data / name).unlink()

    found = read_folder(data)

    assert [spot.target for spot in found.blind] == [name]
    assert "no such file" in found.blind[0].why


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", ["{", "[[1, 2], 3]", "\x00\xff", '{"a": {"b": [1]}}', "a,b\n1,2\n", "[" * 100_000])
def test_a_malformed_file_is_a_blind_spot_and_nothing_else(tmp_path: Path, name: str, content: str) -> None:
    data = write(CODE[0], tmp_path)
    (data / name).write_text(content, encoding="latin-1")

    found = read_folder(data)

    assert {spot.target for spot in found.blind} <= {name}


def test_single_bad_records_are_counted_and_the_rest_is_kept(tmp_path: Path) -> None:
    data = write(CODE[0], tmp_path)
    with (data / "logs.ndjson").open("a") as logs:
        logs.write('not json\n{"service": "ledger"}\n[1]\n')
    whole = len((data / "logs.ndjson").read_text().splitlines())

    found = read_folder(data)

    assert len(found.logs) == whole - 3
    assert [(spot.target, spot.why) for spot in found.blind] == [("logs.ndjson", "3 records could not be read")]


def test_a_deploy_of_a_commit_that_nobody_listed_is_still_a_change(tmp_path: Path) -> None:
    (tmp_path / "context").mkdir()
    deploy = {"timestamp": "2031-03-04T09:00:00Z", "service": "a", "commit_sha": "abcdef1234", "version": "v1"}
    (tmp_path / "context/deploys.json").write_text(json.dumps([deploy]))

    found = read_folder(tmp_path)

    assert [one.key for one in found.changes] == ["abcdef1234"]
    assert found.changes[0].rollouts[0].at == datetime(2031, 3, 4, 9, tzinfo=UTC)


def test_a_short_commit_id_of_a_deploy_finds_its_commit(tmp_path: Path) -> None:
    data = write(CODE[0], tmp_path)
    deploys = json.loads((data / "context/deploys.json").read_text())
    shortened = [{**one, "commit_sha": one["commit_sha"][:8]} for one in deploys]
    (data / "context/deploys.json").write_text(json.dumps(shortened))

    found = read_folder(data)

    culprit = next(one for one in found.changes if one.message == "perf: stream statement rows")
    assert culprit.rollouts[0].service == "ledger"


def test_the_truth_beside_an_incident_is_never_opened(tmp_path: Path) -> None:
    data = write(CODE[0], tmp_path)
    (data / "ground_truth.json").write_text("{")
    (data.parent / "ground_truth.json").write_text("{")

    assert read_folder(data).blind == ()


def test_a_folder_that_is_not_there_is_an_error_that_says_how_to_mend_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidError) as error:
        read_folder(tmp_path / "nowhere")

    assert "alert.json" in error.value.mend
