"""Both grammars of matchers against Alertmanager's own compliance table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from tocsin.domain.alerts.matchers import Grammar, MatcherError, parse_matchers

KINDS = {"MatchEqual": "=", "MatchNotEqual": "!=", "MatchRegexp": "=~", "MatchNotRegexp": "!~"}
GRAMMARS: tuple[Grammar, ...] = get_args(Grammar)


@pytest.mark.shared
def test_every_row_of_the_compliance_table_holds_in_its_grammars(shared_dir: Path) -> None:
    rows = json.loads((shared_dir / "vectors" / "alertmanager_matcher_compliance.json").read_text())["cases"]
    assert len(rows) == 54
    for row in rows:
        grammars: list[Grammar] = ["classic"] if row["classic_only"] else ["classic", "utf8"]
        for grammar in grammars:
            if row["err"] is not None:
                with pytest.raises(MatcherError):
                    parse_matchers(row["input"], grammar)
                continue
            found = [[m.operator, m.name, m.value] for m in parse_matchers(row["input"], grammar)]
            assert found == [[KINDS[kind], name, value] for kind, name, value in row["want"]], (grammar, row)


@pytest.mark.shared
def test_either_grammar_reads_whatever_one_of_them_reads(shared_dir: Path) -> None:
    rows = json.loads((shared_dir / "vectors" / "alertmanager_matcher_compliance.json").read_text())["cases"]
    for row in rows:
        if row["err"] is None:
            found = [[m.operator, m.name, m.value] for m in parse_matchers(row["input"])]
            assert found == [[KINDS[kind], name, value] for kind, name, value in row["want"]]
