"""Where a command reads and writes: data on stdout, everything else on stderr, questions only to a person."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from getpass import getpass
from typing import TextIO

from rich.console import Console
from rich.text import Text

from tocsin.doors.cli.exits import CommandError, ExitCode

# Text that is piped is never folded: a line of the record stays a line.
PIPED_WIDTH = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """`prompts` is whether a question may be asked; `quiet` silences messages that are not errors."""

    out: Console
    err: Console
    stdin: TextIO
    prompts: bool
    quiet: bool = False

    def say(self, message: str) -> None:
        """Print a message, unless told to be quiet."""
        if not self.quiet:
            self.err.print(Text(clean(message)), soft_wrap=True)

    def fail(self, error: CommandError) -> None:
        """Print what is wrong, where, and how to mend it."""
        self.err.print(Text("Error: ", style="bold red"), Text(clean(str(error))), sep="", soft_wrap=True)
        if error.where:
            self.err.print(Text(clean(f"  Where: {error.where}")), soft_wrap=True)
        if error.mend:
            self.err.print(Text(clean(f"  Mend:  {error.mend}")), soft_wrap=True)

    def ask(self, question: str, *, default: str = "") -> str:
        """Return a person's answer to `question`.

        Raises:
            CommandError: nobody is there to be asked (exit 7).
        """
        if not self.prompts:
            raise CommandError(f"nobody is there to answer: {question}", ExitCode.CONFIRM)
        shown = f" [{default}]" if default else ""
        self.err.print(Text(clean(f"{question}{shown} ")), end="")
        answer = self.stdin.readline()
        if not answer:
            raise CommandError(f"no answer to: {question}", ExitCode.CONFIRM)
        return answer.strip() or default

    def ask_secret(self, question: str) -> str:
        """Return what a person types without showing it; whoever reads this must have looked at `prompts`.

        Raises:
            CommandError: they ended the input instead (exit 7).
        """
        try:
            return getpass(clean(question) + " ")
        except EOFError as error:
            raise CommandError(f"no answer to: {question}", ExitCode.CONFIRM) from error

    def confirm(self, question: str, *, instead: str) -> None:
        """Return if a person says yes.

        Raises:
            CommandError: they said no, or nobody is there to be asked (exit 7); `instead` is the command for programs.
        """
        if not self.prompts:
            raise CommandError(
                "this needs a confirmation, and nobody is there to be asked", ExitCode.CONFIRM, mend=instead
            )
        if self.ask(f"{question} [y/N]").lower() not in {"y", "yes"}:
            raise CommandError("not confirmed: nothing was done", ExitCode.CONFIRM)


def open_terminal(
    environment: Mapping[str, str], *, no_input: bool = False, no_color: bool = False, quiet: bool = False
) -> Terminal:
    """Return the process' own terminal; colour needs a terminal, and neither NO_COLOR, TERM=dumb nor --no-color."""
    plain = no_color or bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb"
    return Terminal(
        out=_console(sys.stdout, plain=plain),
        err=_console(sys.stderr, plain=plain),
        stdin=sys.stdin,
        prompts=not no_input and sys.stdin.isatty() and sys.stderr.isatty(),
        quiet=quiet,
    )


def _console(stream: TextIO, *, plain: bool) -> Console:
    piped = not stream.isatty()
    return Console(
        file=stream,
        color_system=None if plain or piped else "auto",
        force_terminal=False if plain or piped else None,
        width=PIPED_WIDTH if piped else None,
        highlight=False,
        markup=False,
        emoji=False,
    )


def clean(text: str) -> str:
    """Return `text` without control characters: a hostile title must not steer the reader's terminal."""
    return "".join(c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
