"""The reference says what the command does: every command, exit code and schema."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from tests.conftest import ROOT

from tocsin.domain.incident.missing import COMMANDS as MENDS
from tocsin.doors.cli.answers import Schema
from tocsin.doors.cli.exits import ExitCode
from tocsin.doors.cli.program import load
from tocsin.doors.cli.table import COMMANDS

REFERENCE = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_is_in_the_reference(name: str) -> None:
    assert re.search(rf"`{name}\b", REFERENCE)


@pytest.mark.parametrize("code", list(ExitCode))
def test_every_exit_code_is_in_the_reference(code: ExitCode) -> None:
    assert f"| {int(code)} | {code.name.lower().replace('_', ' ')} |" in REFERENCE


@pytest.mark.parametrize("schema", get_args(Schema))
def test_every_schema_is_in_the_reference(schema: str) -> None:
    assert f"`tocsin.{schema}/v1`" in REFERENCE


@pytest.mark.parametrize("line", list(MENDS.values()))
def test_every_command_that_mends_a_gap_is_one(line: str) -> None:
    words = line.split()
    command = load(words[1])
    known = {flag for parameter in command.params for flag in parameter.opts}

    assert words[0] == "tocsin"
    assert {word for word in words if word.startswith("--")} <= known
