"""Every way a command can end, and the code the shell is told."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.doors.cli.conftest import INCIDENT, Tocsin, problem
from tests.support.http import Reply, closed_port, raw_server


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, 2),
        (401, 4),
        (403, 4),
        (404, 3),
        (405, 1),
        (409, 5),
        (422, 2),
        (429, 6),
        (500, 1),
        (502, 1),
        (503, 6),
        (504, 6),
    ],
)
def test_a_problem_becomes_its_exit_code_and_says_how_to_mend_it(tocsin: Tocsin, status: int, code: int) -> None:
    tocsin.answers["incidents/INC-42"] = problem(status, "the rule said no", mend="Do it otherwise.")

    ran = tocsin("ack", "INC-42")

    assert ran.code == code
    assert ran.out == ""
    assert "Error: the rule said no" in ran.err
    assert "Mend:  Do it otherwise." in ran.err


def test_fields_that_cannot_be_read_are_named(tocsin: Tocsin) -> None:
    errors = [{"field": "severity", "message": "too long"}]
    tocsin.answers["incidents/INC-42"] = problem(422, "the request cannot be read: severity", errors=errors)

    assert tocsin("sev", "INC-42", "S").err == "Error: severity: too long\n"


def test_success_is_0(tocsin: Tocsin) -> None:
    assert tocsin("ack", "INC-42").code == 0


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_without_a_server_behind_it_is_unavailable(tocsin: Tocsin, status: int) -> None:
    tocsin.answers["incidents/INC-42"] = Reply(status=status, body=b"<html>")

    assert tocsin("ack", "INC-42").code == 6


def test_a_web_page_is_not_tocsins_answer(tocsin: Tocsin) -> None:
    tocsin.answers["incidents/INC-42"] = Reply(body=b"<html>", headers={"Content-Type": "text/html"})

    assert tocsin("show", "INC-42").code == 1


def test_an_unreachable_server_is_6_and_says_what_starts_it(tocsin: Tocsin) -> None:
    tocsin.environment["TOCSIN_URL"] = f"http://127.0.0.1:{closed_port()}"

    ran = tocsin("ack", "INC-42")

    assert ran.code == 6
    assert "`tocsin up` starts it" in ran.err


def test_no_server_known_is_6(tocsin: Tocsin) -> None:
    del tocsin.environment["TOCSIN_URL"]

    assert tocsin("list").code == 6


def test_no_token_is_4(tocsin: Tocsin) -> None:
    del tocsin.environment["TOCSIN_TOKEN"]

    ran = tocsin("list")

    assert ran.code == 4
    assert "TOCSIN_TOKEN" in ran.err


@pytest.mark.parametrize(
    "argv",
    [
        ["no-such-command"],
        ["ack", "--no-such-flag"],
        ["sev"],
        ["sev", "INC-42", "SEV1", "and", "more"],
        ["update", "INC-42"],
        ["note", "INC-42", "--milestone", "detected"],
        ["note", "INC-42", "text", "--at", "yesterday-ish"],
        ["merge", "INC-1"],
        ["merge", "INC-1", "INC-1"],
        ["approve", "INC-42", "abc"],
        ["plan", "INC-42", "rollback", "--param", "v2.4.0"],
        ["correct", "INC-42", "7"],
        ["impact", "INC-42"],
        ["rename", "INC-42"],
        ["privacy", "INC-42"],
        ["privacy", "INC-42", "secret"],
        ["members", "INC-42", "--remove"],
        ["related", "INC-42", "--remove"],
        ["related", "INC-42", "INC-41", "INC-40"],
        ["checklist", "INC-42", "--untick"],
        ["checklist", "INC-42", "one", "two"],
        ["answers", "INC-42", "changed"],
        ["outcome", "INC-42", "fine", "it", "works"],
        ["outcome", "INC-42", "worked"],
        ["outcome", "INC-42", "worked", "x", "--spent", "long"],
        ["token", "revoke"],
        ["token", "list", "--all", "--person", "ben"],
        ["password"],
        ["password", "--new-file", "/no/such/file"],
        ["page"],
        ["list", "--limit", "0"],
        ["declare"],
        ["drill", "run", "no-such-drill"],
        ["list", "--url", "ftp://example.com"],
        ["diagnose", "INC-42", "--http", "http://127.0.0.1:1"],
        ["diagnose", "--postgres", "env:NOT_SET_ANYWHERE"],
    ],
)
def test_wrong_usage_is_2_and_asks_nothing_of_the_server(tocsin: Tocsin, argv: list[str]) -> None:
    ran = tocsin(*argv)

    assert ran.code == 2
    assert ran.out == ""
    assert "Error: " in ran.err
    assert tocsin.asked() == []


def test_a_mistyped_command_gets_a_suggestion(tocsin: Tocsin) -> None:
    assert "'resolve'" in tocsin("resolv").err


def test_a_setting_that_cannot_be_used_is_2(tocsin: Tocsin) -> None:
    del tocsin.environment["TOCSIN_URL"]
    tocsin.environment["TOCSIN_PORT"] = "many"

    assert tocsin("list").code == 2


def test_an_interrupt_is_130(tmp_path: Path) -> None:
    connected = threading.Event()

    def hang(_: socket.socket, over: threading.Event) -> None:
        connected.set()
        over.wait(20)

    with raw_server(hang) as port:
        environment = {
            **os.environ,
            "TOCSIN_URL": f"http://127.0.0.1:{port}",
            "TOCSIN_TOKEN": "t",
            "TOCSIN_HOME": str(tmp_path),
        }
        with subprocess.Popen(
            [sys.executable, "-m", "tocsin", "list"], env=environment, stderr=subprocess.PIPE
        ) as process:
            try:
                assert connected.wait(20)
                _interrupt(process)
            finally:
                process.kill()

    assert process.returncode == 130


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """Press Ctrl-C, and once more where it is not heard: it may come between Python's last look and the wait itself."""
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=10)
            return


