"""Logs go to standard error, and their failure is nobody else's."""

from __future__ import annotations

import io
import json
import sys

import pytest
import structlog

from tocsin.wiring import log_to_stderr


class Full(io.StringIO):
    """A disk without room."""

    def write(self, text: str) -> int:  # noqa: ARG002 (it cannot even be begun)
        raise OSError(28, "No space left on device")


def test_a_line_is_an_event_with_its_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = io.StringIO()
    monkeypatch.setattr(sys, "stderr", heard)
    log_to_stderr(level="info", json=True)

    structlog.get_logger().debug("outbox.settled")
    structlog.get_logger().warning("outbox.lost", key="a")

    (line,) = heard.getvalue().splitlines()
    assert (json.loads(line)["event"], json.loads(line)["key"]) == ("outbox.lost", "a")


@pytest.mark.parametrize("closed", [True, False])
def test_a_log_that_nobody_can_take_stops_nothing(monkeypatch: pytest.MonkeyPatch, *, closed: bool) -> None:
    broken = io.StringIO() if closed else Full()
    if closed:
        broken.close()
    monkeypatch.setattr(sys, "stderr", broken)
    log_to_stderr()

    structlog.get_logger().error("worker.loop", reason="the disk is full")
