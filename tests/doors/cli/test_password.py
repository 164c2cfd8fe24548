"""A password is typed without being shown, or read from files; it is never an argument."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest
from tests.doors.cli.conftest import Tocsin, problem

CHANGED = {"person": "ana", "sessions_ended": 2}
OLD, NEW = "an old horse battery", "a new horse battery"


@pytest.fixture(autouse=True)
def _changing(tocsin: Tocsin) -> None:
    tocsin.answers["password"] = CHANGED


def files(tocsin: Tocsin) -> list[str]:
    for name, text in (("old", OLD), ("new", NEW)):
        (tocsin.home.parent / name).write_text(text + "\n")
    return ["--current-file", str(tocsin.home.parent / "old"), "--new-file", str(tocsin.home.parent / "new")]


def test_a_program_gives_files(tocsin: Tocsin) -> None:
    ran = tocsin("password", *files(tocsin), "--json")

    assert tocsin.asked() == [("password", {"current": OLD, "new": NEW})]
    assert ran.json == {"schema": "tocsin.password/v1", **CHANGED}
    assert "Browsers logged out: 2" in ran.err


def test_a_first_password_has_no_current_one(tocsin: Tocsin) -> None:
    assert tocsin("password", *files(tocsin)[2:]).code == 0
    assert tocsin.asked() == [("password", {"current": "", "new": NEW})]


def test_without_a_terminal_the_files_are_asked_for(tocsin: Tocsin) -> None:
    ran = tocsin("password")

    assert ran.code == 2
    assert "tocsin password --current-file FILE --new-file FILE" in ran.err


def test_a_wrong_password_is_2_and_too_many_guesses_are_6(tocsin: Tocsin) -> None:
    tocsin.answers["password"] = problem(422, "that is not your password", field="current")
    assert tocsin("password", *files(tocsin)).code == 2
    tocsin.answers["password"] = problem(429, "too many wrong tries: wait 30 s")
    assert tocsin("password", *files(tocsin)).code == 6


@pytest.mark.parametrize(("again", "code"), [(NEW, 0), ("a newer horse", 2)])
def test_a_person_types_it_twice_and_nobody_sees_it(tocsin: Tocsin, again: str, code: int) -> None:
    shown, ended = typing(tocsin, OLD, NEW, again)

    assert ended == code
    assert "New password:" in shown
    assert not any(secret in shown for secret in (OLD, NEW, again))
    assert tocsin.asked() == ([("password", {"current": OLD, "new": NEW})] if not code else [])


def typing(tocsin: Tocsin, *lines: str) -> tuple[str, int]:
    """Run `tocsin password` at a terminal of its own, answer each question, and return all it showed and its code."""
    controller, terminal = pty.openpty()
    shown = ""
    with subprocess.Popen(
        [sys.executable, "-m", "tocsin", "password"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, **tocsin.environment},
        start_new_session=True,
    ) as process:
        os.close(terminal)
        try:
            for number, line in enumerate(lines, start=1):
                shown = read_until(controller, shown, questions=number)
                os.write(controller, f"{line}\n".encode())
            shown = read_until(controller, shown, questions=sys.maxsize)
            process.wait(20)
        finally:
            process.kill()
            os.close(controller)
    return shown, process.returncode


def read_until(controller: int, shown: str, *, questions: int) -> str:
    """Read on until so many questions were asked, or the terminal was left."""
    asked = ("Current password", "New password:", "Once more:")
    while sum(question in shown for question in asked) < questions or not shown.rstrip("\r\n").endswith(": "):
        try:
            more = os.read(controller, 4096)
        except OSError:  # how Linux says that nobody holds the terminal any more
            return shown
        if not more:
            return shown
        shown += more.decode()
    return shown
