"""What every test may lean on."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path

import pytest

pytest_plugins = ("tests.support.servers",)

ROOT = Path(__file__).resolve().parent.parent
# Tests that start whole systems: they get the machine to themselves (see the Makefile).
REAL_PROCESSES = (
    "tests/e2e/",
    "tests/browser/",
    "tests/drill/",
    "tests/doors/cli/test_up.py",
    "tests/adapters/probes/test_drill_case.py",
)
# The longest group of them is begun first, beside all others one after another.
LONGEST = "tests/e2e/"
SHARED = Path(os.environ.get("TOCSIN_SHARED", ROOT.parent / "shared"))

TESTS = ROOT / "tests"


def pytest_collect_file(file_path: Path) -> None:
    """Let generated values have no deadline, which would time the machine. The domain's tests, which are quick, load no generator."""
    room = file_path.relative_to(TESTS).parts if TESTS in file_path.parents else ()
    if len(room) > 1 and room[0] != "domain":
        from hypothesis import settings  # noqa: PLC0415 (see above)

        settings.register_profile("tocsin", deadline=None)
        settings.load_profile("tocsin")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Save what costs seconds and tells nothing.

    Whatever is collected stays until the end: looking through it for garbage finds none. The generator's plugin would
    load all of the generator to say that nothing was generated.
    """
    gc.freeze()
    if "hypothesis" not in sys.modules and session.config.pluginmanager.has_plugin("hypothesispytest"):
        session.config.pluginmanager.unregister(name="hypothesispytest")


def _log_plainly() -> None:
    """Log everything, with tracebacks as they are: the decorated ones take seconds to draw."""
    if "structlog" not in sys.modules:  # nothing logs
        return
    import structlog  # noqa: PLC0415 (see above)

    structlog.reset_defaults()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=False),
        ]
    )


def pytest_configure() -> None:
    """Answer to Ctrl-C again where a shell's background job was told to ignore it: programs under test inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that read the source documents where those are absent, and say how many; CI must have them."""
    for item in items:
        if item.nodeid.startswith(REAL_PROCESSES):
            item.add_marker(pytest.mark.e2e)
        elif item.get_closest_marker("e2e"):
            raise pytest.UsageError(
                f"{item.nodeid} is marked e2e: name its place in REAL_PROCESSES and in the Makefile"
            )
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    if SHARED.is_dir():
        return
    needing = [item for item in items if item.get_closest_marker("shared")]
    if needing and os.environ.get("CI") == "true":
        raise pytest.UsageError(f"{len(needing)} tests need {SHARED}, which is absent; CI must provide it")
    if needing:
        items[:] = [item for item in items if item not in needing]
        config.hook.pytest_deselected(items=needing)
        print(f"\n{len(needing)} tests deselected: they read {SHARED}, which is absent")  # noqa: T201 (asked for: a printed count)


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The source documents, data and vectors."""
    return SHARED


def pytest_runtest_setup() -> None:
    """Log as it comes: a program run within a test sets the level for its whole process, and the next begins without it."""
    _log_plainly()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skipped test is a failed run: what is not run is not known to work."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI") == "true" and exitstatus == pytest.ExitCode.OK:
        print(f"\n{len(skipped)} tests were skipped, which CI does not allow")  # noqa: T201 (why the run failed)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
