"""Where logs go: standard error, one line an event."""

from __future__ import annotations

import contextlib
import logging
import sys

import structlog

from tocsin.settings import LogLevel


class _Stderr:
    """Standard error as it is at the moment. A line that cannot be written there is lost, and nothing else is.

    Whoever reads it may have gone, or its disk be full: a page must not fail because of what was to be said about it.
    """

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()


def log_to_stderr(*, level: LogLevel = "info", json: bool = False) -> None:
    """Set up logs from `level` up: one line an event, dotted names, fields instead of sentences."""
    render = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(_Stderr()),  # type: ignore[arg-type]  # what it needs of a file,
    )
