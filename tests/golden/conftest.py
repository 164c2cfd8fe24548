"""The application under test."""

from __future__ import annotations

from tests.support.api import building, furnished, migrated, office, unconfigured

__all__ = ["building", "furnished", "migrated", "office", "unconfigured"]
