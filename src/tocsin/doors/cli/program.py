"""The `tocsin` command: a table of its commands, of which only the one asked for is loaded, so that it starts at once."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from tocsin import __version__
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.loading import load_module
from tocsin.doors.cli.session import Session
from tocsin.doors.cli.table import COMMANDS, PANELS
from tocsin.doors.cli.terminal import open_terminal

EVERYWHERE: Final = (
    "Also for every command: --url URL, --token-file FILE, --home DIR, --no-input, --no-color, --quiet. "
    "Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 not allowed, 5 refused, 6 unavailable, 7 needs confirmation."
)
_FLAGS: Final = frozenset({"--no-input", "--no-color", "--quiet", "-q"})
_VALUES: Final = frozenset({"--url", "--token-file", "--home"})


class Commands(TyperGroup):
    """The commands by name; help lists them from the table, and running one loads its module."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401 (typer keeps its click private)
        """Return the real command in place of its line in the table."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, (load(name) if name and listed else listed), rest

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 (typer keeps its click private)
        """List the commands under what they are for."""
        del ctx
        for panel in PANELS:
            lines = [(name, entry.help) for name, entry in COMMANDS.items() if entry.panel == panel]
            with formatter.section(panel):
                formatter.write_dl(lines)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 (typer keeps its click private)
        """Run the command; an error becomes a message and an exit code."""
        try:
            return super().invoke(ctx)
        except CommandError as error:
            session = ctx.find_object(Session)
            terminal = session.terminal if session else open_terminal({})
            terminal.fail(error)
            raise typer.Exit(error.code) from error


def load(name: str) -> Any:  # noqa: ANN401 (typer keeps its click private)
    """Return the command called `name` from its module."""
    module = load_module(f"tocsin.doors.cli.commands.{COMMANDS[name].module}")
    command = get_group(module.app).commands[name]
    for one in (command, *_below(command)):
        one.rich_markup_mode = None
        # Said, it is not cut short in a group's list.
        one.short_help = one.short_help or " ".join((one.help or "").partition("\n\n")[0].split())
        if not getattr(one, "commands", {}):
            one.epilog = "\n\n".join(part for part in (one.epilog, EVERYWHERE) if part)
    return command


def _below(command: Any) -> list[Any]:  # noqa: ANN401 (typer keeps its click private)
    """Return every command of a group, of the groups in it too."""
    children = list(getattr(command, "commands", {}).values())
    return children + [leaf for child in children for leaf in _below(child)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    argv: tuple[str, ...]
    environment: Mapping[str, str]


def _listed() -> None:
    """Stand in the list of commands; `Commands.resolve_command` puts the real one in its place."""


def _show_version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"tocsin {__version__}")
        raise typer.Exit


def _root(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    *,
    url: Annotated[
        str, typer.Option(help="The server's address. Else TOCSIN_URL, else the one `tocsin up` started.")
    ] = "",
    token_file: Annotated[
        Path | None, typer.Option(help="A file that holds the API token. Else TOCSIN_TOKEN or TOCSIN_TOKEN_FILE.")
    ] = None,
    home: Annotated[
        Path | None, typer.Option(help="Where Tocsin keeps its database and local token. Else TOCSIN_HOME.")
    ] = None,
    no_input: Annotated[bool, typer.Option("--no-input", help="Never ask a question; exit 7 instead.")] = False,
    no_color: Annotated[
        bool, typer.Option("--no-color", help="No colours. NO_COLOR and TERM=dumb do the same.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only data and errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Incident response, from a production alert to an all-clear and a finished post-mortem."""
    del version
    start = ctx.find_object(_Start) or _Start(argv=(), environment={})
    environment = {**start.environment, **({"TOCSIN_HOME": str(home)} if home else {})}
    ctx.obj = Session(
        argv=start.argv,
        environment=environment,
        terminal=open_terminal(environment, no_input=no_input, no_color=no_color, quiet=quiet),
        now=lambda: datetime.now(tz=UTC),
        pause=time.sleep,
        url=url,
        token_file=token_file,
    )


def program() -> Any:  # noqa: ANN401 (typer keeps its click private)
    """Return the root command."""
    app = typer.Typer(
        cls=Commands,
        name="tocsin",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        # Plain help: twice as fast, the same everywhere, and brackets in it stay brackets.
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="\b\nBegin with:  tocsin up\nThen:        tocsin declare 'orders API 500s since 14:23, about 30 % failing'\n"
        "Reference:   docs/reference/cli.md",
    )
    app.callback()(_root)
    for name, entry in COMMANDS.items():
        app.command(name, help=entry.help)(_listed)
    return get_command(app)


def hoisted(argv: Sequence[str]) -> list[str]:
    """Return `argv` with what goes for every command moved to the front, so that it may stand anywhere before `--`."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in _FLAGS or (word.partition("=")[0] in _VALUES and "=" in word):
            front.append(word)
        elif word in _VALUES:
            front += [word, *(next_word for next_word in [next(words, None)] if next_word is not None)]
        else:
            rest.append(word)
    return front + rest


def run(argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command and return its exit code."""
    try:
        program().main(args=hoisted(argv), prog_name="tocsin", obj=_Start(argv=tuple(argv), environment=environment))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPT
    return ExitCode.OK


def main() -> None:
    """Run the command that the shell gave."""
    sys.exit(run(sys.argv[1:], os.environ))
