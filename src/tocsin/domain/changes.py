"""What was changed about a service, and when: a deploy, a flag, a schema. Facts that a diagnosis weighs against the onset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, get_args

ChangeKind = Literal["code", "config", "flag", "schema", "infrastructure", "migration"]
KINDS: Final[tuple[str, ...]] = get_args(ChangeKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change that took effect `at`. `key` is the sender's own name for it: told twice, it is one change.

    `kind` says what was changed; `rollback` marks a going back. `files` are paths, routes or lines of a change log.
    """

    key: str
    service: str
    at: datetime
    kind: ChangeKind = "code"
    version: str = ""
    previous: str = ""
    commit: str = ""
    by: str = ""
    summary: str = ""
    rollback: bool = False
    files: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
