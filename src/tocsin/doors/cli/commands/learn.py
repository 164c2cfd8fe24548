"""After the incident: the post-mortem and its action items."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer, print_json
from tocsin.doors.cli.api import Api, Json, server
from tocsin.doors.cli.commands.respond import changed
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.moments import deadline, read
from tocsin.doors.cli.parameters import AsJson, Cursor, Ref, examples
from tocsin.doors.cli.rendering.sheet import Part, Sheet
from tocsin.doors.cli.session import Session, session_of
from tocsin.doors.cli.targets import incident, split
from tocsin.doors.cli.terminal import clean

app = typer.Typer()
AFTER = ("active", "post_incident")
RefAndTitle = Annotated[
    list[str] | None,
    typer.Argument(metavar="[REF] [TITLE]...", help="The incident, and the title of a new item.", show_default=False),
]


@app.command(
    epilog=examples(
        "tocsin postmortem INC-42 > INC-42.md",
        "tocsin postmortem INC-42 --section lucky --file lucky.md",
        "tocsin postmortem INC-42 --review",
        "tocsin postmortem INC-42 --publish",
    )
)
def postmortem(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    ref: Ref = "",
    *,
    section: Annotated[
        str, typer.Option(help="Write this section, from --file or from stdin.", show_default=False)
    ] = "",
    file: Annotated[Path | None, typer.Option(help="The section's text.", show_default=False)] = None,
    review: Annotated[bool, typer.Option("--review", help="Ask for its review.")] = False,
    publish: Annotated[bool, typer.Option("--publish", help="Publish it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the post-mortem, write a section of it, or publish it.

    It is Markdown, drafted from the record; what is unknown says so and asks.
    """
    session = session_of(ctx)
    state = "published" if publish else ("in_review" if review else "")
    with server(session) as api:
        named = incident(api, ref, phases=AFTER)
        if section:
            body = {"section": section, "text": _text(session, file), **({"state": state} if state else {})}
            changed(session, api.post("incidents", named, "postmortem", body=body), as_json=as_json)
        elif state:
            changed(session, api.post("incidents", named, "postmortem", body={"state": state}), as_json=as_json)
        else:
            markdown = api.text("incidents", named, "postmortem")
            if as_json:
                print_json(session, "postmortem", {"ref": named, "markdown": markdown})
            else:
                session.terminal.out.file.write(clean(markdown))


def _text(session: Session, file: Path | None) -> str:
    if file is None and session.terminal.stdin.isatty():
        raise CommandError(
            "give the section's text", ExitCode.USAGE, where="--file", mend="Add --file FILE, or pipe it in."
        )
    try:
        return file.read_text(encoding="utf-8") if file else session.terminal.stdin.read()
    except OSError as error:
        raise CommandError(f"cannot read the text: {error.strerror}", where=str(file)) from error


@app.command(
    epilog=examples(
        "tocsin followups                                    # all that are open, by due date",
        "tocsin followups INC-42 'Alert at 80 % of the pool' --owner ben --due 14d --priority P1",
        "tocsin followups INC-42 --item a1 --status done",
    )
)
def followups(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    words: RefAndTitle = None,
    *,
    item: Annotated[str, typer.Option(help="The item to change, such as a1.", show_default=False)] = "",
    owner: Annotated[
        str, typer.Option("--owner", "-o", help="Whose it is; in a list, only theirs.", show_default=False)
    ] = "",
    due: Annotated[str, typer.Option(help="When it is due: 14d (from now) or 2026-02-01.", show_default=False)] = "",
    priority: Annotated[str, typer.Option(help="P0, P1 or P2.", show_default=False)] = "",
    horizon: Annotated[str, typer.Option(help="immediate, short, long or process.", show_default=False)] = "",
    kind: Annotated[str, typer.Option(help="prevent, mitigate, detect or process.", show_default=False)] = "",
    status: Annotated[str, typer.Option(help="todo, doing, done or dropped.", show_default=False)] = "",
    note: Annotated[str, typer.Option(help="A word on the change.", show_default=False)] = "",
    everything: Annotated[bool, typer.Option("--all", "-a", help="Also those that are done.")] = False,
    limit: Annotated[
        int | None, typer.Option(help="So many of a list; else all of it.", min=1, max=500, show_default=False)
    ] = None,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """List, add or change action items.

    With a title one is added, with --item one is changed; else they are listed.
    """
    session = session_of(ctx)
    ref, title = split(words)
    body: dict[str, object] = {"owner": owner, "due": deadline(due, session.now()).isoformat() if due else None}
    body = {name: value for name, value in body.items() if value}
    with server(session) as api:
        if item:
            named = incident(api, ref, phases=AFTER)
            body |= {name: value for name, value in {"status": status, "note": note}.items() if value}
            changed(session, api.post("incidents", named, "followups", item, body=body), as_json=as_json)
        elif title:
            named = incident(api, ref, phases=AFTER)
            body |= {n: v for n, v in {"priority": priority, "horizon": horizon, "kind": kind}.items() if v}
            found = api.post("incidents", named, "followups", body={**body, "title": " ".join(title)})
            changed(session, found, as_json=as_json)
        else:
            asked: dict[str, object] = {
                "owner": owner,
                "all": "true" if everything else None,
                "limit": limit,
                "cursor": cursor,
            }
            _list(session, api, ref, asked, as_json=as_json)


def _list(session: Session, api: Api, ref: str, asked: dict[str, object], *, as_json: bool) -> None:
    named = str(api.get("incidents", ref)["ref"]) if ref else ""
    page = api.listed("followups", **asked)
    items: list[Json] = [i for i in page["items"] if not named or i["ref"] == named]
    if not items:
        session.terminal.say("No action items." if asked["all"] else "No action item is open.")
    if page["next_cursor"] and not as_json:
        session.terminal.say(f"There are more: --cursor {page['next_cursor']}")
    answer(session, "followups", {**page, "items": items}, lambda: _table(items), as_json=as_json)


def _table(items: list[Json]) -> Sheet:
    sheet = Sheet()
    rows: list[list[Part]] = []
    for item in items:
        due = read(item.get("due"))
        when: Part = f"{due:%Y-%m-%d}" if due else "no date"
        if item.get("overdue"):
            when = (f"{when} LATE", "bold red")
        rows.append(
            [
                str(item["ref"]),
                (str(item["key"]), "bold"),
                str(item["status"]),
                str(item["priority"]),
                when,
                str(item.get("owner") or "nobody"),
                str(item["title"]),
            ]
        )
    sheet.table(rows, heads=("INCIDENT", "ITEM", "STATUS", "PRIORITY", "DUE", "OWNER", "TITLE") if rows else ())
    return sheet
