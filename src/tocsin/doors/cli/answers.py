"""What a command prints: the same data as lines for people or as JSON with a schema's name and version for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from rich.text import Text

from tocsin.doors.cli.rendering.sheet import Sheet
from tocsin.doors.cli.session import Session

VERSION = "v1"
# Every name is documented in docs/reference/cli.md; a field may be added to one, never taken away without a new version.
Schema = Literal[
    "alerts", "answers", "backup", "changes", "checklists", "config", "config-check", "config-diff", "config-version",
    "contact", "contacts", "diagnosis", "diagnosis-diff", "doctor", "draft", "drill", "drills", "facts", "followups", "frozen",
    "incident",
    "incident-runbooks", "incidents", "init", "login", "members", "migrate", "next", "oncall", "outbox", "pack",
    "pack-check", "pack-diff", "packs", "page", "password", "plan", "postmortem", "process", "reach", "related", "replay",
    "resent", "restore", "route", "routes", "runbook", "runbook-check", "runbooks", "schedule", "schedule-calendar", "calendar-feed",
    "schedule-changes", "schedule-gaps", "scope", "silence", "silences", "timeline", "token", "token-revoked",
    "tokens", "up", "whoami", "why",
]  # fmt: skip


def answer(
    session: Session, schema: Schema, data: Mapping[str, object], render: Callable[[], Sheet], *, as_json: bool
) -> None:
    """Print `data` as `tocsin.SCHEMA/v1`, or what `render` makes of it."""
    if as_json:
        print_json(session, schema, data)
    else:
        print_lines(session, render().lines)


def answer_rows(
    session: Session, schema: Schema, data: Mapping[str, object], rows: Iterable[str], *, as_json: bool
) -> None:
    """Print `data` as `tocsin.SCHEMA/v1`, or `rows`."""
    sheet = Sheet()
    for row in rows:
        sheet.add(row)
    answer(session, schema, data, lambda: sheet, as_json=as_json)


def print_json(session: Session, schema: Schema, data: Mapping[str, object]) -> None:
    """Print one JSON object; control characters are escaped."""
    body = {"schema": f"tocsin.{schema}/{VERSION}", **data}
    session.terminal.out.file.write(json.dumps(body, indent=2, default=str) + "\n")


def print_lines(session: Session, lines: Iterable[Text]) -> None:
    """Print lines; piped ones are never folded."""
    out = session.terminal.out
    for line in lines:
        out.print(line, soft_wrap=not out.is_terminal)
