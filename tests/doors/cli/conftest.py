"""Commands run in this process against a real HTTP server on loopback that answers what a test says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.support.http import HTTPSink, Received, Reply, http_sink

from tocsin.doors.cli.program import run

TOKEN = "tocsin_secret-of-the-test"
NOW = "2026-01-20T15:00:00Z"


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Tocsin:
    """The command, with a fake server behind it."""

    sink: HTTPSink
    home: Path
    capsys: pytest.CaptureFixture[str]
    environment: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)

    def __call__(self, *argv: str) -> Ran:
        self.capsys.readouterr()
        code = run(argv, self.environment)
        out, err = self.capsys.readouterr()
        return Ran(int(code), out, err)

    def asked(self, method: str = "POST") -> list[tuple[str, Any]]:
        return [
            (one.path.removeprefix("/v1/"), json.loads(one.body) if one.body else None)
            for one in self.sink.received
            if one.method == method
        ]

    def answer(self, received: Received) -> Reply:
        path = received.path.removeprefix("/v1/")
        for known in sorted(self.answers, key=len, reverse=True):
            if path.startswith(known):
                return as_reply(self.answers[known])
        return as_reply(INCIDENT)


def as_reply(answer: Any) -> Reply:
    """A Reply as it is, text as Markdown, everything else as JSON."""
    if isinstance(answer, Reply):
        return answer
    if isinstance(answer, str):
        return Reply(body=answer.encode(), headers={"Content-Type": "text/markdown; charset=utf-8"})
    return Reply(body=json.dumps(answer).encode(), headers={"Content-Type": "application/json"})


def problem(status: int, detail: str, **more: object) -> Reply:
    body = {"type": "about:blank", "title": "No", "status": status, "detail": detail, **more}
    return Reply(status=status, body=json.dumps(body).encode(), headers={"Content-Type": "application/problem+json"})


@pytest.fixture
def tocsin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Tocsin]:
    """The command with a token for the fake server and an empty home."""
    with http_sink() as sink:
        home = tmp_path / "home"
        environment = {"TOCSIN_URL": sink.url, "TOCSIN_TOKEN": TOKEN, "TOCSIN_HOME": str(home)}
        command = Tocsin(sink, home, capsys, environment)
        sink.answer = command.answer
        command.answers["incidents?"] = {"items": [INCIDENT], "next_cursor": ""}
        yield command


PLAN: Mapping[str, Any] = {
    "plan": "p1",
    "hash": "3f9a1c22d0b7aa55",
    "title": "End idle sessions",
    "steps": ["1. end 17 sessions (on orders/sessions: 17 idle → 0)", "   undo: nothing to undo"],
    "blast_radius": "17 sessions of shop",
    "undo": "none needed",
    "risk": "medium",
    "approvals": [],
    "approvals_needed": 1,
    "expires_at": "2099-01-20T15:10:00Z",
    "state": "proposed",
    "advice": ["rollback: the last deploy is to blame"],
    "output": [],
    "proposed_by": "ana",
}
INCIDENT: Mapping[str, Any] = {
    "id": "0190",
    "ref": "INC-42",
    "title": "Orders API returns 500s",
    "severity": "SEV1",
    "severity_name": "Critical",
    "rank": 1,
    "phase": "active",
    "status": "investigating",
    "status_name": "Investigating",
    "mode": "standard",
    "team": "core",
    "services": ["orders"],
    "private": False,
    "commander": "ana",
    "acknowledged_by": "ana",
    "declared_at": "2026-01-20T14:30:00Z",
    "started_at": "2026-01-20T14:23:00Z",
    "resolved_at": None,
    "update_due_at": "2026-01-20T15:04:00Z",
    "paging": {"state": "acknowledged", "call": 4, "changed": False, "text": "Ana has it."},
    "missing": [
        {"key": "update", "text": "Update for stakeholders", "verb": "update", "command": "tocsin update INC-42 'TEXT'", "urgency": 2, "due_in": "PT4M"},
        {"key": "commander", "text": "No commander", "verb": "role", "command": "tocsin role INC-42 commander PERSON", "urgency": 1, "late": "PT1M30S"},
    ],
    "url": "http://127.0.0.1:8787/incidents/INC-42",
    "summary": "",
    "endpoints": ["/api/v1/reports/export"],
    "impact": {"users_affected": 1200, "error_percent": 30.0, "trend": "worse", "still_works": "search"},
    "roles": [{"role": "commander", "person": "ana", "since": "2026-01-20T14:31:00Z"}],
    "paged": ["ana"],
    "paging_exhausted": False,
    "tasks": [{"key": "t1", "title": "check the replica", "owner": "ben", "done": False, "result": ""}],
    "alerts": [{"fingerprint": "f", "name": "HighErrorRate", "source": "am", "firing": True}],
    "related": [],
    "merged_into": "",
    "frozen": False,
    "causes": [
        {
            "key": "leak",
            "title": "v2.4.1 leaks sessions",
            "state": "likely",
            "score": 0.82,
            "supports": ["17 sessions idle in transaction"],
            "refutes": ["CPU is idle"],
        }
    ],
    "blind_spots": ["redis: not configured"],
    "diagnosed_at": "2026-01-20T14:35:00Z",
    "root_cause": "",
    "root_cause_confirmed": False,
    "plans": [PLAN],
    "verification": {
        "gates": [{"gate": "ready", "verdict": "fail", "observed": "503", "expected": "200"}],
        "watch_began_at": None,
        "watch_ends_at": None,
        "passed": False,
    },
    "followups": [],
}  # fmt: skip
