"""One broken-able shop for all of the drill's tests, since each start costs seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tocsin.drill.scenarios.connection_exhaustion import ShopEnvironment


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopEnvironment]:
    """A shop at v2.4.0 under traffic; whoever deploys another release brings this one back."""
    from tocsin.drill.scenarios.connection_exhaustion import ShopEnvironment  # noqa: PLC0415 (only where it is asked for)

    with ShopEnvironment(tmp_path_factory.mktemp("shop")) as environment:
        yield environment
