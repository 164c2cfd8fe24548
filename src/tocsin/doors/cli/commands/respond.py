"""Verbs of the response itself: who has it, how bad it is, where it stands, who does what."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer
from tocsin.doors.cli.api import Api, Json, server
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.moments import stamp
from tocsin.doors.cli.parameters import AsJson, At, Reason, Ref, RefAndText, examples
from tocsin.doors.cli.rendering.incident import acted
from tocsin.doors.cli.session import Session, session_of
from tocsin.doors.cli.targets import incident, one_text, split

app = typer.Typer()
RefLevel = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] LEVEL", help="The incident (unless only one is open), then the level.", show_default=False
    ),
]
RefStatus = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] STATUS", help="The incident (unless only one is open), then the status.", show_default=False
    ),
]
RefRole = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] ROLE [PERSON]",
        help="The incident (unless only one is open), the role, and who takes it (else you).",
        show_default=False,
    ),
]
Person = Annotated[str, typer.Option("--person", "-p", help="Who, when it is not you.", show_default=False)]


def changed(session: Session, found: Json, *, as_json: bool) -> None:
    """Print an incident after a change."""
    answer(session, "incident", found, lambda: acted(found), as_json=as_json)


@app.command(epilog=examples("tocsin ack", "tocsin ack INC-42", "tocsin ack INC-42 --undo --reason 'my laptop died'"))
def ack(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    ref: Ref = "",
    *,
    person: Person = "",
    at: At = "",
    undo: Annotated[bool, typer.Option("--undo", help="You do not have it any more: paging begins again.")] = False,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Acknowledge an incident: you have it, and paging stops."""
    session = session_of(ctx)
    with server(session) as api:
        named = incident(api, ref)
        if undo:
            found = api.post("incidents", named, "unacknowledge", body={"reason": reason})
        else:
            body = {"person": person, "at": stamp(at, session.now())}
            found = api.post("incidents", named, "acknowledge", body=body)
    changed(session, found, as_json=as_json)


@app.command(epilog=examples("tocsin accept INC-42"))
def accept(ctx: typer.Context, ref: Ref = "", *, as_json: AsJson = False) -> None:
    """Take an incident out of triage: it is one."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.post("incidents", incident(api, ref, phases=("triage",)), "accept")
    changed(session, found, as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin decline INC-42 --reason 'a planned restart'",
        "tocsin decline INC-42 -r 'a feature wish' --route 'the backlog'",
    )
)
def decline(
    ctx: typer.Context,
    ref: Ref = "",
    *,
    reason: Reason = "",
    route: Annotated[str, typer.Option(help="Where it goes instead.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """Say that triage found no incident, and why."""
    session = session_of(ctx)
    with server(session) as api:
        named = incident(api, ref, phases=("triage",))
        found = api.post("incidents", named, "decline", body={"reason": reason, "route": route})
    changed(session, found, as_json=as_json)


@app.command(
    epilog=examples("tocsin sev INC-42 SEV1 --reason 'checkout is down too'", "tocsin sev SEV3 -r 'a workaround holds'")
)
def sev(
    ctx: typer.Context, words: RefLevel = None, *, reason: Reason = "", at: At = "", as_json: AsJson = False
) -> None:
    """Raise or lower the severity: the incident (or the only open one), then the level."""
    session = session_of(ctx)
    given = list(words or ())
    if len(given) not in {1, 2}:
        raise CommandError(
            "name the level, and before it the incident", ExitCode.USAGE, mend="tocsin sev INC-42 SEV1 --reason WHY"
        )
    with server(session) as api:
        named = incident(api, given[0] if len(given) == 2 else "")  # noqa: PLR2004 (the incident and the level)
        body = {"severity": given[-1], "reason": reason, "at": stamp(at, session.now())}
        found = api.post("incidents", named, "severity", body=body)
    changed(session, found, as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin status INC-42 identified --cause 'the v2.4.1 deploy leaks sessions'", "tocsin status monitoring"
    )
)
def status(
    ctx: typer.Context,
    words: RefStatus = None,
    *,
    note: Annotated[str, typer.Option("--note", "-n", help="A word on it.", show_default=False)] = "",
    cause: Annotated[str, typer.Option(help="The root cause, named with it.", show_default=False)] = "",
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Move to another working status: investigating, identified, fixing or monitoring."""
    session = session_of(ctx)
    ref, rest = split(words)
    wanted = one_text(rest, what="the status")
    when = stamp(at, session.now())
    with server(session) as api:
        named = incident(api, ref)
        if cause:
            api.post("incidents", named, "cause", body={"text": cause, "at": when})
        found = api.post("incidents", named, "status", body={"status": wanted, "note": note, "at": when})
    changed(session, found, as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin role INC-42 commander", "tocsin role INC-42 communications ana", "tocsin role commander --leave"
    )
)
def role(
    ctx: typer.Context,
    words: RefRole = None,
    *,
    note: Annotated[
        str, typer.Option("--note", "-n", help="What the next holder should know.", show_default=False)
    ] = "",
    leave: Annotated[bool, typer.Option("--leave", help="Give the role back.")] = False,
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Take a role, give it to somebody, or give it back: the incident, the role, and who it is for."""
    session = session_of(ctx)
    ref, rest = split(words)
    if len(rest) not in {1, 2}:
        raise CommandError(
            "name the role, and who takes it", ExitCode.USAGE, mend="tocsin role INC-42 commander [PERSON]"
        )
    body = {"role": rest[0], "person": rest[1] if rest[1:] else "", "note": note, "leave": leave}
    with server(session) as api:
        found = api.post("incidents", incident(api, ref), "roles", body={**body, "at": stamp(at, session.now())})
    changed(session, found, as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin task INC-42 'check the replica' --owner ben", "tocsin task INC-42 --done t1 --result 'replica is fine'"
    )
)
def task(
    ctx: typer.Context,
    words: RefAndText = None,
    *,
    owner: Annotated[str, typer.Option("--owner", "-o", help="Who does it.", show_default=False)] = "",
    done: Annotated[str, typer.Option("--done", help="The task that is done, such as t1.", show_default=False)] = "",
    result: Annotated[str, typer.Option("--result", help="What came of it.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """Delegate work, or note its result."""
    session = session_of(ctx)
    ref, rest = split(words)
    with server(session) as api:
        named = incident(api, ref)
        found = _finish(api, named, done, result or " ".join(rest)) if done else _give(api, named, rest, owner)
    changed(session, found, as_json=as_json)


def _finish(api: Api, ref: str, task: str, result: str) -> Json:
    return api.post("incidents", ref, "tasks", task, "done", body={"result": result})


def _give(api: Api, ref: str, words: list[str], owner: str) -> Json:
    return api.post(
        "incidents", ref, "tasks", body={"title": one_text(words, what="what is to be done"), "owner": owner}
    )
