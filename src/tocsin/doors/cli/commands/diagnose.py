"""Diagnose an incident through the server, or whatever is behind addresses given by hand, with no server at all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin import wiring
from tocsin.domain.diagnosis.report import as_dict, lines
from tocsin.doors.cli.answers import answer
from tocsin.doors.cli.api import Api, Json, server
from tocsin.doors.cli.commands.frozen import from_folder
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.parameters import AsJson, Ref, Wait, examples
from tocsin.doors.cli.rendering.incident import cause_lines, headline
from tocsin.doors.cli.rendering.sheet import Sheet
from tocsin.doors.cli.session import Session, session_of
from tocsin.doors.cli.targets import incident

app = typer.Typer()
POLL_S = 0.3
LIMIT_S = 90.0


@app.command(
    epilog=examples(
        "tocsin diagnose INC-42",
        "tocsin diagnose --postgres env:ORDERS_DSN --http http://127.0.0.1:8000 --redis redis://127.0.0.1:6379",
        "tocsin diagnose --frozen ./incident-2031-03-04 --json",
        "tocsin diagnose --metrics http://127.0.0.1:8000/metrics --deploys deploys.json --json",
    )
)
def diagnose(  # noqa: PLR0913 (each flag is a target of its own)
    ctx: typer.Context,
    ref: Ref = "",
    *,
    postgres: Annotated[
        str, typer.Option(help="A PostgreSQL DSN, or env:NAME or file:PATH where it is kept.", show_default=False)
    ] = "",
    http: Annotated[
        str, typer.Option(help="A service's address; its /health and /ready are asked.", show_default=False)
    ] = "",
    redis: Annotated[
        str, typer.Option(help="A Redis or Valkey URL, or env:NAME or file:PATH.", show_default=False)
    ] = "",
    metrics: Annotated[str, typer.Option(help="A Prometheus text endpoint.", show_default=False)] = "",
    deploys: Annotated[str, typer.Option(help="A file with the history of deploys.", show_default=False)] = "",
    frozen: Annotated[
        str,
        typer.Option(
            metavar="DIR", help="A folder with a frozen incident: alert.json and the rest.", show_default=False
        ),
    ] = "",
    wait: Wait = True,
    as_json: AsJson = False,
) -> None:
    """Find the likely cause of an incident, or of what is behind addresses; the latter needs neither server nor database."""
    session = session_of(ctx)
    given = {"postgres": postgres, "http": http, "redis": redis, "metrics": metrics, "deploys": deploys}
    targets = {name: _secret(session, value, name) for name, value in given.items() if value}
    if frozen:
        if targets or ref:
            raise CommandError("--frozen stands alone: name no incident and no address with it", ExitCode.USAGE)
        from_folder(session, frozen, as_json=as_json)
        return
    if targets and ref:
        raise CommandError("name either an incident or addresses", ExitCode.USAGE)
    if targets:
        _alone(session, targets, as_json=as_json)
        return
    with server(session) as api:
        named = incident(api, ref)
        before = api.get("incidents", named).get("diagnosed_at")
        found = api.post("incidents", named, "diagnose")
        if wait:
            found = _waited(session, api, named, before)
    answer(session, "incident", found, lambda: _sheet(found), as_json=as_json)


def _secret(session: Session, text: str, flag: str) -> str:
    """Return what a reference leads to: a password has no place among a command's arguments."""
    kind, _, where = text.partition(":")
    if kind == "env" and session.environment.get(where):
        return session.environment[where]
    if kind == "env":
        raise CommandError(f"the environment variable {where} is not set, or empty", ExitCode.USAGE, where=f"--{flag}")
    if kind != "file" or where.startswith("//"):
        return text
    try:
        return Path(where).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"cannot read {where}: {error.strerror}", ExitCode.USAGE, where=f"--{flag}") from error


def _alone(session: Session, targets: dict[str, str], *, as_json: bool) -> None:
    session.terminal.say(f"Looking at {', '.join(targets)} ...")
    with locally():
        seen = wiring.diagnose_standalone(**targets)
    data = {"diagnosis": as_dict(seen.diagnosis, seen.bundle)}

    def render() -> Sheet:
        sheet = Sheet()
        for line in lines(seen.diagnosis, seen.bundle):
            sheet.add(line)
        return sheet

    answer(session, "diagnosis", data, render, as_json=as_json)


def _waited(session: Session, api: Api, ref: str, before: object) -> Json:
    for _ in range(int(LIMIT_S / POLL_S)):
        found: Json = api.get("incidents", ref)
        if found.get("diagnosed_at") != before:
            return found
        session.pause(POLL_S)
    raise CommandError(
        f"the diagnosis has not ended within {LIMIT_S:.0f} s",
        ExitCode.UNAVAILABLE,
        mend="Is the worker alive? tocsin doctor",
    )


def _sheet(found: Json) -> Sheet:
    sheet = Sheet()
    headline(sheet, found)
    cause_lines(sheet, found.get("causes") or ())
    for spot in found.get("blind_spots") or ():
        sheet.add(("? not seen: ", "yellow"), str(spot), indent=2)
    return sheet
