"""The first configuration file: small, commented, and able to page somebody."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin.config.catalogue import dump_commented
from tocsin.doors.cli.answers import answer_rows
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.session import session_of
from tocsin.doors.cli.starting import write_config

app = typer.Typer()
NAME = "tocsin.yaml"


@app.command(
    epilog=examples(
        "tocsin init", "tocsin init --dir /etc/tocsin --name 'Ada Lovelace' --email ada@example.com --pack startup"
    )
)
def init(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    *,
    directory: Annotated[Path, typer.Option("--dir", help="Where to write it.")] = Path(),
    name: Annotated[str, typer.Option(help="The first person: admin, and paged for everything.")] = "Admin",
    email: Annotated[str, typer.Option(help="Their e-mail address.")] = "admin@example.com",
    pack: Annotated[
        str, typer.Option(help="The rules to follow: platform, startup, ops, responder or sre.")
    ] = "platform",
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace the file if there is one.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a commented tocsin.yaml to start from."""
    session = session_of(ctx)
    path = directory / NAME
    with locally():
        text = dump_commented(name=name, email=email, pack=pack)
        write_config(path, text, force=force)
    session.terminal.say(f"Look through it, then: tocsin config check {path}")
    answer_rows(session, "init", {"path": str(path)}, [str(path)], as_json=as_json)
