"""The presets, read once: they are values, and reading YAML is slow."""

from __future__ import annotations

from functools import cache

from tocsin.config.packs import load_pack
from tocsin.domain.policy.pack import Pack

PRESETS = ("platform", "startup", "ops", "responder", "sre")


@cache
def preset(key: str) -> Pack:
    """Return the preset called `key`."""
    return load_pack(key)
