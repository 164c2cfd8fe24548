"""Which releases went out, from a file to which the deploy job appends one JSON object a line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from tocsin.adapters.options import read_options
from tocsin.domain.diagnosis.facts import BlindSpot, Deploy, DeployFacts
from tocsin.domain.diagnosis.targets import Target
from tocsin.flows.ports import Clock

_MOST_BYTES = 1 << 20


class DeploysOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`path` names a file with the newest deploy last; at most `last` lines of its final MiB are read. `service` keeps one only."""

    path: str
    last: int = 200
    service: str = ""


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file; what else it holds is passed over. A change is a text, or an object of texts."""

    service: str
    version: str
    at: datetime
    kind: Literal["deploy", "rollback"] = "deploy"
    previous: str | None = None
    by: str | None = None
    commit: str | None = None
    changes: tuple[str | dict[str, str | None], ...] = ()


def validate_options(raw: Mapping[str, object]) -> DeploysOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type.

    """
    return read_options("deploys", raw, DeploysOptions)


class Deploys:
    """Reads the end of a JSON-lines file."""

    kind = "deploys"

    def __init__(self, now: Clock) -> None:
        self._now = now

    def collect(self, target: Target, deadline_s: float) -> DeployFacts:
        """Return the newest deploys; a line that cannot be read is a blind spot. A bounded read needs no `deadline_s`.

        Raises:
            InvalidError: the target's options do not hold.

        """
        del deadline_s
        options = validate_options(target.options)
        deploys: list[Deploy] = []
        blind: list[BlindSpot] = []
        try:
            lines = _tail(Path(options.path), options.last)
        except OSError as error:
            lines = []
            blind.append(BlindSpot(target=target.name, what="deploy history", why=f"{error.strerror}: {options.path}"))
        for line in lines:
            try:
                deploys.append(_deploy(line))
            except (msgspec.MsgspecError, ValueError) as error:
                blind.append(BlindSpot(target=target.name, what="a deploy", why=f"line cannot be read: {error}"))
        wanted = [one for one in deploys if options.service in {"", one.service}]
        return DeployFacts(
            target=target.name,
            at=self._now(),
            service=target.service,
            deploys=tuple(sorted(wanted, key=lambda one: one.at)),
            blind=tuple(blind[:3]),
        )


def _deploy(line: bytes) -> Deploy:
    read = msgspec.json.decode(line, type=_Line)
    if read.at.tzinfo is None:
        raise ValueError("`at` has no time zone")
    return Deploy(
        service=read.service,
        version=read.version,
        at=read.at.astimezone(UTC),
        kind=read.kind,
        previous=read.previous or "",
        by=read.by or "",
        commit=read.commit or "",
        changes=tuple(
            one if isinstance(one, str) else " ".join(text for text in one.values() if text) for one in read.changes
        ),
    )


def _tail(path: Path, last: int) -> list[bytes]:
    """Return the last whole lines of a file, whatever its size."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(0, size - _MOST_BYTES)
        file.seek(start)
        lines = file.read(_MOST_BYTES).splitlines()
    whole = lines[1:] if start else lines
    return [line for line in whole if line.strip()][-last:]
