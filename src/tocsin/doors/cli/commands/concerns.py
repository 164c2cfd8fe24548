"""Who may see an incident, what it is called, what it reaches, and what it has to do with others."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer_rows
from tocsin.doors.cli.api import Json, server
from tocsin.doors.cli.commands.respond import changed
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.moments import stamp
from tocsin.doors.cli.parameters import AsJson, At, Reason, Ref, RefAndText, examples
from tocsin.doors.cli.session import session_of
from tocsin.doors.cli.targets import incident, one_text, split

app = typer.Typer()
SIDES = ("private", "public")
PARTS = ("services", "endpoints", "functions")
RefPeople = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] [PERSON]...",
        help="The incident (unless only one is open), then who; without anybody, they are listed.",
        show_default=False,
    ),
]
RefSide = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] private|public", help="The incident (unless only one is open), then which.", show_default=False
    ),
]
RefOther = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] [OTHER]",
        help="The incident (unless only one is open), then the other; without one, they are listed.",
        show_default=False,
    ),
]
Part = Annotated[list[str] | None, typer.Option(show_default=False)]


@app.command(
    epilog=examples(
        "tocsin rename INC-42 'Session pool of the orders API is exhausted'",
        "tocsin rename INC-42 'Exports fail' --summary 'Only exports over 10 MB.'",
    )
)
def rename(
    ctx: typer.Context,
    words: RefAndText = None,
    *,
    summary: Annotated[str, typer.Option(help="Another summary with it.", show_default=False)] = "",
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Give an incident another title; the timeline keeps the former ones."""
    session = session_of(ctx)
    ref, rest = split(words)
    body = {"title": one_text(rest, what="the title"), "summary": summary, "at": stamp(at, session.now())}
    with server(session) as api:
        found = api.post("incidents", incident(api, ref), "rename", body=body)
    changed(session, found, as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin scope INC-42                                       # what is said now",
        "tocsin scope INC-42 --service orders --service billing",
        "tocsin scope INC-42 --endpoint /api/v1/orders --function checkout",
    )
)
def scope(  # noqa: PLR0913 (each flag is a list of its own)
    ctx: typer.Context,
    ref: Ref = "",
    *,
    service: Part = None,
    endpoint: Part = None,
    function: Part = None,
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Say which services, endpoints and functions are affected, or print it.

    Repeat a flag for more. A list that is given replaces the one there was, and '' empties it; the others stay.
    """
    session = session_of(ctx)
    given = dict(zip(PARTS, (service, endpoint, function), strict=True))
    said = {name: [part for part in parts if part] for name, parts in given.items() if parts is not None}
    with server(session) as api:
        named = incident(api, ref)
        known = {name: list(found) for name, found in _of(api.get("incidents", named), *PARTS).items()}
        if said:
            body = {**known, **said, "at": stamp(at, session.now())}
            changed(session, api.post("incidents", named, "scope", body=body), as_json=as_json)
            return
    rows = [f"{name}: {', '.join(found) or '-'}" for name, found in known.items()]
    answer_rows(session, "scope", {"ref": named, **known}, rows, as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin related INC-42",
        "tocsin related INC-42 INC-41 --kind caused_by",
        "tocsin related INC-42 INC-41 --remove",
    )
)
def related(
    ctx: typer.Context,
    words: RefOther = None,
    *,
    kind: Annotated[str, typer.Option(help="related, caused_by, child_of or duplicate_of.")] = "related",
    remove: Annotated[
        bool, typer.Option("--remove", help="They have nothing to do with each other after all.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the incidents that have to do with this one, link another, or take a link away."""
    session = session_of(ctx)
    given = list(words or ())
    if len(given) > 2 or (remove and len(given) != 2):  # noqa: PLR2004 (the incident and the other)
        raise CommandError("name the incident and the other one", ExitCode.USAGE, mend="tocsin related INC-42 INC-41")
    with server(session) as api:
        if given[1:]:
            body = {"other": given[1], "kind": kind, "removed": remove}
            changed(session, api.post("incidents", given[0], "related", body=body), as_json=as_json)
            return
        named = incident(api, "".join(given))
        found = _of(api.get("incidents", named), "related", "merged_into", "absorbed")
    rows = [f"{other} ({why.replace('_', ' ')})" for other, why in found["related"]]
    rows += [f"{other} (merged into this one)" for other in found["absorbed"]]
    rows += [f"{found['merged_into']} (this one was merged into it)"] if found["merged_into"] else []
    if not rows:
        session.terminal.say("Nothing is related to it.")
    answer_rows(session, "related", {"ref": named, **found}, rows, as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin members INC-42", "tocsin members INC-42 ben cleo", "tocsin members INC-42 ben --remove --json"
    )
)
def members(
    ctx: typer.Context,
    words: RefPeople = None,
    *,
    remove: Annotated[bool, typer.Option("--remove", help="They may no longer see it.")] = False,
    as_json: AsJson = False,
) -> None:
    """List who may see a private incident, add to them, or take somebody out."""
    session = session_of(ctx)
    ref, people = split(words)
    if remove and not people:
        raise CommandError("say who is taken out", ExitCode.USAGE, mend="tocsin members INC-42 PERSON --remove")
    found: Json = {}
    with server(session) as api:
        named = incident(api, ref)
        for person in people:
            found = api.post("incidents", named, "members", body={"person": person, "removed": remove})
        shown = _of(found or api.get("incidents", named), "private", "members")
    if people:
        changed(session, found, as_json=as_json)
        return
    if not shown["private"]:
        session.terminal.say("It is public: everybody here may see it.")
    answer_rows(session, "members", {"ref": named, **shown}, [str(m) for m in shown["members"]], as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin privacy INC-42 private --reason 'customer data'",
        "tocsin privacy INC-42 public -r 'nothing secret in it'",
    )
)
def privacy(ctx: typer.Context, words: RefSide = None, *, reason: Reason = "", as_json: AsJson = False) -> None:
    """Make an incident private, or open it to everybody here."""
    session = session_of(ctx)
    ref, rest = split(words)
    if len(rest) != 1 or rest[0] not in SIDES:
        raise CommandError(
            "say private or public, and before it the incident", ExitCode.USAGE, mend="tocsin privacy INC-42 private"
        )
    with server(session) as api:
        body = {"private": rest[0] == "private", "reason": reason}
        found = api.post("incidents", incident(api, ref), "privacy", body=body)
    changed(session, found, as_json=as_json)


def _of(found: Json, *names: str) -> Json:
    empty = {"private": False, "merged_into": ""}
    return {name: found.get(name, empty.get(name, [])) for name in names}
