"""The application under test."""

from __future__ import annotations

from tests.doors.ingest.conftest import desk
from tests.support.api import building, furnished, migrated, office

__all__ = ["building", "desk", "furnished", "migrated", "office"]