def test_a_reset_connection_is_tried_under_the_same_key_until_the_first_try_is_answered(tocsin: Tocsin) -> None:
    keys: list[str] = []

    def talk(connection: socket.socket, _: threading.Event) -> None:
        request = connection.recv(65536).decode().lower()
        keys.append(next(line for line in request.split("\r\n") if line.startswith("idempotency-key")))
        if len(keys) == 1:
            return
        if len(keys) == 2:
            connection.sendall(
                b"HTTP/1.1 409 Conflict\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            return
        body = b'{"ref": "INC-42", "phase": "active", "status": "fixing", "title": "x", "missing": []}'
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)

    with raw_server(talk) as port:
        tocsin.environment["TOCSIN_URL"] = f"http://127.0.0.1:{port}"
        ran = tocsin("ack", "INC-42")

    assert ran.code == 0
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_every_change_has_a_key_of_its_own(tocsin: Tocsin) -> None:
    tocsin("ack", "INC-42")
    tocsin("ack", "INC-42")

    keys = [one.headers["idempotency-key"] for one in tocsin.sink.received]
    assert len(set(keys)) == 2


def test_an_agent_says_that_it_is_one(tocsin: Tocsin) -> None:
    tocsin.environment["TOCSIN_AGENT"] = "bot"

    tocsin("ack", "INC-42")

    assert tocsin.sink.received[0].headers["tocsin-agent"] == "bot"


def test_the_only_open_incident_need_not_be_named(tocsin: Tocsin) -> None:
    ran = tocsin("ack")

    assert ran.code == 0
    assert tocsin.asked() == [("incidents/INC-42/acknowledge", {"person": "", "at": None})]


def test_of_several_open_incidents_one_must_be_named(tocsin: Tocsin) -> None:
    tocsin.answers["incidents?"] = {"items": [INCIDENT, {**INCIDENT, "ref": "INC-43"}], "next_cursor": ""}

    ran = tocsin("ack")

    assert ran.code == 2
    assert "INC-42" in ran.err
    assert "INC-43" in ran.err
    assert tocsin.asked() == []


def test_no_open_incident_is_3(tocsin: Tocsin) -> None:
    tocsin.answers["incidents?"] = {"items": [], "next_cursor": ""}

    assert tocsin("ack").code == 3


def test_a_reader_that_went_away_is_no_traceback(tocsin: Tocsin) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "list"],
        env={**os.environ, **tocsin.environment},
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=30,
    )
    os.close(writing)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
