"""`up`: everything set up, a server and a worker kept running, and one line that says where to look.

It loads little itself: the server's code loads in its own process while this one prepares what that will need. The
server's socket is opened and held here: from the first line on nobody is refused, also while a server that died is
started again.
"""

from __future__ import annotations

import fcntl
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from tocsin.doors.cli.answers import print_json, print_lines
from tocsin.doors.cli.context import write_context
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.loading import load_module
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.port import open_port, reached_at
from tocsin.doors.cli.session import Session, session_of
from tocsin.doors.supervise import GaveUpError, Program, Supervisor
from tocsin.settings import Settings

if TYPE_CHECKING:
    from tocsin.doors.cli.preparing import Prepared

app = typer.Typer()
CONFIG = "tocsin.yaml"
LOCK = "up.lock"
DRILLED = "first-drill"
ANSWER_S = 0.3
# Whoever has to be paged does not wait longer for a server that does not come.
PATIENCE_S = 15.0
HTTP_OK = 200


@app.command(
    epilog=examples(
        "tocsin up",
        "tocsin up --home ./var --config tocsin.yaml --port 8080",
        "tocsin up --database postgresql://tocsin@127.0.0.1/tocsin   # the password in PGPASSWORD or ~/.pgpass",
        "tocsin up --with-drills",
    )
)
def up(  # noqa: PLR0913 (each flag is a setting of its own)
    ctx: typer.Context,
    *,
    config: Annotated[
        Path | None,
        typer.Option(help="The configuration; else tocsin.yaml in --home, made if absent.", show_default=False),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(help="The server's port; else TOCSIN_PORT, else 8787.", min=1, max=65535, show_default=False),
    ] = None,
    database: Annotated[
        str, typer.Option(help="Else TOCSIN_DATABASE, else SQLite in --home.", show_default=False)
    ] = "",
    with_drills: Annotated[bool, typer.Option("--with-drills", help="Allow drills in this instance.")] = False,
    first_drill: Annotated[bool, typer.Option("--first-drill", help="Play a drill once, at the first start.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set everything up, start Tocsin here, and stay until you stop it.

    Makes what is missing in --home (tables, a first configuration, a token for this machine), then keeps a server and a
    worker running and prints the address with a link that logs you in once.
    """
    session = session_of(ctx)
    changes = {
        **({"TOCSIN_PORT": str(port)} if port else {}),
        **({"TOCSIN_DATABASE": database} if database else {}),
        **({"TOCSIN_WITH_DRILLS": "1"} if with_drills else {}),
    }
    settings = session.settings(**changes)
    own = {**session.environment, **changes, "TOCSIN_HOME": str(settings.home)}
    if database:
        own.pop("TOCSIN_DATABASE_FILE", None)
    with _alone(settings), open_port(settings) as listener:
        running = Running(
            session=session,
            settings=settings,
            listener=listener,
            supervisor=Supervisor(programs=(), environment=own, say=session.terminal.say),
            first_drill=first_drill,
            as_json=as_json,
        )
        code = running.run(config)
    raise typer.Exit(code)


@dataclass(slots=True, kw_only=True)
class Running:
    """One run of `up`."""

    session: Session
    settings: Settings
    listener: socket.socket
    supervisor: Supervisor
    first_drill: bool
    as_json: bool
    prepared: Prepared | None = field(default=None)
    announced: bool = False
    paging: bool = False
    since: float = field(default_factory=time.monotonic)

    def run(self, config: Path | None) -> int:
        """Prepare, start, announce, and stay; return the exit code."""
        self.supervisor.listen()
        self.supervisor.add(_server(self.listener))
        try:
            path = config or self.settings.home / CONFIG
            # The server's code is loading in its process by now; loading ours first would keep it waiting.
            preparing = load_module("tocsin.doors.cli.preparing")
            self.prepared = preparing.prepare(self.settings, local_url(self.settings), path, written=config is None)
            self._keep_context(self.prepared)
            self._say_where(self.prepared)
            self.supervisor.release()
            self.supervisor.run(self._announce)
        except GaveUpError as error:
            raise CommandError(str(error), ExitCode.UNAVAILABLE, mend="Its own messages stand above.") from error
        finally:
            self.supervisor.stop()
        return ExitCode.INTERRUPT if self.supervisor.signalled == signal.SIGINT else ExitCode.OK

    def _say_where(self, prepared: Prepared) -> None:
        """Say where to look: who asks there at once waits for the server to load. A program is told when it need not wait."""
        if self.as_json:
            return
        lines = (
            f"Tocsin is at {self.settings.public_url}",
            f"Log in once, as {prepared.person}: {prepared.login_url}",
        )
        print_lines(self.session, [Text(line) for line in lines])
        self.session.terminal.out.file.flush()

    def _announce(self) -> None:
        """Say that it is up as soon as the server answers, and start what comes after it: the worker, in any case."""
        if self.announced or self.prepared is None:
            return
        answered = answers(self.settings)
        self._begin_paging(answered=answered)
        if not answered:
            return
        self.announced = True
        data = {
            "url": self.settings.public_url,
            "login_url": self.prepared.login_url,
            "home": str(self.settings.home),
            "pid": os.getpid(),
        }
        if self.as_json:
            print_json(self.session, "up", data)
            self.session.terminal.out.file.flush()
        self.session.terminal.say("Tocsin is up.")
        self.supervisor.settled()
        kept = self.settings.home / DRILLED
        if self.first_drill and not kept.exists():
            kept.mkdir()
            self.session.terminal.say("First start: a drill is played in it; watch it on the page.")
            words = ("drill", "run", "connection-exhaustion", "--here", "--auto", "--speed", "60", "--keep", str(kept))
            self.supervisor.add(_tocsin("the first drill", *words, once=True))

    def _begin_paging(self, *, answered: bool) -> None:
        """Start the worker: after the server, whose code loads meanwhile, but not much later when that does not come."""
        if self.paging or not (answered or time.monotonic() > self.since + PATIENCE_S):
            return
        self.paging = True
        self.supervisor.add(_tocsin("work", "work", "--supervised"))
        if not answered:
            self.session.terminal.say(
                f"The server does not answer at {local_url(self.settings)} yet; pages go out already."
            )

    def _keep_context(self, prepared: Prepared) -> None:
        """Keep what commands here need; a home that takes no file (a full disk) is no reason to page nobody."""
        try:
            write_context(self.settings.home, prepared.connection)
        except OSError as error:
            lacking = "commands here need TOCSIN_URL and TOCSIN_TOKEN until it can be and `up` is started again"
            self.session.terminal.say(
                f"{self.settings.home}/context.json cannot be written: {error.strerror}; {lacking}"
            )


def _server(listener: socket.socket) -> Program:
    number = str(listener.fileno())
    return replace(_tocsin("serve", "serve", "--supervised", "--listener", number), sockets=(listener,))


def _tocsin(name: str, *words: str, once: bool = False) -> Program:
    return Program(name=name, argv=(sys.executable, "-m", "tocsin", *words), once=once)


def local_url(settings: Settings) -> str:
    """Return where this machine reaches its own server, whatever the world calls it."""
    host = reached_at(settings)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def answers(settings: Settings) -> bool:
    """Return whether the server is ready; one that loads is not waited for."""
    connection = http.client.HTTPConnection(reached_at(settings), settings.port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == HTTP_OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold the home directory's lock: two supervisors would fight over its processes.

    Raises:
        CommandError: another `up` holds it (exit 5), or the directory cannot be used.
    """
    path = settings.home / LOCK
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CommandError(
            f"cannot use the home directory: {error.strerror}",
            where=str(settings.home),
            mend="Name another with --home.",
        ) from error
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(
                f"Tocsin is up already (pid {file.read().strip() or 'unknown'})",
                ExitCode.CONFLICT,
                where=str(settings.home),
                mend="Use that one (`tocsin login`), stop it, or name another --home and --port.",
            ) from error
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
