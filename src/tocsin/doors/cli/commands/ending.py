"""How incidents end, come back, and turn out to be the same one."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.api import server
from tocsin.doors.cli.commands.respond import changed
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.moments import stamp
from tocsin.doors.cli.parameters import AsJson, At, Reason, Ref, RefAndText, examples
from tocsin.doors.cli.session import session_of
from tocsin.doors.cli.targets import incident, one_text, split

app = typer.Typer()


@app.command(
    epilog=examples(
        "tocsin resolve INC-42 'Rolled back to v2.4.0'",
        "tocsin resolve INC-42 'Raised the pool size' --cause 'pool of 20 too small' --next 'alert at 80 %' --thanks ben",
        "tocsin resolve INC-42 'Rolled back' --anyway 'traffic is too low for the gates to tell'",
    )
)
def resolve(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    words: RefAndText = None,
    *,
    cause: Annotated[str, typer.Option(help="The root cause.", show_default=False)] = "",
    following: Annotated[
        list[str] | None, typer.Option("--next", help="What comes next. Repeat for more.", show_default=False)
    ] = None,
    thanks: Annotated[list[str] | None, typer.Option(help="Who helped. Repeat for more.", show_default=False)] = None,
    anyway: Annotated[
        str, typer.Option(help="Why not to wait for the gates and the watch window.", show_default=False)
    ] = "",
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Give the all-clear, saying what fixed it."""
    session = session_of(ctx)
    ref, rest = split(words)
    # Ending the watch early says why; what fixed it is then what was being watched.
    fixed = one_text(rest, what="what fixed it", needed=not anyway) or f"The fix holds: {anyway}"
    body = {
        "resolution": fixed,
        "root_cause": cause,
        "next_steps": following or [],
        "thanks": thanks or [],
        "anyway": anyway,
        "at": stamp(at, session.now()),
    }
    with server(session) as api:
        found = api.post("incidents", incident(api, ref), "resolve", body=body)
    changed(session, found, as_json=as_json)


@app.command(epilog=examples("tocsin reopen INC-42 --reason 'errors are back since 16:02' --at 16:02"))
def reopen(ctx: typer.Context, ref: Ref = "", *, reason: Reason = "", at: At = "", as_json: AsJson = False) -> None:
    """Open an incident again: it came back."""
    session = session_of(ctx)
    with server(session) as api:
        named = incident(api, ref, phases=("post_incident",))
        found = api.post("incidents", named, "reopen", body={"reason": reason, "at": stamp(at, session.now())})
    changed(session, found, as_json=as_json)


@app.command(epilog=examples("tocsin close INC-42", "tocsin close INC-42 --reason 'the review was held on Tuesday'"))
def close(ctx: typer.Context, ref: Ref = "", *, reason: Reason = "", at: At = "", as_json: AsJson = False) -> None:
    """Close a resolved incident: nothing is left to do."""
    session = session_of(ctx)
    with server(session) as api:
        named = incident(api, ref, phases=("post_incident",))
        found = api.post("incidents", named, "close", body={"reason": reason, "at": stamp(at, session.now())})
    changed(session, found, as_json=as_json)


@app.command(epilog=examples("tocsin cancel INC-42 --reason 'declared in error'"))
def cancel(ctx: typer.Context, ref: Ref = "", *, reason: Reason = "", as_json: AsJson = False) -> None:
    """Take back a declaration made in error."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.post("incidents", incident(api, ref), "cancel", body={"reason": reason})
    changed(session, found, as_json=as_json)


@app.command(epilog=examples("tocsin merge INC-43 INC-42 --reason 'same pool, same minute'"))
def merge(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(help="The incident that ends.", show_default=False)],
    into: Annotated[str, typer.Argument(help="The one that goes on.", show_default=False)],
    *,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Merge an incident into another; its reference keeps resolving."""
    session = session_of(ctx)
    if ref == into:
        raise CommandError("an incident cannot be merged into itself", ExitCode.USAGE)
    with server(session) as api:
        found = api.post("incidents", ref, "merge", body={"into": into, "reason": reason})
    changed(session, found, as_json=as_json)


@app.command(epilog=examples("tocsin unmerge INC-43 --reason 'another database after all'"))
def unmerge(
    ctx: typer.Context,
    ref: Annotated[str, typer.Argument(help="The incident that was merged away.", show_default=False)],
    *,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Undo a merge."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.post("incidents", ref, "unmerge", body={"reason": reason})
    changed(session, found, as_json=as_json)
