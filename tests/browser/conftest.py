"""One Chromium for all browser tests, and a server for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.browser.chromium import chromium
from tests.browser.server import running
from tests.doors.web.site import Site


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Site, str]]:
    with running(tmp_path) as found:
        yield found
