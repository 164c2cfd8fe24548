"""What every command is handed: its terminal, the environment, the clock, and what was said for all commands alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer

from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.terminal import Terminal
from tocsin.settings import Settings, SettingsError, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run of one command. `argv` is what was typed; `pause` waits that many seconds."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    terminal: Terminal
    now: Callable[[], datetime]
    pause: Callable[[float], None]
    url: str = ""
    token_file: Path | None = None

    def settings(self, **changes: str) -> Settings:
        """Return the settings; `changes` are variables that flags replace.

        Raises:
            CommandError: a setting cannot be used (exit 2).
        """
        try:
            return read({**self.environment, **changes})
        except SettingsError as error:
            raise CommandError(str(error), ExitCode.USAGE, where="environment") from error


def session_of(ctx: typer.Context) -> Session:
    """Return the session that the command runs in."""
    found = ctx.find_object(Session)
    if found is None:
        raise CommandError("the command was started without a session")
    return found
