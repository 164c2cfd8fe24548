"""Verbs of the escalation: the next level now, a pause, and all from the beginning."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.api import server
from tocsin.doors.cli.commands.respond import changed
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.moments import deadline
from tocsin.doors.cli.parameters import AsJson, Reason, Ref, examples
from tocsin.doors.cli.session import session_of
from tocsin.doors.cli.targets import incident

app = typer.Typer()
Call = Annotated[
    int | None,
    typer.Option(
        "--call", help="Only while this paging is under way (`paging.call` of `show --json`).", show_default=False
    ),
]


@app.command(epilog=examples("tocsin escalate INC-42 --reason 'I need a DBA'", "tocsin escalate INC-42 --call 17"))
def escalate(
    ctx: typer.Context, ref: Ref = "", *, reason: Reason = "", call: Call = None, as_json: AsJson = False
) -> None:
    """Page the next level now; whoever had the incident gives it back."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.post("incidents", incident(api, ref), "escalate", body={"reason": reason, "call": call})
    changed(session, found, as_json=as_json)


@app.command(epilog=examples("tocsin unack INC-42 --reason 'my laptop died'"))
def unack(ctx: typer.Context, ref: Ref = "", *, reason: Reason = "", as_json: AsJson = False) -> None:
    """Give an incident back: paging begins again, also before a snooze is over."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.post("incidents", incident(api, ref), "unacknowledge", body={"reason": reason})
    changed(session, found, as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin snooze INC-42 --for 1h --reason 'the vendor is on it'", "tocsin snooze INC-42 --until 2026-01-20T18:00Z"
    )
)
def snooze(
    ctx: typer.Context,
    ref: Ref = "",
    *,
    lasting: Annotated[str, typer.Option("--for", help="For how long, such as 1h.", show_default=False)] = "",
    until: Annotated[
        str, typer.Option("--until", help="Until when, such as 2026-01-20T18:00Z.", show_default=False)
    ] = "",
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Page nobody for a while; paging begins again then unless somebody acknowledges."""
    session = session_of(ctx)
    if bool(lasting) == bool(until):
        raise CommandError("say for how long or until when", ExitCode.USAGE, mend="tocsin snooze INC-42 --for 1h")
    end = deadline(lasting or until, session.now(), flag="--for" if lasting else "--until")
    with server(session) as api:
        body = {"until": end.isoformat(), "reason": reason}
        found = api.post("incidents", incident(api, ref), "snooze", body=body)
    changed(session, found, as_json=as_json)


@app.command(epilog=examples("tocsin repage INC-42 --reason 'the rota was wrong'"))
def repage(
    ctx: typer.Context, ref: Ref = "", *, reason: Reason = "", call: Call = None, as_json: AsJson = False
) -> None:
    """Page by the escalation policy in force now, from its first step."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.post("incidents", incident(api, ref), "restart-paging", body={"reason": reason, "call": call})
    changed(session, found, as_json=as_json)
