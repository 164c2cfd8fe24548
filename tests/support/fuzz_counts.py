"""A plugin of pytest's that writes how many posts were tried into the file that TOCSIN_FUZZ_COUNTS names, and how tests ended."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.fuzzing import TRIED


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the counts."""
    told = {"tests": session.testscollected, "failed": session.testsfailed, "exit": int(exitstatus), "tried": TRIED}
    Path(os.environ["TOCSIN_FUZZ_COUNTS"]).write_text(json.dumps(told))
