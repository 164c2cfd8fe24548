"""Frozen incidents of the shared benchmark, and ours: which change is blamed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bench.rootcause import SURE, Case, figures, run, scenarios
from tests.support.frozen.afresh import AFRESH
from tests.support.frozen.application import APPLICATION
from tests.support.frozen.application_more import APPLICATION_MORE
from tests.support.frozen.byways import BYWAYS
from tests.support.frozen.code import CODE
from tests.support.frozen.concurrency import CONCURRENCY
from tests.support.frozen.edges import EDGES
from tests.support.frozen.estate import ESTATE
from tests.support.frozen.fresh import FRESH
from tests.support.frozen.further import FURTHER
from tests.support.frozen.hard import HARD
from tests.support.frozen.holdout import HOLDOUT
from tests.support.frozen.languages import LANGUAGES
from tests.support.frozen.last_unseen import LAST_UNSEEN
from tests.support.frozen.later import LATER
from tests.support.frozen.mixed import MIXED
from tests.support.frozen.outside import OUTSIDE
from tests.support.frozen.platform import PLATFORM
from tests.support.frozen.roundabout import ROUNDABOUT
from tests.support.frozen.settings import SETTINGS
from tests.support.frozen.shopfloor import SHOPFLOOR
from tests.support.frozen.story import Story, write
from tests.support.frozen.thirteenth import THIRTEENTH
from tests.support.frozen.unseen import UNSEEN
from tests.support.frozen.unseen_more import UNSEEN_MORE

OURS = (
    *CODE,
    *CONCURRENCY,
    *SETTINGS,
    *OUTSIDE,
    *HARD,
    *FURTHER,
    *LATER,
    *MIXED,
    *FRESH,
    *LANGUAGES,
    *PLATFORM,
    *AFRESH,
    *ESTATE,
    *EDGES,
    *HOLDOUT,
    *ROUNDABOUT,
    *BYWAYS,
    *SHOPFLOOR,
    *APPLICATION,
    *APPLICATION_MORE,
    *UNSEEN,
    *UNSEEN_MORE,
    *LAST_UNSEEN,
    *THIRTEENTH,
)


@pytest.fixture(scope="module")
def shared_cases(shared_dir: Path) -> list[Case]:
    return [run(folder, ()) for folder in scenarios(shared_dir / "data" / "rootcausebench")]


@pytest.mark.shared
def test_the_shared_benchmark_is_answered_as_the_measurements_say(shared_cases: list[Case]) -> None:
    found = figures(shared_cases)

    assert found["cases"] == 12
    assert found["exact"] >= 11
    assert found["decoy_hits"] == 0
    assert found["false_confident"] == 0
    assert found["first_service"] >= 11
    assert found["remediation"] >= 11


@pytest.mark.shared
@pytest.mark.parametrize("name", ["traces.json", "patterns.json", "context/flags.json"])
def test_a_missing_file_costs_little(shared_dir: Path, name: str) -> None:
    found = figures([run(folder, (name,)) for folder in scenarios(shared_dir / "data" / "rootcausebench")])

    assert found["exact"] >= 10
    assert found["decoy_hits"] <= 1
    assert found["false_confident"] <= 1


@pytest.mark.parametrize("story", OURS, ids=lambda story: story.name)
def test_our_own_incidents_are_answered(tmp_path: Path, story: Story) -> None:
    case = run(write(story, tmp_path).parent, ())

    assert case.exact, case.verdict.suspicions[:3]
    assert case.verdict.first_failing == case.truth["first_failing_service"]
    assert case.verdict.remediation == case.truth["remediation"]


@pytest.mark.parametrize(
    ("name", "wrong"), [("context/deploys.json", 6), ("metrics.csv", 6), ("logs.ndjson", 3), ("traces.json", 1)]
)
def test_what_nobody_froze_costs_answers_but_brings_no_sure_wrong_ones(tmp_path: Path, name: str, wrong: int) -> None:
    cases = [run(write(story, tmp_path).parent, (name,)) for story in (*LANGUAGES, *PLATFORM)]

    found = figures(cases)

    assert found["exact"] >= found["cases"] - wrong
    assert found["false_confident"] == 0


def test_without_the_guilty_change_on_record_hardly_any_answer_is_sure(tmp_path: Path) -> None:
    guilty = [story for story in OURS if story.culprit is not None]
    unknown = [replace(story, culprit=None) for story in guilty]

    sure = [story.name for story in unknown if run(write(story, tmp_path).parent, ()).verdict.confidence in SURE]

    assert not sure
