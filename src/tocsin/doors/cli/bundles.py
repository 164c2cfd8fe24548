"""Diagnoses as directories: exported, read back, compared (R-DIA-8)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tocsin.domain.diagnosis.run import Run
from tocsin.domain.errors import InvalidError
from tocsin.doors.cli.api import Api
from tocsin.doors.cli.exits import CommandError, ExitCode

RUN: Final = "run.json"
REPORT: Final = "report.txt"
_MOST_BYTES: Final = 64 * 1024 * 1024
_MEND: Final = "`tocsin diagnose --save DIR` makes one."


def write_bundle(run: Run, report: Iterable[str], directory: Path) -> None:
    """Write a run into a directory that only its owner may read: facts tell much about a system.

    Raises:
        CommandError: the directory cannot be written.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (directory / RUN).write_bytes(run.to_json())
        (directory / REPORT).write_text("\n".join(report) + "\n", encoding="utf-8")
        for name in (RUN, REPORT):
            (directory / name).chmod(0o600)
    except OSError as error:
        raise CommandError(f"cannot write {directory}: {error.strerror}", ExitCode.ERROR, where="--save") from error


def read_bundle(path: Path) -> Run:
    """Return the run in a directory (or a file) that was exported.

    Raises:
        CommandError: it is not there, too large, or not a bundle.
    """
    file = path / RUN if path.is_dir() else path
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise CommandError(f"{file} is larger than any bundle", ExitCode.USAGE, mend=_MEND)
        body = file.read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror}", ExitCode.USAGE, mend=_MEND) from error
    return _run(body, str(file))


def fetch_bundle(api: Api, ref: str, bundle: str) -> Run:
    """Return a run of an incident, from the server."""
    return _run(api.text("incidents", ref, "bundles", bundle).encode(), f"{ref}/{bundle}")


def _run(body: bytes, name: str) -> Run:
    try:
        return Run.from_json(body)
    except InvalidError as error:
        raise CommandError(f"{name}: {error}", ExitCode.USAGE, mend=_MEND) from error
