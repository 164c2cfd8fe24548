"""Loading code when it is asked for, quickly."""

from __future__ import annotations

import gc
from importlib import import_module
from types import ModuleType


def load_module(name: str) -> ModuleType:
    """Return a module. What loads stays, so that looking through it for garbage time and again is a third of the time lost."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        return import_module(name)
    finally:
        if enabled:
            gc.enable()
