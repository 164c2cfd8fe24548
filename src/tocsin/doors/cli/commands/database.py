"""The database of this machine: its tables, and a copy of everything in one file. Needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer_rows
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.parameters import AsJson, Yes, examples
from tocsin.doors.cli.session import session_of
from tocsin.wiring import database as here

app = typer.Typer()
Database = Annotated[
    str, typer.Option(help="Its address; else TOCSIN_DATABASE, else SQLite in Tocsin's home.", show_default=False)
]


def _named(database: str) -> dict[str, str]:
    return {"TOCSIN_DATABASE": database} if database else {}


@app.command(epilog=examples("tocsin migrate", "TOCSIN_DATABASE_FILE=dsn tocsin migrate"))
def migrate(ctx: typer.Context, *, database: Database = "", as_json: AsJson = False) -> None:
    """Bring the database's tables up to this version; safe from many processes at once."""
    session = session_of(ctx)
    settings = session.settings(**_named(database))
    with locally():
        state = here.upgrade(settings)
    data = {"version": state.found, "verdict": state.verdict}
    answer_rows(session, "migrate", data, [f"tables at version {state.found} ({state.verdict})"], as_json=as_json)


@app.command(epilog=examples("tocsin backup tocsin-2026-01-20.zip"))
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A new file.", show_default=False)],
    *,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Write the whole database into one file.

    The file is new, as of one instant, and readable by its owner only; work goes on meanwhile.
    """
    session = session_of(ctx)
    settings = session.settings(**_named(database))
    with locally():
        made = here.backup(settings, file)
    total = sum(made.rows.values())
    data = {"file": str(file), "version": made.schema, "rows": dict(made.rows)}
    answer_rows(session, "backup", data, [f"{file}: {total} rows in {len(made.rows)} tables"], as_json=as_json)


@app.command(
    epilog=examples("tocsin restore tocsin-2026-01-20.zip --yes", "tocsin --home /srv/tocsin restore b.zip --yes")
)
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `tocsin backup` wrote.", show_default=False)],
    *,
    database: Database = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Fill an empty database from a backup, all of it or nothing.

    Work that was waiting when the backup was made is waiting again: what was sent since is sent once more.
    """
    session = session_of(ctx)
    settings = session.settings(**_named(database))
    if not yes:
        question = f"Restore {file}? Pages and messages that waited when it was made will be sent."
        session.terminal.confirm(question, instead=f"tocsin restore {file} --yes")
    with locally():
        held = here.restore(settings, file)
    total = sum(held.rows.values())
    data = {"file": str(file), "version": held.schema, "rows": dict(held.rows)}
    answer_rows(session, "restore", data, [f"{total} rows in {len(held.rows)} tables restored"], as_json=as_json)
