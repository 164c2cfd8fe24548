"""Which server, as whom: flags before environment before what `up` left, and the local token stays local."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.doors.cli.conftest import TOKEN, Tocsin

from tocsin.doors.cli.context import Connection, read_context, write_context


@pytest.fixture
def home(tocsin: Tocsin) -> Path:
    tocsin.home.mkdir()
    return tocsin.home


def sent(tocsin: Tocsin) -> str:
    return tocsin.sink.received[-1].headers["authorization"]


def test_the_context_is_its_owners_alone(tmp_path: Path) -> None:
    path = write_context(tmp_path, Connection(url="http://127.0.0.1:8787", token="t"))

    assert path.stat().st_mode & 0o777 == 0o600
    assert read_context(tmp_path) == Connection(url="http://127.0.0.1:8787", token="t")


def test_writing_it_again_replaces_it(tmp_path: Path) -> None:
    write_context(tmp_path, Connection(url="http://127.0.0.1:1", token="old"))
    write_context(tmp_path, Connection(url="http://127.0.0.1:2", token="new"))

    found = read_context(tmp_path)
    assert found is not None
    assert found.token == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["context.json"]


def test_what_up_left_is_used_when_nothing_else_is_said(tocsin: Tocsin, home: Path) -> None:
    del tocsin.environment["TOCSIN_URL"], tocsin.environment["TOCSIN_TOKEN"]
    write_context(home, Connection(url=tocsin.sink.url, token="local"))

    assert tocsin("ack", "INC-42").code == 0
    assert sent(tocsin) == "Bearer local"


def test_the_local_token_is_never_sent_elsewhere(tocsin: Tocsin, home: Path) -> None:
    del tocsin.environment["TOCSIN_TOKEN"]
    write_context(home, Connection(url="http://127.0.0.1:8787", token="local"))

    ran = tocsin("ack", "INC-42")

    assert ran.code == 4
    assert tocsin.sink.received == []


def test_a_context_that_others_can_read_is_refused(tocsin: Tocsin, home: Path) -> None:
    del tocsin.environment["TOCSIN_URL"], tocsin.environment["TOCSIN_TOKEN"]
    write_context(home, Connection(url=tocsin.sink.url, token="local")).chmod(0o644)

    ran = tocsin("ack", "INC-42")

    assert ran.code == 4
    assert "chmod 600" in ran.err


def test_a_damaged_context_says_which_file(tocsin: Tocsin, home: Path) -> None:
    del tocsin.environment["TOCSIN_URL"], tocsin.environment["TOCSIN_TOKEN"]
    path = home / "context.json"
    path.write_text(json.dumps(["no"]))
    path.chmod(0o600)

    ran = tocsin("list")

    assert ran.code == 1
    assert str(path) in ran.err


def test_a_token_file_goes_before_the_environment(tocsin: Tocsin, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-a-file\n")

    tocsin("ack", "INC-42", "--token-file", str(file))

    assert sent(tocsin) == "Bearer from-a-file"


def test_the_environment_may_name_a_file(tocsin: Tocsin, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-a-file\n")
    del tocsin.environment["TOCSIN_TOKEN"]
    tocsin.environment["TOCSIN_TOKEN_FILE"] = str(file)

    tocsin("ack", "INC-42")

    assert sent(tocsin) == "Bearer from-a-file"


def test_a_token_file_that_is_not_there_is_4(tocsin: Tocsin) -> None:
    ran = tocsin("ack", "INC-42", "--token-file", "/no/such/file")

    assert ran.code == 4
    assert "/no/such/file" in ran.err


def test_a_url_flag_goes_before_the_environment(tocsin: Tocsin) -> None:
    url = tocsin.environment["TOCSIN_URL"]
    tocsin.environment["TOCSIN_URL"] = "http://127.0.0.1:1"

    assert tocsin("ack", "INC-42", "--url", url).code == 0


def test_no_error_shows_the_token(tocsin: Tocsin) -> None:
    tocsin.environment["TOCSIN_URL"] = "http://127.0.0.1:1"

    ran = tocsin("ack", "INC-42")

    assert TOKEN not in ran.out + ran.err
