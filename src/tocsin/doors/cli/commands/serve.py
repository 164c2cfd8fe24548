"""The server, on its own."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from tocsin import wiring
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.processes import Supervised, announce, begin
from tocsin.doors.cli.session import session_of
from tocsin.doors.listening import listen_at
from tocsin.doors.serve import create_server
from tocsin.doors.serve import serve as serve_http

app = typer.Typer()
NONE = -1


@app.command(
    epilog=examples("tocsin serve", "TOCSIN_DATABASE_FILE=dsn TOCSIN_PORT=8080 tocsin serve", "tocsin serve --json")
)
def serve(
    ctx: typer.Context,
    *,
    supervised: Supervised = False,
    listener: Annotated[int, typer.Option("--listener", hidden=True)] = NONE,
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

        try:
            at = listen_at(settings.host, settings.port) if listener == NONE else socket.socket(fileno=listener)
        except OSError as error:
            raise CommandError(
                f"cannot listen on {settings.host}:{settings.port}: {error.strerror}",
                ExitCode.UNAVAILABLE,
                mend="Set TOCSIN_HOST and TOCSIN_PORT to an address that is free.",
            ) from error
        serve_http(create_server(application), application, at, on_ready=say)
