"""One Chromium for all browser tests, and a server for each; what they need is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from tests.doors.web.site import Site


@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    from tests.browser.chromium import chromium  # noqa: PLC0415 (see above)

    with chromium() as found:
        yield found


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Site, str]]:
    from tests.browser.server import running  # noqa: PLC0415 (see above)

    with running(tmp_path) as found:
        yield found
