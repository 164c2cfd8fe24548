"""Which releases went out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """One release of one service; `changes` are lines of its change log, file names or routes it touches.

    A rollback is a release like any other, but going back from it would bring back what was rolled back. `diff` is what it
    did, as far as a repository told: unified, cut short, secrets hidden.
    """

    service: str
    version: str
    at: datetime
    kind: Literal["deploy", "rollback"] = "deploy"
    previous: str = ""
    by: str = ""
    commit: str = ""
    changes: tuple[str, ...] = ()
    diff: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployFacts:
    """The newest releases known to one source, oldest first; `committed` ones may not have gone out yet."""

    target: str
    at: datetime
    service: str = ""
    deploys: tuple[Deploy, ...] = ()
    committed: bool = False
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()
