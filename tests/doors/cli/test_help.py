"""Help: every command has a line in the list and examples, and asking for help loads nothing heavy."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import Any

import pytest
from tests.doors.cli.conftest import Tocsin

from tocsin.doors.cli.program import hoisted, load
from tocsin.doors.cli.table import COMMANDS

ASKED_FOR = (
    "init up serve work config declare list show ack sev role update note status task resolve reopen close merge next diagnose "
    "plan approve mitigate postmortem followups pack drill page backup restore replay doctor login token timeline impact cause correct "
    "migrate accept decline unmerge outbox rename scope related members privacy checklist answers freeze cancel outcome facts "
    "whoami password runbook contacts route silence changes oncall schedule alerts why "
    "escalate unack snooze repage join reach resend"
)
HEAVY = ("sqlalchemy", "alembic", "fastapi", "uvicorn", "httpx2", "pydantic", "jinja2", "psycopg")


def leaves(name: str, command: Any = None) -> list[tuple[str, Any]]:
    command = command or load(name)
    children = getattr(command, "commands", None) or {}
    return [leaf for n, c in children.items() for leaf in leaves(f"{name} {n}", c)] or [(name, command)]


LEAVES = [leaf for name in COMMANDS for leaf in leaves(name)]


def test_the_commands_are_those_that_were_asked_for() -> None:
    assert sorted(COMMANDS) == sorted(ASKED_FOR.split())


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_every_command_has_examples_and_json(tocsin: Tocsin, name: str, command: Any) -> None:
    ran = tocsin(*name.split(), "--help")

    assert ran.code == 0
    assert f"Examples:\n    tocsin {name.split(maxsplit=1)[0]}" in ran.out or "Examples:\n    TOCSIN_" in ran.out
    assert "--json" in ran.out
    assert command.help


def typed(example: str) -> list[str]:
    """The words of an example up to where the shell's own begin."""
    words = shlex.split(example, comments=True)
    end = next((i for i, word in enumerate(words) if word in {"|", ">", "&&"}), len(words))
    return words[words.index("tocsin") + 1 : end] if "tocsin" in words else []


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_every_example_is_a_command_that_can_be_read(name: str, command: Any) -> None:
    examples = [words for line in command.epilog.splitlines() if (words := typed(line.strip()))]

    for words in examples:
        args = hoisted(words)
        begin = next(i for i, word in enumerate(args) if word in COMMANDS) + len(name.split())
        command.make_context(name, args[begin:])
    assert examples or name == "login"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_list_says_what_the_command_says_of_itself(name: str) -> None:
    first = " ".join(load(name).help.split("\n\n")[0].split())

    # It may go on where the list has no room.
    assert first.startswith(COMMANDS[name].help.removesuffix("."))


def test_asking_for_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from tocsin.doors.cli.program import run\n"
        "assert run(['--help'], {}) == 0\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)

    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("process", "others"),
    [
        ("serve", ("tocsin.adapters.probes", "tocsin.adapters.monitors", "redis", "dns")),
        ("work", ("tocsin.doors.http", "tocsin.doors.web", "fastapi", "uvicorn", "aiosmtpd")),
    ],
)
def test_a_process_loads_nothing_that_only_the_other_needs(process: str, others: tuple[str, ...]) -> None:
    code = (
        f"import sys; from tocsin.doors.cli.program import load; load({process!r})\n"
        f"print([name for name in {others} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("words", [("config",), ("config", "--help"), ("schedule", "swap", "--help")])
def test_a_group_helps_in_the_words_of_every_command(tocsin: Tocsin, words: tuple[str, ...]) -> None:
    ran = tocsin(*words)

    said = ran.out + ran.err
    assert "Commands:" in said
    assert "╭" not in said
    assert "..." not in said.partition("Commands:")[2]


def test_a_command_alone_prints_help(tocsin: Tocsin) -> None:
    ran = tocsin()

    assert "Diagnose and fix" in ran.out + ran.err


def test_the_version_is_data(tocsin: Tocsin) -> None:
    ran = tocsin("--version")

    assert ran.code == 0
    assert ran.out.startswith("tocsin ")


def test_flags_for_every_command_may_stand_anywhere_before_two_dashes() -> None:
    typed = ["note", "INC-1", "--url", "http://x", "-q", "--home=/tmp/h", "--", "--no-input"]

    assert hoisted(typed) == ["--url", "http://x", "-q", "--home=/tmp/h", "note", "INC-1", "--", "--no-input"]


def test_quiet_leaves_only_data_and_errors(tocsin: Tocsin) -> None:
    tocsin.answers["incidents?"] = {"items": [], "next_cursor": ""}

    assert tocsin("list").err == "No incident is open.\n"
    assert tocsin("list", "--quiet").err == ""
