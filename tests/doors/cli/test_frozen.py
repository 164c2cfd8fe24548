"""`diagnose --frozen` answers from a folder, with no server."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.doors.cli.conftest import Tocsin
from tests.support.frozen.code import CODE
from tests.support.frozen.story import truth, write

STORY = CODE[0]


@pytest.fixture
def here(tocsin: Tocsin) -> Tocsin:
    """The command where no server is known."""
    del tocsin.environment["TOCSIN_URL"], tocsin.environment["TOCSIN_TOKEN"]
    return tocsin


def test_a_frozen_incident_is_answered_with_the_change_to_blame(here: Tocsin, tmp_path: Path) -> None:
    ran = here("diagnose", "--frozen", str(write(STORY, tmp_path)), "--json")

    assert ran.code == 0
    assert ran.json["schema"] == "tocsin.frozen/v1"
    assert ran.json["root_cause_commit"] == truth(STORY)["root_cause_commit"]
    assert ran.json["first_failing_service"] == "ledger"
    assert ran.json["blast_radius"] == ["frontdoor"]
    assert ran.json["remediation"] == "rollback"
    assert ran.json["confidence"] in {"likely", "confirmed"}
    assert ran.json["evidence"]
    assert not here.home.exists()


def test_people_read_the_cause_the_evidence_and_what_was_not_seen(here: Tocsin, tmp_path: Path) -> None:
    data = write(STORY, tmp_path)
    (data / "traces.json").unlink()

    ran = here("diagnose", "--frozen", str(data))

    assert "perf: stream statement rows" in ran.out
    assert "Failed first: ledger" in ran.out
    assert "traces.json" in ran.out


def test_secrets_in_what_is_quoted_are_hidden(here: Tocsin, tmp_path: Path) -> None:
    data = write(STORY, tmp_path)
    logs = data / "logs.ndjson"
    logs.write_text(logs.read_text().replace("statement failed:", "statement failed for postgres://a:hunter2@db/x:"))

    ran = here("diagnose", "--frozen", str(data))

    assert "statement failed" in ran.out
    assert "hunter2" not in ran.out + ran.err


def test_a_frozen_incident_stands_alone(here: Tocsin, tmp_path: Path) -> None:
    assert here("diagnose", "INC-42", "--frozen", str(tmp_path)).code == 2


def test_a_folder_that_is_not_there_is_told(here: Tocsin, tmp_path: Path) -> None:
    ran = here("diagnose", "--frozen", str(tmp_path / "nowhere"))

    assert ran.code == 2
    assert "alert.json" in ran.err
