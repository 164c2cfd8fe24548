"""Runbooks: find the one that fits, follow it, and let Tocsin carry out the steps it can."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin.config.runbooks import read_runbook
from tocsin.doors.cli.answers import answer
from tocsin.doors.cli.api import Api, Json, server
from tocsin.doors.cli.commands.pack import report
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.rendering.runbooks import book_lines, followed_lines, list_lines
from tocsin.doors.cli.rendering.sheet import Sheet
from tocsin.doors.cli.session import Session, session_of
from tocsin.doors.cli.targets import incident, looks_like_reference

app = typer.Typer()
books = typer.Typer(no_args_is_help=True, help="Follow a runbook: find the one that fits, step by step, on the record.")
app.add_typer(books, name="runbook")
Service = Annotated[
    str, typer.Option("--service", "-s", help="Fill the commands in for this service.", show_default=False)
]
RefAndKey = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] RUNBOOK", help="The incident (unless only one is open), then the runbook.", show_default=False
    ),
]
RefAndStep = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] STEP",
        help="The incident (unless only one is open), then the step: its key, its number, or RUNBOOK/STEP.",
        show_default=False,
    ),
]
MOST_WORDS = 2


@books.command(
    "list", epilog=examples("tocsin runbook list", "tocsin runbook list INC-42      # the best first, and why")
)
def list_all(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(help="An incident: those that fit it come first.", show_default=False)] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """List runbooks; for an incident, those that fit it first, with the reasons."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.get("incidents", ref, "runbooks") if ref else {"runbooks": api.get("runbooks")}

    def render() -> Sheet:
        sheet = Sheet()
        if ref:
            followed_lines(sheet, found, session.now())
        list_lines(sheet, found["others"] if ref else found["runbooks"])
        return sheet

    answer(session, "incident-runbooks" if ref else "runbooks", found, render, as_json=as_json)


@books.command(
    epilog=examples(
        "tocsin runbook show connection-exhaustion",
        "tocsin runbook show lock-chain --service orders    # commands filled in",
        "tocsin runbook show INC-42                         # what it follows, and how far it is",
    )
)
def show(
    ctx: typer.Context,
    named: Annotated[str, typer.Argument(metavar="RUNBOOK", help="A runbook's key, or an incident that follows one.")],
    *,
    service: Service = "",
    as_json: AsJson = False,
) -> None:
    """Show a runbook with every step, or the runbooks that an incident follows."""
    session = session_of(ctx)
    with server(session) as api:
        if looks_like_reference(named):
            _followed(session, api, named, as_json=as_json)
            return
        found = api.get("runbooks", named, service=service)

    def render() -> Sheet:
        sheet = Sheet()
        book_lines(sheet, found)
        return sheet

    answer(session, "runbook", {"runbook": found}, render, as_json=as_json)


@books.command(epilog=examples("tocsin runbook start INC-42 connection-exhaustion", "tocsin runbook start lock-chain"))
def start(ctx: typer.Context, words: RefAndKey = None, *, as_json: AsJson = False) -> None:
    """Follow a runbook in an incident, as it is in force now, and print its steps."""
    session = session_of(ctx)
    ref, key = _two(words, "runbook")
    with server(session) as api:
        named = incident(api, ref)
        api.post("incidents", named, "runbooks", body={"runbook": key})
        _followed(session, api, named, as_json=as_json)


@books.command(
    epilog=examples(
        "tocsin runbook step INC-42 how-full                 # diagnoses, plans or judges the gates: whatever the step is",
        "tocsin runbook step INC-42 2 --done --note '46 of orders, idle'",
        "tocsin runbook step INC-42 pool-size --done --note 'stays at 20' --json",
        "tocsin runbook step INC-42 lock-chain/end-root --skipped",
    )
)
def step(  # noqa: PLR0913 (each flag is a word of its own)
    ctx: typer.Context,
    words: RefAndStep = None,
    *,
    done: Annotated[bool, typer.Option("--done", help="It is done.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="It was tried and failed.")] = False,
    skipped: Annotated[bool, typer.Option("--skipped", help="It does not apply.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was said: it is open again.")] = False,
    note: Annotated[str, typer.Option("--note", "-n", help="What was seen or decided.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """Mark a step; without a mark, let Tocsin carry it out as far as it can. A plan still waits for approval."""
    session = session_of(ctx)
    ref, named_step = _two(words, "step")
    said = [word for word, on in (("done", done), ("failed", failed), ("skipped", skipped), ("open", undo)) if on]
    if len(said) > 1 or (note and not said):
        mend = "Give one of --done, --failed, --skipped, --undo; --note goes with one of them."
        raise CommandError("a step has one outcome", ExitCode.USAGE, mend=mend)
    with server(session) as api:
        named = incident(api, ref)
        book, key = _place(api, named, named_step)
        if said:
            body = {"step": key, "result": said[0], "note": note}
            api.post("incidents", named, "runbooks", book, "steps", body=body)
        else:
            api.post("incidents", named, "runbooks", book, "run", body={"step": key})
        _followed(session, api, named, as_json=as_json, brief=True)


@books.command(epilog=examples("tocsin runbook check runbooks/ours.yaml"))
def check(
    ctx: typer.Context, file: Annotated[Path, typer.Argument(help="A runbook's YAML file.")], *, as_json: AsJson = False
) -> None:
    """Check a runbook's file, naming the line of everything that is wrong. Needs no server."""
    session = session_of(ctx)
    _, problems = read_runbook(file)
    report(session, "runbook-check", problems, as_json=as_json)
    session.terminal.say(f"{file} is in order.")


def _followed(session: Session, api: Api, ref: str, *, as_json: bool, brief: bool = False) -> None:
    found: Json = api.get("incidents", ref, "runbooks")
    if not found["followed"]:
        session.terminal.say(f"{ref} follows no runbook. Those that fit: tocsin runbook list {ref}")

    def render() -> Sheet:
        sheet = Sheet()
        followed_lines(sheet, found, session.now(), brief=brief)
        return sheet

    answer(session, "incident-runbooks", found, render, as_json=as_json)


def _two(words: list[str] | None, what: str) -> tuple[str, str]:
    given = list(words or ())
    if not given or len(given) > MOST_WORDS:
        mend = "Look at the examples with --help."
        raise CommandError(f"name the {what}, and before it the incident", ExitCode.USAGE, mend=mend)
    return (given[0] if given[1:] else ""), given[-1]


def _place(api: Api, ref: str, named: str) -> tuple[str, str]:
    """Return (runbook, step) for RUNBOOK/STEP, or for a step that only one followed runbook has."""
    book, _, key = named.rpartition("/")
    if book:
        return book, key
    followed = api.get("incidents", ref, "runbooks")["followed"]
    having = [f["key"] for f in followed if any(key in {s["key"], str(s["number"])} for s in f["steps"])]
    if len(having) == 1:
        return str(having[0]), key
    if not followed:
        mend = f"tocsin runbook list {ref} shows those that fit; tocsin runbook start {ref} RUNBOOK follows one."
        raise CommandError(f"{ref} follows no runbook", ExitCode.NOT_FOUND, mend=mend)
    if not having:
        known = "; ".join(f"{f['key']}: {', '.join(s['key'] for s in f['steps'])}" for f in followed)
        raise CommandError(f"no runbook that {ref} follows has a step {key!r}", ExitCode.NOT_FOUND, mend=known)
    mend = f"Say which: {' or '.join(f'{book}/{key}' for book in having)}."
    raise CommandError(f"several runbooks have a step {key!r}", ExitCode.USAGE, mend=mend)
