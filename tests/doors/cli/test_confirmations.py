"""Nothing outward happens unasked: a person is asked, a program is told the command that would do it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest
from tests.doors.cli.conftest import INCIDENT, PLAN, Tocsin, problem

DRAFT = {
    "text": "web is down since 14:23",
    "title": "Web is down",
    "services": ["web"],
    "started_at": "2026-01-20T14:23:00Z",
    "impact": {"users_affected": 1200, "error_percent": None, "trend": "unknown", "still_works": ""},
    "endpoints": [],
    "symptoms": ["down"],
    "initial_error": "",
    "questions": [{"key": "trend", "text": "Is it getting worse?"}],
}
FORESEEN = {
    "severity": "SEV2",
    "name": "Major",
    "rank": 2,
    "matched": ["5xx share over the alert's threshold"],
    "boundary_note": "",
    "wakes": ["ada"],
}
DECLARED = {
    "summary": "web is down since 14:23",
    "title": "Web is down",
    "services": ["web"],
    "started_at": "2026-01-20T14:23:00Z",
    "symptoms": ["down"],
    "mode": "standard",
    "impact": {"users_affected": 1200},
}


@pytest.fixture(autouse=True)
def _drafting(tocsin: Tocsin) -> None:
    tocsin.answers["incidents/draft"] = DRAFT
    tocsin.answers["incidents/preview"] = FORESEEN


def test_without_a_terminal_declaring_prints_the_draft_and_the_command_and_exits_7(tocsin: Tocsin) -> None:
    ran = tocsin("declare", "web is down since 14:23")

    assert ran.code == 7
    assert "Web is down" in ran.out
    assert "Is it getting worse?" in ran.out
    assert "SEV2 Major, because: 5xx share over the alert's threshold" in ran.out
    assert "Wakes:       ada" in ran.out
    assert "tocsin declare --yes 'web is down since 14:23'" in ran.err
    assert [path for path, _ in tocsin.asked()] == ["incidents/draft", "incidents/preview"]


def test_the_draft_is_also_json_with_the_command_that_confirms_it(tocsin: Tocsin) -> None:
    ran = tocsin("declare", "web is down since 14:23", "--json")

    assert ran.code == 7
    assert ran.json["schema"] == "tocsin.draft/v1"
    assert ran.json["confirm"] == "tocsin declare --yes 'web is down since 14:23' --json"
    assert ran.json["draft"]["services"] == ["web"]
    assert ran.json["foreseen"] == FORESEEN


def test_yes_declares_what_the_draft_says(tocsin: Tocsin) -> None:
    assert tocsin("declare", "--yes", "web", "is", "down", "since", "14:23").code == 0

    assert tocsin.asked()[-1] == ("incidents", DECLARED)


def test_flags_go_before_what_the_text_says(tocsin: Tocsin) -> None:
    tocsin(
        "declare",
        "--yes",
        "web is down since 14:23",
        "--title",
        "Shop down",
        "--sev",
        "SEV1",
        "--users",
        "9",
        "--private",
    )

    declared = tocsin.asked()[-1][1]
    assert declared["title"] == "Shop down"
    assert declared["severity"] == "SEV1"
    assert declared["private"] is True
    assert declared["impact"] == {"users_affected": 9}


def test_without_text_or_terminal_the_questions_are_named(tocsin: Tocsin) -> None:
    ran = tocsin("declare")

    assert ran.code == 2
    assert "What is broken" in ran.err
    assert "Is it getting worse?" in ran.err


def at_a_terminal(tocsin: Tocsin, *argv: str, typed: str) -> tuple[int, str]:
    """Run the command with a real terminal as its stdin and stderr, typing `typed`."""
    own, theirs = pty.openpty()
    os.write(own, typed.encode())
    process = subprocess.Popen(
        [sys.executable, "-m", "tocsin", *argv],
        env={**os.environ, **tocsin.environment, "TERM": "dumb"},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    out, _ = process.communicate(timeout=30)
    os.close(own)
    return process.returncode, out.decode()


def test_a_person_says_yes_and_it_is_declared(tocsin: Tocsin) -> None:
    code, out = at_a_terminal(tocsin, "declare", "web is down since 14:23", typed="y\n")

    assert code == 0
    assert out.startswith("INC-42")
    assert tocsin.asked()[-1] == ("incidents", DECLARED)


def test_a_person_says_nothing_and_nothing_is_declared(tocsin: Tocsin) -> None:
    code, out = at_a_terminal(tocsin, "declare", "web is down since 14:23", typed="\n")

    assert code == 7
    assert out == ""
    assert [path for path, _ in tocsin.asked()] == ["incidents/draft", "incidents/preview"]


def test_a_person_without_words_is_asked_the_questions(tocsin: Tocsin) -> None:
    code, _ = at_a_terminal(tocsin, "declare", typed="web is down\n14:23\n1200 users\ny\ny\n")

    assert code == 0
    assert tocsin.asked()[0] == ("incidents/draft", {"text": "web is down, since 14:23, 1200 users, getting worse"})


def test_no_input_asks_nothing_even_at_a_terminal(tocsin: Tocsin) -> None:
    code, _ = at_a_terminal(tocsin, "declare", "web is down", "--no-input", typed="y\n")

    assert code == 7


def test_mitigate_without_a_hash_shows_the_plan_and_needs_a_confirmation(tocsin: Tocsin) -> None:
    ran = tocsin("mitigate", "INC-42")

    assert ran.code == 7
    assert "end 17 sessions" in ran.err
    assert "tocsin approve INC-42 3f9a1c22d0b7 && tocsin mitigate INC-42 3f9a1c22d0b7" in ran.err
    assert tocsin.asked() == []


def test_mitigate_yes_plans_approves_and_runs_the_proposal(tocsin: Tocsin) -> None:
    planned = {**INCIDENT, "plans": [PLAN]}
    tocsin.answers["incidents/INC-42"] = {**INCIDENT, "plans": []}
    tocsin.answers["incidents/INC-42/plans"] = planned
    tocsin.answers["incidents/INC-42/plans/3f9a1c22d0b7aa55/approve"] = {
        **INCIDENT,
        "plans": [{**PLAN, "state": "approved"}],
    }

    ran = tocsin("mitigate", "INC-42", "--yes", "--no-wait")

    assert ran.code == 0
    assert [path for path, _ in tocsin.asked()] == [
        "incidents/INC-42/plans",
        "incidents/INC-42/plans/3f9a1c22d0b7aa55/approve",
        "incidents/INC-42/plans/3f9a1c22d0b7aa55/run",
    ]


def test_a_plan_that_needs_two_is_not_run_by_one(tocsin: Tocsin) -> None:
    half = {**PLAN, "approvals": ["ana"], "approvals_needed": 2}
    tocsin.answers["incidents/INC-42/plans/"] = {**INCIDENT, "plans": [half]}

    ran = tocsin("mitigate", "INC-42", "--yes")

    assert ran.code == 7
    assert "1 of 2 approvals" in ran.err
    assert not any(path.endswith("/run") for path, _ in tocsin.asked())


def test_nothing_to_plan_is_the_servers_refusal(tocsin: Tocsin) -> None:
    tocsin.answers["incidents/INC-42"] = {**INCIDENT, "plans": []}
    tocsin.answers["incidents/INC-42/plans"] = problem(409, "no cause proposes a mitigation yet", mend="Name one.")

    assert tocsin("mitigate", "INC-42", "--yes").code == 5


def test_restoring_is_confirmed(tocsin: Tocsin) -> None:
    ran = tocsin("restore", "backup.zip")

    assert ran.code == 7
    assert "tocsin restore backup.zip --yes" in ran.err
