"""The server, on its own."""

from __future__ import annotations

import typer

from tocsin import wiring
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.processes import Supervised, announce, begin
from tocsin.doors.cli.session import session_of
from tocsin.doors.serve import create_server
from tocsin.doors.serve import serve as serve_http

app = typer.Typer()


@app.command(
    epilog=examples("tocsin serve", "TOCSIN_DATABASE_FILE=dsn TOCSIN_PORT=8080 tocsin serve", "tocsin serve --json")
)
def serve(ctx: typer.Context, *, supervised: Supervised = False, as_json: AsJson = False) -> None:
    """Run only the server: the API, the pages and the doors for alerts. Where and on what, settings say."""
    session = session_of(ctx)
    settings = session.settings()
    begin(settings, supervised=supervised, as_json=as_json)
    with locally():
        application = wiring.build(settings)

        def say() -> None:
            announce(session, "serve", settings.public_url, as_json=as_json, quiet=supervised)

        try:
            serve_http(create_server(application), application, on_ready=say)
        except OSError as error:
            raise CommandError(
                f"cannot listen on {settings.host}:{settings.port}: {error.strerror}",
                ExitCode.UNAVAILABLE,
                mend="Set TOCSIN_HOST and TOCSIN_PORT to an address that is free.",
            ) from error
