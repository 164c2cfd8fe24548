"""The two processes that `up` keeps running, each also on its own: the server, and the worker."""

from __future__ import annotations

import os
import socket
from typing import Annotated

import typer

from tocsin import wiring
from tocsin.doors.cli.answers import print_json
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.session import Session, session_of
from tocsin.doors.garbage import collect_rarely
from tocsin.doors.serve import create_server
from tocsin.doors.serve import serve as serve_http
from tocsin.doors.signals import on_stop
from tocsin.doors.supervise import Leash
from tocsin.doors.worker import Worker
from tocsin.settings import Settings

app = typer.Typer()
Supervised = Annotated[bool, typer.Option("--supervised", hidden=True)]


@app.command(
    epilog=examples("tocsin serve", "TOCSIN_DATABASE_FILE=dsn TOCSIN_PORT=8080 tocsin serve", "tocsin serve --json")
)
def serve(ctx: typer.Context, *, supervised: Supervised = False, as_json: AsJson = False) -> None:
    """Run only the server: the API, the pages and the doors for alerts. Where and on what, settings say."""
    session = session_of(ctx)
    settings = session.settings()
    _begin(settings, supervised=supervised, as_json=as_json)
    with locally():
        application = wiring.build(settings)

        def say() -> None:
            _announce(session, "serve", settings.public_url, as_json=as_json, quiet=supervised)

        try:
            serve_http(create_server(application), application, on_ready=say)
        except OSError as error:
            raise CommandError(
                f"cannot listen on {settings.host}:{settings.port}: {error.strerror}",
                ExitCode.UNAVAILABLE,
                mend="Set TOCSIN_HOST and TOCSIN_PORT to an address that is free.",
            ) from error


@app.command(epilog=examples("tocsin work", "TOCSIN_DATABASE_FILE=dsn tocsin work --json"))
def work(ctx: typer.Context, *, supervised: Supervised = False, as_json: AsJson = False) -> None:
    """Run only the worker: pages, messages, timers, probes and actions. On PostgreSQL any number may run."""
    session = session_of(ctx)
    settings = session.settings()
    _begin(settings, supervised=supervised, as_json=as_json)
    with locally():
        application = wiring.build(settings)
        name = f"work-{socket.gethostname()}-{os.getpid()}"
        worker = Worker(
            store=application.engine.store,
            duties=wiring.duties(application),
            name=name,
            lease=settings.lease,
            threads=settings.workers,
        )

        on_stop(lambda _: worker.stop())
        _announce(session, "work", name, as_json=as_json, quiet=supervised)
        collect_rarely()
        worker.run()


def _begin(settings: Settings, *, supervised: bool, as_json: bool) -> None:
    if supervised:
        Leash().wait()
    wiring.log_to_stderr(level=settings.log_level, json=as_json)


def _announce(session: Session, role: str, what: str, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json(session, "process", {"role": role, "name": what, "pid": os.getpid()})
        session.terminal.out.file.flush()
    elif not quiet:
        session.terminal.say(f"{role}: {what} (pid {os.getpid()})")
