"""Runbooks in YAML: every mistake with its file and line, a team's own in the place of a shipped one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.config.catalogue import check, check_text, from_json, to_json
from tocsin.config.problems import Problem
from tocsin.config.runbooks import read_runbook, shipped_runbooks
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.mitigation.runbook import Runbook
from tocsin.wiring import judge_options

TEAM = "catch_all: a\npeople: {a: {name: A, contacts: {c: {kind: console, address: a, verified: true}}}}\n"
OWN = """\
key: orders-stuck
title: Orders are stuck
when:
  causes: [lock_chain]
  symptoms: [stuck orders]
steps:
  - key: look
    kind: look
    text: Look at the queue of {{ service.name }}
    checks: [pg.lock_tree]
    command: "queue --of {{ service.key }} # {{ links.dashboard }}"
  - key: end
    kind: do
    text: End them
    action: postgres.terminate_idle_in_transaction
    params: {older_than_s: 300}
    otherwise: Call the owner
  - key: prove
    kind: verify
    text: Prove it
    gates: [error_percent]
    otherwise: Go on
"""


def refused(tmp_path: Path, *changes: tuple[str, str]) -> list[Problem]:
    text = OWN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = tmp_path / "own.yaml"
    file.write_text(text, encoding="utf-8")
    runbook, problems = read_runbook(file)
    assert runbook is None
    return problems


def test_a_runbook_is_read_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")

    runbook, problems = read_runbook(tmp_path / "own.yaml")

    assert problems == []
    assert runbook is not None
    assert [s.key for s in runbook.steps] == ["look", "end", "prove"]
    assert runbook.steps[1].params == {"older_than_s": "300"}
    assert runbook.when.causes == ("lock_chain",)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("[lock_chain]", "[lock_chian]", 4, "'lock_chian' is no cause that is diagnosed. Did you mean lock_chain?"),
        ("pg.lock_tree", "pg.lock_tre", 10, "'pg.lock_tre' is no check. Did you mean pg.lock_tree?"),
        ("error_percent", "errors", 21, "'errors' is no measure of a gate"),
        ("kind: do", "kind: mend it", 13, "none of look, do, ask, verify"),
        ("service.name", "service.nmae", 9, "service has no 'nmae'. Did you mean name?"),
        ("{{ links.dashboard }}", "{{ title }}", 11, "no runbook has a field 'title'"),
        ("{{ service.key }}", "{{ service.key", 11, "the template is broken"),
        ("    otherwise: Call the owner\n", "", 12, "nobody is told what to do when it fails"),
        ("checks: [pg.lock_tree]", "gates: [ready]", 10, "gates means nothing in a step of kind look"),
        (
            "kind: verify\n    text: Prove it\n    gates: [error_percent]",
            "kind: ask\n    text: Prove it",
            19,
            "proves nothing",
        ),
        ("causes: [lock_chain]\n  symptoms: [stuck orders]", "{}", 3, "nothing says when the runbook fits"),
        ("key: end", "key: look", 6, "look is given 2 times"),
        ("key: end", 'key: "2"', 12, "'2' cannot be a key"),
        ("title: Orders are stuck", "titel: Orders are stuck", 2, "runbook has no 'titel'. Did you mean title?"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    problems = refused(tmp_path, (old, new))

    assert any(p.line == line and said in str(p) for p in problems), [str(p) for p in problems]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    problems = refused(
        tmp_path, ("lock_chain", "x_chain"), ("pg.lock_tree", "pg.x"), ("gates: [error_percent]", "gates: []")
    )

    assert [p.line for p in problems] == [4, 10, 18]


def written(tmp_path: Path, runbooks: str) -> tuple[Catalogue | None, list[Problem]]:
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    (tmp_path / "tocsin.yaml").write_text(TEAM + runbooks, encoding="utf-8")
    return check(tmp_path / "tocsin.yaml", judge_options)


def names(catalogue: Catalogue | None, problems: list[Problem]) -> dict[str, Runbook]:
    assert problems == []
    assert catalogue is not None
    return {r.key: r for r in catalogue.runbooks}


def test_the_shipped_runbooks_are_in_use_without_a_word(tmp_path: Path) -> None:
    assert names(*written(tmp_path, "")) == {r.key: r for r in shipped_runbooks()}


def test_a_teams_own_is_a_path_or_written_in_place_and_replaces_a_shipped_one(tmp_path: Path) -> None:
    inline = (
        "runbooks:\n- own.yaml\n- " + OWN.replace("orders-stuck", "lock-chain").replace("\n", "\n  ").rstrip() + "\n"
    )

    found = names(*written(tmp_path, inline))

    assert found["orders-stuck"].title == found["lock-chain"].title == "Orders are stuck"
    assert set(found) == {r.key for r in shipped_runbooks()} | {"orders-stuck"}


def test_runbooks_may_be_written_under_their_keys(tmp_path: Path) -> None:
    body = OWN.partition("\n")[2].rstrip().replace("\n", "\n    ")

    assert "late-orders" in names(*written(tmp_path, f"runbooks:\n  late-orders:\n    {body}\n"))


def test_mistakes_of_a_runbook_stand_in_the_one_list_with_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(OWN.replace("lock_chain", "x_chain"), encoding="utf-8")

    _, problems = written(tmp_path, "default_policy: nowhere\nrunbooks: [bad.yaml, absent.yaml, 7]\n")

    said = [(Path(p.file).name, p.line, p.field) for p in problems]
    assert ("bad.yaml", 4, "when.causes[0]") in said
    assert ("tocsin.yaml", 4, "runbooks[1]") in said
    assert ("tocsin.yaml", 4, "runbooks[2]") in said
    assert ("tocsin.yaml", 3, "default_policy") in said


def test_an_action_no_adapter_offers_is_told_in_the_runbooks_own_file(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(OWN.replace("postgres.terminate_idle", "mysql.terminate_idle"), encoding="utf-8")

    _, problems = written(tmp_path, "runbooks: [bad.yaml]\n")

    (only,) = problems
    assert (Path(only.file).name, only.line) == ("bad.yaml", 15)
    assert "no action is called 'mysql.terminate_idle_in_transaction'" in only.message
    assert "give a `command`" in only.mend


def test_the_same_key_twice_is_told(tmp_path: Path) -> None:
    _, problems = written(tmp_path, "runbooks: [own.yaml, own.yaml]\n")

    assert [p.message for p in problems] == ["there is a runbook called orders-stuck already"]


def test_a_secret_written_out_in_a_runbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        OWN.replace("queue --of", "psql postgresql://app:hunter2@db/x --of"), encoding="utf-8"
    )

    _, problems = written(tmp_path, "runbooks: [bad.yaml]\n")

    assert any("password" in p.message for p in problems)
    assert "hunter2" not in "".join(str(p) for p in problems)


def test_a_file_may_not_set_the_digests() -> None:
    _, problems = check_text(TEAM + "runbook_digests: {a: b}\n", "tocsin.yaml", Path())

    assert any("runbook_digests" in str(p) for p in problems)


def test_a_catalogue_with_runbooks_survives_json(tmp_path: Path) -> None:
    catalogue, _ = written(tmp_path, "runbooks: [own.yaml]\n")
    assert catalogue is not None

    assert from_json(to_json(catalogue)) == catalogue
