"""Pasted texts are answered from with no server, no database and nothing looked at."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from tests.doors.cli.conftest import Tocsin

PODS = "NAME     READY   STATUS             RESTARTS   AGE\nshop-1   0/1     CrashLoopBackOff   7          14m\n"


def test_files_of_pasted_text_are_answered_together(tocsin: Tocsin, tmp_path: Path) -> None:
    pods, log = tmp_path / "pods.txt", tmp_path / "app.log"
    pods.write_text(PODS)
    log.write_text("2026-03-15T13:59:00Z ERROR worker: out of memory, password=hunter2\n" * 3)

    ran = tocsin("diagnose", "--text", str(pods), str(log), "--json")

    assert ran.code == 0
    assert ran.json["schema"] == "tocsin.diagnosis/v1"
    assert ran.json["diagnosis"]["top_state"] == "confirmed"
    assert ran.json["diagnosis"]["targets"] == sorted([str(pods), str(log)])
    assert "hunter2" not in ran.out
    assert tocsin.sink.received == []


def test_standard_input_is_a_text_as_well(tocsin: Tocsin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(PODS))

    ran = tocsin("diagnose", "--text", "-")

    assert "CrashLoopBackOff" in ran.out
    assert "Not seen" in ran.out


def test_a_text_that_cannot_be_read_or_is_empty_is_2(tocsin: Tocsin, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n")

    for name in ("none", "empty"):
        ran = tocsin("diagnose", "--text", str(tmp_path / name))
        assert (ran.code, "Where: --text" in ran.err) == (2, True)
    assert tocsin("diagnose", "--text", str(tmp_path / "empty"), "--http", "http://127.0.0.1:1").code == 2
