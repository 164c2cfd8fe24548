"""The server, on its own."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from tocsin import wiring
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.port import open_port
from tocsin.doors.cli.processes import Supervised, announce, begin
from tocsin.doors.cli.session import session_of
from tocsin.doors.serve import create_server
from tocsin.doors.serve import serve as serve_http

app = typer.Typer()


@app.command(
    epilog=examples("tocsin serve", "TOCSIN_DATABASE_FILE=dsn TOCSIN_PORT=8080 tocsin serve", "tocsin serve --json")
)
def serve(
    ctx: typer.Context,
    *,
    supervised: Supervised = False,
    listener: Annotated[int | None, typer.Option("--listener", hidden=True)] = None,
    as_json: AsJson = False,
) -> None:
    """Run only the server: the API, the pages and the doors for alerts. Where and on what, settings say."""
    session = session_of(ctx)
    settings = session.settings()
    begin(settings, supervised=supervised, as_json=as_json)
    with locally():
        application = wiring.build(settings)

        def say() -> None:
            announce(session, "serve", settings.public_url, as_json=as_json, quiet=supervised)

        # What is inherited listens already, also for the server before this one.
        at = open_port(settings) if listener is None else socket.socket(fileno=listener)
        serve_http(create_server(application), application, at, on_ready=say)
