"""What people see: shape and word before colour, signs for and against, and nothing that steers their terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from tests.doors.cli.conftest import INCIDENT, PLAN, Tocsin

from tocsin.doors.cli.exits import CommandError
from tocsin.doors.cli.moments import ago, deadline, length, moment
from tocsin.doors.cli.rendering.incident import impact_facts
from tocsin.doors.cli.rendering.sheet import Sheet
from tocsin.doors.cli.targets import looks_like_reference, split
from tocsin.doors.cli.terminal import clean

NOW = datetime(2026, 1, 20, 15, 0, tzinfo=UTC)


def test_an_impact_is_said_in_words_and_nothing_of_it_is_left_out() -> None:
    impact = {
        "error_percent": 30.0,
        "tickets": None,
        "scope": "all",
        "data_loss": False,
        "breach": True,
        "trend": "unknown",
    }

    assert impact_facts(impact) == "30 % of requests fail, scope: all, no data loss, breach"


def test_showing_an_incident_says_everything_that_matters(tocsin: Tocsin) -> None:
    tocsin.answers["incidents/INC-42/timeline"] = {"entries": [], "next_cursor": 0}

    out = tocsin("show", "INC-42").out

    assert out.splitlines()[0] == "INC-42  ▲ SEV1 Critical  Investigating  Orders API returns 500s"
    for said in (
        "!!  No commander (1 min 30 s late)             tocsin role INC-42 commander PERSON",
        "!   Update for stakeholders (due in 4 min)     tocsin update INC-42 'TEXT'",
        "1,200 users, 30 % of requests fail, trend: worse, still works: search",
        "1. likely 82%  v2.4.1 leaks sessions",
        "+ 17 sessions idle in transaction",
        "- CPU is idle",
        "? not seen: redis: not configured",
        "Plan 3f9a1c22d0b7  proposed  End idle sessions",
        "1. end 17 sessions",
        "reaches: 17 sessions of shop",
        "advice:  rollback: the last deploy is to blame",
        "tocsin approve INC-42 3f9a1c22d0b7",
        "✗ fail          ready  503 (expected 200)",
        "commander        ana",
        "t1  ben  check the replica",
    ):
        assert " ".join(said.split()) in " ".join(out.split()), said


def test_an_approved_plan_says_how_to_run_it(tocsin: Tocsin) -> None:
    tocsin.answers["incidents/INC-42"] = {**INCIDENT, "plans": [{**PLAN, "state": "approved"}]}
    tocsin.answers["incidents/INC-42/timeline"] = {"entries": [], "next_cursor": 0}

    assert "tocsin mitigate INC-42 3f9a1c22d0b7" in tocsin("show", "INC-42").out


def test_a_private_drill_says_so(tocsin: Tocsin) -> None:
    tocsin.answers["incidents/INC-42"] = {**INCIDENT, "private": True, "mode": "drill"}

    assert "[PRIVATE]  [DRILL]" in tocsin("ack", "INC-42").out


def test_a_hostile_title_cannot_steer_the_terminal(tocsin: Tocsin) -> None:
    tocsin.answers["incidents/INC-42"] = {**INCIDENT, "title": "down\x1b[2J\x1b]0;owned\x07\x9b31m [bold]"}

    out = tocsin("ack", "INC-42").out

    assert "\x1b" not in out
    assert "\x9b" not in out
    assert "[bold]" in out


def test_a_pipe_gets_no_colour_and_no_folding(tocsin: Tocsin) -> None:
    title = "word " * 100
    tocsin.answers["incidents/INC-42"] = {**INCIDENT, "title": title.strip()}

    out = tocsin("ack", "INC-42").out

    assert "\x1b[" not in out
    assert title.strip() in out.splitlines()[0]


@pytest.mark.parametrize(
    ("environment", "flags", "coloured"),
    [
        ({"TERM": "xterm-256color"}, [], True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, [], False),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, [], True),
        ({"TERM": "dumb"}, [], False),
        ({"TERM": "xterm-256color"}, ["--no-color"], False),
    ],
)
def test_a_terminal_gets_colour_unless_told_not_to(
    tocsin: Tocsin, environment: dict[str, str], flags: list[str], *, coloured: bool
) -> None:
    own, theirs = pty.openpty()
    env = {**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, **tocsin.environment, **environment}
    argv = [sys.executable, "-m", "tocsin", "ack", "INC-42", *flags]
    subprocess.run(argv, env=env, stdout=theirs, check=True, timeout=30)
    os.close(theirs)
    out = os.read(own, 65536).decode()
    os.close(own)

    assert "INC-42" in out
    assert ("\x1b[" in out) is coloured


def test_columns_line_up_by_width_on_the_screen() -> None:
    sheet = Sheet()
    sheet.table([["短い", "a"], ["x", "b"]])

    assert [line.plain for line in sheet.lines] == ["短い  a", "x     b"]


def test_control_characters_become_visible() -> None:
    assert clean("a\x00b\nc\td") == "a\N{REPLACEMENT CHARACTER}b\nc\td"


@pytest.mark.parametrize(
    "word", ["INC-42", "INC-2026-014", "INC-2026-0120-003", "DRILL-1", "01909f6e-0000-7000-8000-000000000000"]
)
def test_a_reference_is_known_by_its_looks(word: str) -> None:
    assert looks_like_reference(word)


@pytest.mark.parametrize(
    "word", ["orders", "re-deploying", "v2.4.1", "3f9a1c22d0b7", "rolling", "42", "SEV1", "orders/rollback"]
)
def test_other_words_are_no_references(word: str) -> None:
    assert not looks_like_reference(word)


def test_words_after_the_reference_are_the_text() -> None:
    assert split(["INC-1", "it", "broke"]) == ("INC-1", ["it", "broke"])
    assert split(["it", "broke"]) == ("", ["it", "broke"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:23", datetime(2026, 1, 20, 14, 23, tzinfo=UTC)),
        ("23:50", datetime(2026, 1, 19, 23, 50, tzinfo=UTC)),
        ("14:23:05", datetime(2026, 1, 20, 14, 23, 5, tzinfo=UTC)),
        ("15m", NOW - timedelta(minutes=15)),
        ("2h ago", NOW - timedelta(hours=2)),
        ("2026-01-20T14:23Z", datetime(2026, 1, 20, 14, 23, tzinfo=UTC)),
        ("2026-01-20T15:23+01:00", datetime(2026, 1, 20, 14, 23, tzinfo=UTC)),
        ("2026-01-19", datetime(2026, 1, 19, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_people_type_them(text: str, expected: datetime) -> None:
    assert moment(text, NOW) == expected


@pytest.mark.parametrize("text", ["soon", "25:00", "m", "-", "٣m"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(CommandError):
        moment(text, NOW)


def test_a_due_date_lies_ahead() -> None:
    assert deadline("14d", NOW) == NOW + timedelta(days=14)
    assert deadline("2026-02-01", NOW) == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT4M30S", timedelta(minutes=4, seconds=30)),
        ("-PT4M", timedelta(minutes=-4)),
        ("P1DT2H", timedelta(days=1, hours=2)),
        ("PT0.5S", timedelta(seconds=0.5)),
        ("P4DT0.000000S", timedelta(days=4)),
        (90, timedelta(seconds=90)),
        (None, None),
    ],
)
def test_spans_are_read_as_the_api_writes_them(text: object, expected: timedelta | None) -> None:
    assert length(text) == expected


def test_a_time_is_told_with_how_long_ago_it_was() -> None:
    assert ago("2026-01-20T14:23:00Z", NOW) == "14:23:00 UTC, 37 min ago"
    assert ago("2026-01-19T14:23:00Z", NOW) == "2026-01-19 14:23 UTC, 1 d ago"
    assert ago("2026-01-20T15:04:00Z", NOW) == "15:04:00 UTC, in 4 min"
    assert ago(None, NOW) == "unknown"
