"""Promises meet implementations: the one place that knows every adapter, the store, the clock and where ids come from."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.flows.access import Passwords
from tocsin.flows.engine import Engine
from tocsin.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What a door gets, and nothing else."""

    settings: Settings
    engine: Engine
    passwords: Passwords
