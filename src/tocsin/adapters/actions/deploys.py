"""Reads what was deployed when, so that a rollback knows where from and where to.

A deploy history is a file of JSON lines with `version`, optionally `service`, `at` and `by`, the newest last.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from tocsin.adapters.actions.redaction import printable
from tocsin.domain.errors import RefusedError
from tocsin.flows.ports import PermanentError

HISTORY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """One line of the history; other fields are ignored."""

    version: str
    service: str = ""
    at: str | float = ""
    by: str = ""


def read_history(path: Path, service: str) -> list[Deploy]:
    """Return the deploys of `service` (and those that name none), oldest first, from the last MiB of the file.

    A torn last line is a deploy still being written, and not one yet.

    Raises:
        PermanentError: the file cannot be read, or a line is not a deploy.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - HISTORY_BYTES))
            rows = file.read().splitlines()[1 if size > HISTORY_BYTES else 0 :]
    except OSError as error:
        raise PermanentError(f"the deploy history cannot be read: {error}") from error
    deploys = [
        _deploy(row, last=number == len(rows), where=f"{path}, line {number}") for number, row in enumerate(rows, 1)
    ]
    return [deploy for deploy in deploys if deploy is not None and deploy.service in {"", service}]


def version_before(history: list[Deploy], current: str) -> str:
    """Return the version before `current` first ran: one that a rollback already left is not gone back to.

    Raises:
        RefusedError: none is known.
    """
    versions = [deploy.version for deploy in history]
    earlier = versions[: versions.index(current)] if current in versions else []
    if not earlier:
        raise RefusedError(f"no version before {current} is known", mend="Name one: to_version.")
    return earlier[-1]


def told(history: list[Deploy], version: str) -> str:
    """Return `version` with when and by whom it was last deployed, as far as that is known."""
    last = next((deploy for deploy in reversed(history) if deploy.version == version), None)
    if last is None:
        return version
    return printable(f"{version}{f', deployed {last.at}' if last.at else ''}{f' by {last.by}' if last.by else ''}")


def _deploy(row: bytes, *, last: bool, where: str) -> Deploy | None:
    if not row.strip():
        return None
    try:
        return msgspec.json.decode(row, type=Deploy)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if last:
            return None
        raise PermanentError(f"{where}: not a deploy: {error}") from error
