"""Logs are read from files, the journal, Docker, Kubernetes and Loki within a budget, and never leave as they are."""

from __future__ import annotations

import gzip
import json
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.support.http import Received, Reply, closed_port, http_sink

from tocsin.adapters.probes.logs import Logs, validate_options
from tocsin.domain.diagnosis.facts import LogFacts
from tocsin.domain.diagnosis.targets import Target
from tocsin.domain.errors import InvalidError
from tocsin.net.http import Http

NOW = datetime(2026, 3, 15, 14, 0, tzinfo=UTC)
LIMIT_S = 20.0


def collect(**options: object) -> LogFacts:
    target = Target(name="shop log", kind="logs", service="shop", options=options)
    return Logs(lambda: NOW, Http()).collect(target, LIMIT_S)


def line(before_s: float, text: str) -> str:
    return f"{(NOW - timedelta(seconds=before_s)).isoformat()} {text}"


def texts(facts: LogFacts) -> list[str]:
    return [one.text for one in facts.templates]


def written(path: Path, *lines: str, age_s: float = 0) -> Path:
    body = "".join(f"{one}\n" for one in lines).encode()
    path.write_bytes(gzip.compress(body) if path.suffix == ".gz" else body)
    at = (NOW - timedelta(seconds=age_s)).timestamp()
    os.utime(path, (at, at))
    return path


def test_the_lines_of_a_file_become_templates_with_counts(tmp_path: Path) -> None:
    path = written(tmp_path / "app.log", *(line(100 - n, f"ERROR [pay] order {n} refused") for n in range(50)))

    facts = collect(source="files", paths=[str(path)])

    assert (facts.error, facts.lines, texts(facts)) == (None, 50, ["order <*> refused"])
    assert (facts.templates[0].count, facts.templates[0].service, facts.templates[0].level) == (50, "pay", "error")
    assert sum(facts.templates[0].counts) == 50
    assert facts.blind == ()


def test_rotated_and_gzipped_predecessors_are_read_as_far_as_the_window_reaches(tmp_path: Path) -> None:
    written(tmp_path / "app.log", line(10, "INFO newest"))
    written(tmp_path / "app.log.1", line(600, "INFO middle"), age_s=500)
    written(tmp_path / "app.log.2.gz", line(1200, "INFO packed"), age_s=1000)
    written(tmp_path / "app.log.3.gz", line(90_000, "INFO ancient"), age_s=80_000)

    facts = collect(source="files", paths=[str(tmp_path / "*.log")])

    assert texts(facts) == ["packed", "middle", "newest"]


def test_lines_before_the_window_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "app.log", *(line(5000 - n, f"INFO tick {n}") for n in range(5000)))

    assert collect(source="files", paths=[str(path)], window_s=600).lines == 600


def test_a_file_beyond_the_budget_is_read_from_its_end_and_that_is_said(tmp_path: Path) -> None:
    path = written(
        tmp_path / "app.log", line(3000, "ERROR first"), *(line(2000 - n, "INFO " + "x" * 90) for n in range(900))
    )

    small = collect(source="files", paths=[str(path)], max_bytes=20_000)
    few = collect(source="files", paths=[str(path)], max_lines=10)

    assert small.bytes <= 20_000
    assert "first" not in texts(small)
    assert [spot.what for spot in small.blind] == ["older lines of the window"]
    assert (few.lines, [spot.what for spot in few.blind]) == (10, ["older lines of the window"])


def test_a_secret_in_a_line_leaves_neither_in_a_template_nor_in_an_example(tmp_path: Path) -> None:
    path = written(
        tmp_path / "app.log",
        line(9, "ERROR [db] cannot connect to postgres://shop:hunter-two@db/shop"),
        line(8, "ERROR [db] retry with password: swordfish"),
        line(7, '{"level": "error", "message": "token=abcdefghijk refused"}'),
    )

    kept = str(collect(source="files", paths=[str(path)]))

    assert "hunter-two" not in kept
    assert "swordfish" not in kept
    assert "abcdefghijk" not in kept
    assert "cannot connect to" in kept


def test_what_is_no_text_or_no_gzip_breaks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(bytes(range(256)) * 40 + b"\n" + line(5, "INFO ok").encode() + b"\n")
    (tmp_path / "app.log.1.gz").write_bytes(b"\x1f\x8bnot really")
    os.utime(tmp_path / "app.log.1.gz", (NOW.timestamp(), NOW.timestamp()))

    facts = collect(source="files", paths=[str(path)])

    assert "app.log" in facts.error_text or "ok" in texts(facts)


def test_files_that_are_not_there_are_a_fact() -> None:
    facts = collect(source="files", paths=["/nowhere/at/all.log"])

    assert (facts.error, facts.lines) == ("missing", 0)
    assert "/nowhere/at/all.log" in facts.error_text


JOURNALCTL = """#!/bin/sh
printf '%s\\n' "$@" > "{seen}"
cat "{body}"
echo "{said}" >&2
exit {code}
"""


