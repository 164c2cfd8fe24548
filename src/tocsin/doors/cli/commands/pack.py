"""Policy packs as files: what there is, what one says, what changed, whether it holds together. Needs no server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tocsin.config.differences import flatten
from tocsin.config.packs import diff_packs, list_packs, load_pack, read_pack
from tocsin.config.problems import Problem
from tocsin.domain.policy.codec import pack_to_json
from tocsin.doors.cli.answers import Schema, answer_rows
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.session import Session, session_of

app = typer.Typer()
packs = typer.Typer(no_args_is_help=True, help="Look at policy packs: severities, deadlines, templates, checklists.")
app.add_typer(packs, name="pack")
Named = Annotated[
    str, typer.Argument(metavar="PACK", help="A pack's key, or the path of its YAML file.", show_default=False)
]
Dirs = Annotated[
    list[Path] | None, typer.Option("--dir", help="Where else packs are kept. Repeat for more.", show_default=False)
]


@packs.command("list", epilog=examples("tocsin pack list", "tocsin pack list --dir ./packs --json"))
def list_all(ctx: typer.Context, *, dirs: Dirs = None, as_json: AsJson = False) -> None:
    """List the packs that can be named by key."""
    found = list_packs(dirs or [])
    answer_rows(session_of(ctx), "packs", {"packs": found}, found, as_json=as_json)


@packs.command(epilog=examples("tocsin pack show platform", "tocsin pack show packs/ours.yaml --json"))
def show(ctx: typer.Context, pack: Named, *, dirs: Dirs = None, as_json: AsJson = False) -> None:
    """Print every figure of a pack, with what it extends filled in."""
    with locally():
        found = load_pack(pack, dirs or [])
    rows = [f"{name} = {value}" for name, value in flatten(found).items()]
    answer_rows(session_of(ctx), "pack", {"pack": json.loads(pack_to_json(found))}, rows, as_json=as_json)


@packs.command(epilog=examples("tocsin pack diff platform startup", "tocsin pack diff platform packs/ours.yaml"))
def diff(
    ctx: typer.Context,
    old: Named,
    new: Named,
    *,
    dirs: Dirs = None,
    as_json: AsJson = False,
) -> None:
    """Print what is different from one pack to another: + new, - gone, ~ changed."""
    with locally():
        found = diff_packs(load_pack(old, dirs or []), load_pack(new, dirs or []))
    answer_rows(session_of(ctx), "pack-diff", {"changes": found}, found, as_json=as_json)


@packs.command(epilog=examples("tocsin pack check packs/ours.yaml"))
def check(ctx: typer.Context, pack: Named, *, dirs: Dirs = None, as_json: AsJson = False) -> None:
    """Check a pack, naming the file and line of everything that is wrong."""
    session = session_of(ctx)
    with locally():
        _, problems = read_pack(pack, dirs or [])
    report(session, "pack-check", problems, as_json=as_json)
    session.terminal.say(f"{pack} is in order.")


def report(session: Session, schema: Schema, problems: list[Problem], *, as_json: bool) -> None:
    """Print problems, a line each.

    Raises:
        CommandError: there is at least one (exit 2).
    """
    data = {
        "ok": not problems,
        "problems": [
            {"file": p.file, "line": p.line, "field": p.field, "message": p.message, "mend": p.mend} for p in problems
        ],
    }
    answer_rows(session, schema, data, [str(problem) for problem in problems], as_json=as_json)
    if problems:
        count = "one thing is" if len(problems) == 1 else f"{len(problems)} things are"
        raise CommandError(f"{count} wrong", ExitCode.USAGE, where=problems[0].file)
