"""What the two processes that `up` keeps running begin with, each also on its own."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from tocsin import wiring
from tocsin.doors.cli.answers import print_json
from tocsin.doors.cli.session import Session
from tocsin.doors.supervise import Leash
from tocsin.settings import Settings

Supervised = Annotated[bool, typer.Option("--supervised", hidden=True)]


def begin(settings: Settings, *, supervised: bool, as_json: bool) -> None:
    """Set up logs; a process that `up` started waits for its word first."""
    if supervised:
        Leash().wait()
    wiring.log_to_stderr(level=settings.log_level, json=as_json)


def announce(session: Session, role: str, what: str, *, as_json: bool, quiet: bool) -> None:
    """Say that the process runs, unless somebody else says it."""
    if as_json:
        print_json(session, "process", {"role": role, "name": what, "pid": os.getpid()})
        session.terminal.out.file.flush()
    elif not quiet:
        session.terminal.say(f"{role}: {what} (pid {os.getpid()})")
