"""Writing a first configuration file, which never replaces one that is there by accident."""

from __future__ import annotations

from pathlib import Path

from tocsin.doors.cli.exits import CommandError, ExitCode


def write_config(path: Path, text: str, *, force: bool = False) -> None:
    """Write a configuration; one that is there stays unless `force` says otherwise.

    Raises:
        CommandError: there is one already (exit 5).
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise CommandError(
            "there is a configuration already", ExitCode.CONFLICT, where=str(path), mend="Add --force to replace it."
        ) from error
