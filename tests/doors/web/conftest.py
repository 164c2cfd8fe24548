"""The site under test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.doors.web.site import Browser, Site, open_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    found = open_site(tmp_path)
    yield found
    found.close()


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser()
