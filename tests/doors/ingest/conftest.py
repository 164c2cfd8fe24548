"""The application under test."""

from __future__ import annotations

from tests.support.api import furnished, migrated, office, unconfigured

__all__ = ["furnished", "migrated", "office", "unconfigured"]
