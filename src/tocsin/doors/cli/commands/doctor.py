"""Is Tocsin itself well? Files, configuration, database, server, worker, clock: each with how to mend it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Literal

import typer

from tocsin import wiring
from tocsin.config.catalogue import check
from tocsin.domain import words
from tocsin.domain.catalogue import Catalogue
from tocsin.doors.cli.answers import answer
from tocsin.doors.cli.api import Json, server
from tocsin.doors.cli.exits import CommandError
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.moments import read
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.rendering.sheet import Part, Sheet
from tocsin.doors.cli.session import Session, session_of
from tocsin.wiring.database import schema

app = typer.Typer()
NAME = "tocsin.yaml"
OTHERS = 0o077
APART = timedelta(seconds=30)
CONNECT_S = 3.0
MENDS = {
    "worker": "Start `tocsin work`, or `tocsin up`.",
    "are late": "Start more workers, or raise TOCSIN_WORKERS.",
    "go other ways": "Look at the provider, and at the channel's options.",
    "failed for good": "tocsin outbox --state dead; when their cause is mended: tocsin resend KEY",
    "dead man": "Look at TOCSIN_DEADMAN_URL, and at what stands above.",
}
_MARKS = {"ok": ("✓ ok  ", "green"), "warn": ("! warn", "yellow"), "fail": ("✗ fail", "bold red")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at."""

    name: str
    verdict: Literal["ok", "warn", "fail"]
    text: str
    mend: str = ""


@app.command(epilog=examples("tocsin doctor", "tocsin doctor --json | jq '.findings[] | select(.verdict != \"ok\")'"))
def doctor(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Check that Tocsin itself is well, and say how to mend what is not. Exit 1 when something fails."""
    session = session_of(ctx)
    looks: tuple[Callable[[Session], Iterator[Finding]], ...] = (_home, _configuration, _database, _server)
    found = [finding for look in looks for finding in look(session)]
    failed = [finding for finding in found if finding.verdict == "fail"]
    data = {"ok": not failed, "findings": [asdict(finding) for finding in found]}
    answer(session, "doctor", data, lambda: _table(found), as_json=as_json)
    if failed:
        raise CommandError("not well: " + ", ".join(finding.name for finding in failed))


def _home(session: Session) -> Iterator[Finding]:
    home = session.settings().home
    if not home.is_dir():
        yield Finding(name="home", verdict="warn", text=f"{home} does not exist", mend="`tocsin up` makes it.")
    elif home.stat().st_mode & OTHERS:
        yield Finding(name="home", verdict="fail", text=f"others can read {home}", mend=f"chmod 700 {home}")
    else:
        yield Finding(name="home", verdict="ok", text=str(home))


def _configuration(session: Session) -> Iterator[Finding]:
    path = session.settings().home / NAME
    if not path.exists():
        yield Finding(name="configuration", verdict="ok", text="no file in the home directory; the database's counts")
        return
    catalogue, problems = check(path, wiring.judge_options)
    if problems:
        text = f"{len(problems)} wrong, the first: {problems[0]}"
        yield Finding(name="configuration", verdict="fail", text=text, mend=f"tocsin config check {path}")
        return
    yield Finding(name="configuration", verdict="ok", text=str(path))
    if catalogue is not None:
        yield from _channels(catalogue)


def _channels(catalogue: Catalogue) -> Iterator[Finding]:
    """Ask whether each mail server takes a connection; nothing is sent."""
    for route in catalogue.channels:
        host, port = str(route.options.get("host", "")), route.options.get("port", 0)
        if route.kind != "email" or not host or not isinstance(port, int) or ":" in host:
            continue
        try:
            socket.create_connection((host, port or 25), timeout=CONNECT_S).close()
            yield Finding(name=f"channel {route.key}", verdict="ok", text=f"{host}:{port or 25} takes connections")
        except OSError as error:
            text = f"{host}:{port or 25} takes none: {error}"
            mend = "Start the mail server, or correct the channel's host and port."
            yield Finding(name=f"channel {route.key}", verdict="fail", text=text, mend=mend)


def _database(session: Session) -> Iterator[Finding]:
    settings = session.settings()
    try:
        with locally():
            state = schema(settings)
    except CommandError as error:
        mend = error.mend or "Start the database, or correct TOCSIN_DATABASE."
        yield Finding(name="database", verdict="fail", text=str(error), mend=mend)
        return
    usable = state.verdict in {"current", "newer"}
    mend = "" if usable else ("Upgrade Tocsin." if state.verdict == "too_new" else "tocsin migrate")
    text = f"tables: {state.verdict}" + (f" ({state.found})" if state.found else "")
    yield Finding(name="database", verdict="ok" if usable else "fail", text=text, mend=mend)


def _server(session: Session) -> Iterator[Finding]:
    try:
        with server(session) as api:
            who = api.get("whoami")
            health: Json = api.get("health")
    except CommandError as error:
        yield Finding(name="server", verdict="fail", text=str(error), mend=error.mend)
        return
    yield Finding(name="server", verdict="ok", text=f"answers {who['person']} (version {who['version']})")
    late = any("worker" in str(problem) for problem in health["problems"])
    for problem in health["problems"]:
        mend = next((mend for words, mend in MENDS.items() if words in str(problem)), "tocsin outbox --state dead")
        mild = any(words in str(problem) for words in ("failed for good", "go other ways"))
        verdict: Literal["warn", "fail"] = "warn" if mild else "fail"
        yield Finding(name="work", verdict=verdict, text=str(problem), mend=mend)
    if not late:
        names = ", ".join(str(process["process"]) for process in health["processes"])
        waiting = ", ".join(f"{name} {value:g}" for name, value in health["backlog"].items())
        yield Finding(name="processes", verdict="ok", text=f"{names}; {waiting}")
    yield from _clock(session, health)


def _clock(session: Session, health: Json) -> Iterator[Finding]:
    """Compare this machine's clock with the database's, by the newest sign of life."""
    beats = [when for process in health["processes"] if (when := read(process["at"])) is not None]
    if not beats:
        return
    apart = session.now() - max(beats)
    if abs(apart) > APART:
        text = f"this machine's clock and the database's are {words.span(abs(apart))} apart"
        yield Finding(name="clock", verdict="warn", text=text, mend="Set both by NTP.")
    else:
        yield Finding(name="clock", verdict="ok", text="agrees with the database's")


def _table(found: list[Finding]) -> Sheet:
    sheet = Sheet()
    rows: list[list[Part]] = [
        [_MARKS[f.verdict], f.name, f.text + (f"  Mend: {f.mend}" if f.mend else "")] for f in found
    ]
    sheet.table(rows)
    return sheet
