"""The application under test."""

from __future__ import annotations

import pytest
from tests.support.api import Office, building, furnished, migrated, office, unconfigured
from tests.support.desk import furnish

__all__ = ["building", "desk", "furnished", "migrated", "office", "unconfigured"]


@pytest.fixture
def desk(office: Office) -> Office:
    """The office with an integration for each protocol; every key is the integration's name and `-key`."""
    furnish(office.app)
    return office
