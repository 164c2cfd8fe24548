"""Drills: a real shop with a real fault, here or in an instance of its own, and how the response went."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from tocsin.domain import words
from tocsin.doors.cli.answers import answer_rows
from tocsin.doors.cli.context import connect
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.session import Session, session_of
from tocsin.drill.client import DrillError
from tocsin.drill.instance import Context
from tocsin.drill.run import SCENARIOS, Outcome, Play, run

app = typer.Typer()
drills = typer.Typer(no_args_is_help=True, help="Practise on a shop that really breaks.")
app.add_typer(drills, name="drill")


@drills.command("list", epilog=examples("tocsin drill list"))
def list_all(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the scenarios."""
    answer_rows(session_of(ctx), "drills", {"drills": list(SCENARIOS)}, list(SCENARIOS), as_json=as_json)


@drills.command(
    "run",
    epilog=examples(
        "tocsin drill run connection-exhaustion                      # you respond",
        "tocsin drill run connection-exhaustion --auto --speed 60 --json",
        "tocsin drill run connection-exhaustion --here               # in the instance started --with-drills",
    ),
)
def run_one(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The scenario; `tocsin drill list` names them.", show_default=False)],
    *,
    auto: Annotated[bool, typer.Option("--auto", help="Answer as a responder would.")] = False,
    speed: Annotated[
        float, typer.Option(help="Divide the waits of its policy and monitors by this.", min=1, max=1000)
    ] = 1.0,
    here: Annotated[
        bool, typer.Option("--here", help="In the running instance, started --with-drills, not a private one.")
    ] = False,
    database: Annotated[
        str, typer.Option(help="The private instance's database; else SQLite.", show_default=False)
    ] = "",
    keep: Annotated[
        Path | None, typer.Option(help="Keep its files (logs, post-mortem, database) here.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play a drill: start the shop, break it, respond, and say how long each part took and whether a page was lost."""
    session = session_of(ctx)
    if name not in SCENARIOS:
        raise CommandError(f"no drill is called {name!r}", ExitCode.USAGE, mend=f"Drills: {', '.join(SCENARIOS)}.")
    context = None
    if here:
        connection = connect(session)
        context = Context(url=connection.url, token=connection.token)
    # Told to stop, it still has to end what it started.
    signal.signal(signal.SIGTERM, _stop)
    with _directory(keep) as directory:
        play = Play(
            scenario=name,
            directory=directory,
            speed=speed,
            auto=auto,
            context=context,
            database=database,
            say=session.terminal.say,
        )
        try:
            outcome = run(play)
        except DrillError as error:
            raise CommandError(str(error), mend="Add --keep DIR to keep the logs.") from error
        _told(session, outcome, keep=keep is not None, as_json=as_json)


def _stop(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="tocsin-drill-") as made:
        yield Path(made)


def _told(session: Session, outcome: Outcome, *, keep: bool, as_json: bool) -> None:
    """Print how it went; a post-mortem whose file is about to go is printed in full."""
    document = Path(outcome.postmortem)
    text = document.read_text(encoding="utf-8")
    data = {**outcome.as_dict(), "postmortem": text, **({"postmortem_file": str(document)} if keep else {})}
    lengths = [f"{name}: {words.span(took(seconds))}" for name, seconds in outcome.durations.items()]
    rows = [
        f"{outcome.incident} {outcome.phase} {outcome.status}",
        f"root cause: {outcome.root_cause or 'unknown'}",
        *lengths,
        f"pages: {outcome.pages_received} received of {outcome.pages_expected} expected, {outcome.lost_pages} lost",
        *([f"post-mortem: {document}"] if keep else ["", text]),
    ]
    answer_rows(session, "drill", data, rows, as_json=as_json)


def took(seconds: float | None) -> timedelta | None:
    """Return a length; None stays unknown."""
    return None if seconds is None else timedelta(seconds=seconds)
