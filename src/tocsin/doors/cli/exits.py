"""Exit codes, and the one error a command ends with: what is wrong, where, and how to mend it."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the shell is told. Documented in docs/reference/cli.md."""

    OK = 0
    ERROR = 1
    USAGE = 2
    NOT_FOUND = 3
    AUTH = 4
    CONFLICT = 5
    UNAVAILABLE = 6
    CONFIRM = 7
    INTERRUPT = 130


class CommandError(Exception):
    """A command cannot do what was asked. `where` names a place (file, field, address), `mend` says what to do."""

    def __init__(self, message: str, code: ExitCode = ExitCode.ERROR, *, where: str = "", mend: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.where = where
        self.mend = mend
