"""The worker, on its own."""

from __future__ import annotations

import os
import socket

import typer

from tocsin import wiring
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.processes import Supervised, announce, begin
from tocsin.doors.cli.session import session_of
from tocsin.doors.garbage import collect_rarely
from tocsin.doors.signals import on_stop
from tocsin.doors.worker import Worker
from tocsin.wiring.duties import duties

app = typer.Typer()


@app.command(epilog=examples("tocsin work", "TOCSIN_DATABASE_FILE=dsn tocsin work --json"))
def work(ctx: typer.Context, *, supervised: Supervised = False, as_json: AsJson = False) -> None:
    """Run only the worker: pages, messages, timers, probes and actions. On PostgreSQL any number may run."""
    session = session_of(ctx)
    settings = session.settings()
    begin(settings, supervised=supervised, as_json=as_json)
    with locally():
        application = wiring.build(settings)
        name = f"work-{socket.gethostname()}-{os.getpid()}"
        worker = Worker(
            store=application.engine.store,
            duties=duties(application),
            name=name,
            lease=settings.lease,
            threads=settings.workers,
        )

        on_stop(lambda _: worker.stop())
        announce(session, "work", name, as_json=as_json, quiet=supervised)
        collect_rarely()
        worker.run()