def journal(folder: Path, monkeypatch: pytest.MonkeyPatch, *entries: Any, code: int = 0, said: str = "") -> list[str]:
    """Put a program that answers as journalctl does first in the path; returns the file of its arguments."""
    seen, body, program = folder / "seen", folder / "body", folder / "journalctl"
    body.write_text("".join(f"{json.dumps(one)}\n" for one in entries))
    program.write_text(JOURNALCTL.format(seen=seen, body=body, code=code, said=said))
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return [str(seen)]


def entry(before_s: float, text: object, unit: str = "shop.service", priority: str = "3") -> dict[str, object]:
    at = int((NOW - timedelta(seconds=before_s)).timestamp() * 1e6)
    return {"__REALTIME_TIMESTAMP": str(at), "MESSAGE": text, "_SYSTEMD_UNIT": unit, "PRIORITY": priority}


def test_the_journal_is_read_by_a_fixed_command_that_only_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (seen,) = journal(
        tmp_path, monkeypatch, entry(9, "order 7 refused"), entry(8, list(b"order 8 refused"), priority="6")
    )

    facts = collect(source="journald", units=["shop.service"], max_lines=100)

    assert [(one.service, one.level, one.text) for one in facts.templates] == [
        ("shop", "error", "order <*> refused"),
        ("shop", "info", "order <*> refused"),
    ]
    arguments = Path(seen).read_text().splitlines()
    assert arguments[-2:] == ["--unit", "shop.service"]
    assert "--lines=100" in arguments
    assert f"--since=@{int(NOW.timestamp()) - 3600}" in arguments


def test_a_journal_that_refuses_is_a_fact_and_one_that_hides_something_a_blind_spot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal(tmp_path, monkeypatch, code=1, said="No journal files were opened due to insufficient permissions.")
    assert collect(source="journald").error == "denied"

    journal(tmp_path, monkeypatch, entry(1, "x"), said="Hint: You are currently not seeing messages from other users.")
    assert [spot.what for spot in collect(source="journald").blind] == ["other users' entries"]


def test_a_machine_without_a_journal_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    facts = collect(source="journald")

    assert (facts.error, "not installed" in facts.error_text) == ("missing", True)


def framed(*lines: str) -> bytes:
    return b"".join(
        struct.pack(">BxxxI", 1 + n % 2, len(one) + 1) + one.encode() + b"\n" for n, one in enumerate(lines)
    )


