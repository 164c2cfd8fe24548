"""Reaching one person by hand: to ask them to join an incident, or to try the ways to them."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer_rows
from tocsin.doors.cli.api import Api, Json, server
from tocsin.doors.cli.commands.respond import Person, changed
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.moments import stamp
from tocsin.doors.cli.parameters import AsJson, At, Ref, examples
from tocsin.doors.cli.session import Session, session_of
from tocsin.doors.cli.targets import incident, split

app = typer.Typer()
RefTargets = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] [PERSON|SCHEDULE|TEAM]...",
        help="The incident (unless only one is open), then whom: a key, or person:KEY, schedule:KEY, team:KEY.",
        show_default=False,
    ),
]


@app.command(
    epilog=examples(
        "tocsin page INC-42 ben --message 'we need a DBA'",
        "tocsin page INC-42 schedule:dba team:payments",
        "tocsin page --test ana --method phone",
        "tocsin page --confirm 1234-5678",
    )
)
def page(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    words: RefTargets = None,
    *,
    message: Annotated[str, typer.Option("--message", "-m", help="What for; they read it.", show_default=False)] = "",
    test: Annotated[
        str,
        typer.Option(
            "--test", metavar="PERSON", help="Who gets a page that only tests the way to them.", show_default=False
        ),
    ] = "",
    method: Annotated[str, typer.Option(help="Only by this contact method.", show_default=False)] = "",
    confirm: Annotated[
        str, typer.Option("--confirm", metavar="CODE", help="The code that came with a test page.", show_default=False)
    ] = "",
    person: Annotated[str, typer.Option("--person", "-p", help="Whose code it is, when not yours.")] = "",
    as_json: AsJson = False,
) -> None:
    """Ask somebody to join an incident: they are paged by their own rules, and the escalation goes on.

    Or send somebody a test page (--test), or confirm a contact method by the code that came over it (--confirm).
    """
    session = session_of(ctx)
    if sum(map(bool, (words, test, confirm))) != 1:
        mend = "tocsin page INC-42 PERSON, tocsin page --test PERSON, or tocsin page --confirm CODE"
        raise CommandError("say who is to join, who is tested, or which code came", ExitCode.USAGE, mend=mend)
    with server(session) as api:
        if words:
            _ask(session, api, words, message, as_json=as_json)
        elif confirm:
            _confirm(session, api, confirm, person, as_json=as_json)
        else:
            _test(session, api, test, method, as_json=as_json)


def _ask(session: Session, api: Api, words: list[str], message: str, *, as_json: bool) -> None:
    ref, targets = split(words)
    if not targets:
        raise CommandError("say who is to join", ExitCode.USAGE, mend=f"tocsin page {ref} PERSON")
    body = {"targets": targets, "message": message}
    changed(session, api.post("incidents", incident(api, ref), "responders", body=body), as_json=as_json)


def _test(session: Session, api: Api, person: str, method: str, *, as_json: bool) -> None:
    sent = api.post("pages", "test", body={"person": person, "method": method})
    session.terminal.say("Queued; `tocsin outbox` says what became of it.")
    waiting = ", ".join(str(key) for key in sent.get("to_confirm", []))
    if waiting:
        session.terminal.say(
            f"Not verified yet: {waiting}. What arrives there holds a code for `tocsin page --confirm`."
        )
    answer_rows(session, "page", sent, [str(key) for key in sent["keys"]], as_json=as_json)


def _confirm(session: Session, api: Api, code: str, person: str, *, as_json: bool) -> None:
    found: Json = api.post("contacts", "confirm", body={"code": code, "person": person})
    rows = [f"{found['person']} can be paged by {found['method']} ({found['kind']})"]
    answer_rows(session, "contact", found, rows, as_json=as_json)


@app.command(epilog=examples("tocsin join INC-42", "tocsin join INC-42 --person ben --at 2026-01-20T14:23Z"))
def join(ctx: typer.Context, ref: Ref = "", *, person: Person = "", at: At = "", as_json: AsJson = False) -> None:
    """Say that you are coming: you were asked to join an incident, and the pages to you stop."""
    session = session_of(ctx)
    with server(session) as api:
        body = {"person": person, "at": stamp(at, session.now())}
        found = api.post("incidents", incident(api, ref), "join", body=body)
    changed(session, found, as_json=as_json)
