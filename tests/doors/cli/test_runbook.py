"""`tocsin runbook`: what it asks of the server, what it prints, and how it finds the step that is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.doors.cli.conftest import NOW, Tocsin

STEP: dict[str, Any] = {
    "number": 1, "key": "tree", "kind": "look", "text": "Draw the tree", "command": "psql -c 'SELECT 1'\npsql -l",
    "expect": "Nobody waits", "otherwise": "Find the root", "checks": ["pg.lock_tree"], "action": "", "gates": [],
    "runs": True, "result": "open", "note": "", "by": "", "at": None, "plan": "", "seen": ["critical: pg.lock_tree orders/db: 3 wait"],
}  # fmt: skip
SAFE = {**STEP, "number": 2, "key": "safe", "kind": "ask", "text": "Agree", "result": "done", "note": "Bo agreed", "by": "bo", "runs": False, "command": "", "seen": []}  # fmt: skip
RUN = {"key": "lock-chain", "title": "Sessions wait", "summary": "One holds", "severity": "High", "started_by": "ana", "started_at": NOW, "ended": 1, "next": "tree", "steps": [STEP, SAFE]}  # fmt: skip
OTHER = {**RUN, "key": "database-slow", "title": "Slow", "steps": [{**STEP, "key": "running"}]}
LINE = {"key": "api-503", "title": "The API answers 503", "summary": "", "severity": "", "causes": [], "steps": 8, "score": 1.0, "reasons": ["alert Http503"], "followed": False}  # fmt: skip
AT = "incidents/INC-42/runbooks"


def following(tocsin: Tocsin, *runs: dict[str, Any]) -> None:
    tocsin.answers[AT] = {"ref": "INC-42", "followed": list(runs), "others": [LINE]}


def test_the_list_for_an_incident_says_why(tocsin: Tocsin) -> None:
    following(tocsin)
    tocsin.answers["runbooks"] = [{**LINE, "reasons": []}]

    ran = tocsin("runbook", "list", "INC-42")

    assert "api-503" in ran.out
    assert "alert Http503" in ran.out
    assert tocsin("runbook", "list", "INC-42", "--json").json["schema"] == "tocsin.incident-runbooks/v1"
    assert tocsin("runbook", "list", "--json").json["runbooks"][0]["key"] == "api-503"


def test_a_step_is_printed_with_its_command_and_what_was_seen(tocsin: Tocsin) -> None:
    following(tocsin, RUN)

    out = tocsin("runbook", "show", "INC-42").out

    assert "[ ] 1. tree look" in out
    assert "$ psql -c 'SELECT 1'" in out
    assert "if not: Find the root" in out
    assert "seen: critical: pg.lock_tree orders/db: 3 wait" in out
    assert "[✓] 2. safe ask  bo" in out
    assert "said: Bo agreed" in out
    assert "next: tocsin runbook step INC-42 lock-chain/tree" in out
    assert "Agree" not in out.replace("Bo agreed", "")


def test_a_runbook_is_shown_whole(tocsin: Tocsin) -> None:
    tocsin.answers["runbooks/lock-chain"] = {**RUN, "source": "sre", "owner": "", "causes": ["lock_chain"], "alerts": ["A"], "labels": {}, "symptoms": ["deadlock"]}  # fmt: skip

    ran = tocsin("runbook", "show", "lock-chain", "--service", "orders")

    assert "Sessions wait" in ran.out
    assert tocsin.sink.received[-1].path == "/v1/runbooks/lock-chain?service=orders"


def test_start_follows_it_and_prints_the_steps(tocsin: Tocsin) -> None:
    following(tocsin, RUN)

    ran = tocsin("runbook", "start", "lock-chain")

    assert tocsin.asked() == [(AT, {"runbook": "lock-chain"})]
    assert "1. tree" in ran.out


@pytest.mark.parametrize(
    ("argv", "path", "body"),
    [
        (["INC-42", "tree"], "lock-chain/run", {"step": "tree"}),
        (["tree"], "lock-chain/run", {"step": "tree"}),
        (
            ["INC-42", "1", "--done", "-n", "3 wait"],
            "lock-chain/steps",
            {"step": "1", "result": "done", "note": "3 wait"},
        ),
        (["INC-42", "other/x", "--failed"], "other/steps", {"step": "x", "result": "failed", "note": ""}),
        (["INC-42", "safe", "--undo"], "lock-chain/steps", {"step": "safe", "result": "open", "note": ""}),
    ],
)
def test_a_step_is_carried_out_or_marked(tocsin: Tocsin, argv: list[str], path: str, body: dict[str, str]) -> None:
    following(tocsin, RUN)

    ran = tocsin("runbook", "step", *argv, "--json")

    assert tocsin.asked() == [(f"{AT}/{path}", body)]
    assert ran.json["schema"] == "tocsin.incident-runbooks/v1"


def test_after_a_step_the_next_one_is_shown_whole_and_the_others_in_a_line(tocsin: Tocsin) -> None:
    later = {**STEP, "number": 3, "key": "later", "text": "Read the log", "seen": []}
    following(tocsin, {**RUN, "steps": [STEP, SAFE, later]})

    out = tocsin("runbook", "step", "tree", "--skipped").out

    assert "Draw the tree" in out
    assert "[ ] 3. later look" in out
    assert "Read the log" not in out


def test_a_step_that_two_runbooks_have_is_asked_about(tocsin: Tocsin) -> None:
    following(tocsin, RUN, {**OTHER, "steps": [STEP]})

    ran = tocsin("runbook", "step", "INC-42", "tree")

    assert ran.code == 2
    assert "lock-chain/tree or database-slow/tree" in ran.err


def test_a_step_nobody_has_and_a_runbook_nobody_started_are_told(tocsin: Tocsin) -> None:
    following(tocsin, RUN)
    unknown = tocsin("runbook", "step", "INC-42", "nothing")
    following(tocsin)
    none = tocsin("runbook", "step", "INC-42", "tree")

    assert (unknown.code, none.code) == (3, 3)
    assert "lock-chain: tree, safe" in unknown.err
    assert "tocsin runbook start INC-42 RUNBOOK" in none.err


@pytest.mark.parametrize("argv", [["tree", "--done", "--failed"], ["tree", "--note", "x"], [], ["a", "b", "c"]])
def test_a_step_has_one_outcome(tocsin: Tocsin, argv: list[str]) -> None:
    following(tocsin, RUN)

    assert tocsin("runbook", "step", *argv).code == 2
    assert tocsin.asked() == []


def test_a_file_is_checked_without_a_server(tocsin: Tocsin, tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text("key: ours\ntitle: Ours\nsteps: []\n", encoding="utf-8")

    ran = tocsin("runbook", "check", str(file), "--json")

    assert ran.code == 2
    assert {p["line"] for p in ran.json["problems"]} == {1, 3}
    assert tocsin.sink.received == []