class Engine(BaseHTTPRequestHandler):
    """Answers as the Docker engine's API does, on a unix socket."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        known = urlsplit(self.path).path == "/containers/shop-1/logs"
        body = (
            framed(line(9, "ERROR order 7 refused"), line(8, "INFO fine"))
            if known
            else b'{"message":"No such container"}'
        )
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/vnd.docker.multiplexed-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "socket"

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def engine(path: Path) -> Iterator[str]:
    Engine.asked.clear()
    server = ThreadingUnixStreamServer(str(path), Engine)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield str(path)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_containers_are_read_through_the_engines_socket_frame_by_frame(tmp_path: Path) -> None:
    with engine(tmp_path / "docker.sock") as socket:
        facts = collect(source="docker", containers=["shop-1", "gone"], socket=socket)

    assert [(one.service, one.level, one.text) for one in facts.templates] == [
        ("shop", "error", "order <*> refused"),
        ("shop", "info", "fine"),
    ]
    assert [spot.what for spot in facts.blind] == ["container gone"]
    assert parse_qs(urlsplit(Engine.asked[0]).query)["timestamps"] == ["1"]


def test_an_engine_that_does_not_answer_or_has_no_such_container_is_a_fact(tmp_path: Path) -> None:
    assert collect(source="docker", containers=["shop-1"], socket=str(tmp_path / "none.sock")).error == "refused"
    with engine(tmp_path / "docker.sock") as socket:
        facts = collect(source="docker", containers=["gone"], socket=socket)
    assert (facts.error, "No such container" in facts.error_text) == ("missing", True)


def test_an_engine_on_tcp_is_asked_like_any_other_api() -> None:
    with http_sink(lambda _: Reply(body=framed(line(9, "ERROR order 7 refused")))) as sink:
        facts = collect(source="docker", containers=["shop-1"], url=sink.url)

    assert texts(facts) == ["order <*> refused"]
    assert sink.received[0].method == "GET"


PODS = {
    "items": [
        {
            "metadata": {"name": "shop-7d9", "labels": {"app": "shop"}},
            "spec": {"containers": [{"name": "app"}, {"name": "proxy"}]},
            "status": {"containerStatuses": [{"name": "app", "restartCount": 2}]},
        }
    ]
}


def kubernetes(received: Received) -> Reply:
    """Answer as the API server does: a list of pods, and text with a time before each line."""
    parts = urlsplit(received.path)
    query = parse_qs(parts.query)
    if parts.path.endswith("/pods"):
        return Reply(body=json.dumps(PODS).encode())
    if query["container"] == ["proxy"]:
        return Reply(status=403, body=b'{"kind":"Status","message":"pods/log is forbidden"}')
    text = "panic: killed" if "previous" in query else 'E0315 13:59:00.000000 1 sync.go:114] "Failed to sync" pod="a/b"'
    return Reply(body=f"{line(60, text)}\n".encode())


def test_pods_are_read_with_the_last_lines_of_containers_that_were_started_again() -> None:
    with http_sink(kubernetes) as sink:
        facts = collect(source="kubernetes", url=sink.url, namespace="prod", selector="app=shop", token="t0ken-of-pods")

    assert {"Failed to sync"} <= set(texts(facts))
    assert "shop" in {one.service for one in facts.templates}
    assert [spot.what for spot in facts.blind] == ["log of shop-7d9/proxy"]
    assert {one.method for one in sink.received} == {"GET"}
    assert {one.headers["authorization"] for one in sink.received} == {"Bearer t0ken-of-pods"}
    assert "t0ken-of-pods" not in str(facts)
    log = parse_qs(urlsplit(sink.received[1].path).query)
    assert (log["previous"], log["limitBytes"]) == (["true"], [str(8_388_608 // 2)])


def test_a_namespace_without_such_pods_and_a_token_that_is_refused_are_facts() -> None:
    with http_sink(lambda _: Reply(body=b'{"items": []}')) as sink:
        assert collect(source="kubernetes", url=sink.url, namespace="prod").error == "missing"
    with http_sink(lambda _: Reply(status=401, body=b'{"message":"Unauthorized"}')) as sink:
        assert collect(source="kubernetes", url=sink.url, namespace="prod").error == "denied"


class Loki:
    """Answers `query_range` as Loki does: streams by their labels, backwards from `end`, at most `limit` lines."""

    def __init__(self, count: int) -> None:
        start = NOW - timedelta(seconds=count)
        self.entries = [(int((start + timedelta(seconds=n)).timestamp() * 1e9), n) for n in range(count)]

    def __call__(self, received: Received) -> Reply:
        query = parse_qs(urlsplit(received.path).query)
        end, limit = int(query["end"][0]), int(query["limit"][0])
        found = [one for one in self.entries if one[0] < end][-limit:]
        streams: list[dict[str, object]] = [
            {
                "stream": {"app": app, "level": "error"},
                "values": [[str(at), f"order {n} refused by {app}"] for at, n in reversed(found) if n % 2 == odd],
            }
            for odd, app in enumerate(("shop", "mail"))
        ]
        return Reply(
            body=json.dumps({"status": "success", "data": {"resultType": "streams", "result": streams}}).encode()
        )


def test_loki_is_asked_page_by_page_and_no_line_is_counted_twice() -> None:
    with http_sink(Loki(7000)) as sink:
        facts = collect(source="loki", url=sink.url, query='{app=~".+"}', tenant="shop", window_s=7200)

    assert facts.lines == 7000
    assert sorted((one.service, one.level, one.text, one.count) for one in facts.templates) == [
        ("mail", "error", "order <*> refused by mail", 3500),
        ("shop", "error", "order <*> refused by shop", 3500),
    ]
    assert urlsplit(sink.received[0].path).path == "/loki/api/v1/query_range"
    assert {one.headers["x-scope-orgid"] for one in sink.received} == {"shop"}


def test_a_query_for_figures_and_an_answer_that_is_not_lokis_are_facts() -> None:
    matrix = {"data": {"resultType": "matrix", "result": []}}
    with http_sink(lambda _: Reply(body=json.dumps(matrix).encode())) as sink:
        assert "not lines" in collect(source="loki", url=sink.url, query="rate({a=1}[1m])").error_text
    with http_sink(lambda _: Reply(body=b"<html>")) as sink:
        assert collect(source="loki", url=sink.url, query="{a=1}").error == "other"
    facts = collect(source="loki", url=f"http://127.0.0.1:{closed_port()}", query="{a=1}")
    assert facts.error == "refused"


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"source": "files"}, "paths"),
        ({"source": "docker"}, "containers"),
        ({"source": "loki", "query": "{}"}, "url"),
        ({"source": "kubernetes", "url": "http://k"}, "namespace"),
        ({"source": "loki", "url": "ftp://x", "query": "{}"}, "url"),
        ({"source": "journald", "units": ["--vacuum-time=1s"]}, "units"),
        ({"source": "docker", "containers": ["../../exec"]}, "containers"),
        ({"source": "files", "paths": ["a"], "max_lines": 0}, "max_lines"),
        ({"source": "files", "paths": ["a"], "follow": True}, "follow"),
    ],
)
def test_options_that_do_not_hold_are_refused_with_their_place(options: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        validate_options(options)

    assert refused.value.field == field
    assert refused.value.mend
