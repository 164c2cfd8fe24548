"""What is ticked and answered by hand: checklists, key questions, and the freeze of deploys."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer, answer_rows
from tocsin.doors.cli.api import Json, server
from tocsin.doors.cli.commands.respond import changed
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.parameters import AsJson, Ref, examples
from tocsin.doors.cli.rendering.sheet import Part, Sheet
from tocsin.doors.cli.session import session_of
from tocsin.doors.cli.targets import incident, one_text, split

app = typer.Typer()
RefItem = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] [ITEM]",
        help="The incident (unless only one is open), then the item; without one, they are listed.",
        show_default=False,
    ),
]
RefQuestion = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] [QUESTION TEXT...]",
        help="The incident (unless only one is open), then the question's key and the answer; else they are listed.",
        show_default=False,
    ),
]


@app.command(
    epilog=examples(
        "tocsin checklist INC-42",
        "tocsin checklist INC-42 first_five_minutes/initial_post",
        "tocsin checklist INC-42 first_five_minutes/initial_post --untick",
    )
)
def checklist(
    ctx: typer.Context,
    words: RefItem = None,
    *,
    untick: Annotated[bool, typer.Option("--untick", help="It is not done after all.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the checklists with what the record has ticked, tick an item by hand, or untick it."""
    session = session_of(ctx)
    ref, items = split(words)
    if len(items) > 1 or (untick and not items):
        raise CommandError("name one item", ExitCode.USAGE, mend="tocsin checklist INC-42 LIST/ITEM")
    with server(session) as api:
        named = incident(api, ref)
        if items:
            body = {"item": items[0], "done": not untick}
            changed(session, api.post("incidents", named, "checklist", body=body), as_json=as_json)
            return
        found = list(api.get("incidents", named).get("checklists") or ())
    if not found:
        session.terminal.say("The pack has no checklist for it.")
    answer(session, "checklists", {"ref": named, "checklists": found}, lambda: _lists(found), as_json=as_json)


def _lists(found: list[Json]) -> Sheet:
    sheet = Sheet()
    for one in found:
        items = one["items"]
        sheet.head(str(one["title"]), f"  {sum(bool(item['done']) for item in items)}/{len(items)}")
        rows: list[list[Part]] = [
            [
                ("✓", "green") if item["done"] else "·",
                str(item["key"]),
                str(item["text"]) + ("  (from the record)" if item["by"] == "event" else ""),
            ]
            for item in items
        ]
        sheet.table(rows, indent=2)
    return sheet


@app.command(
    epilog=examples(
        "tocsin answers INC-42",
        "tocsin answers INC-42 changed 'v2.4.1, deployed at 14:19'",
        "tocsin pack show sre --json | jq '.pack.questions'    # the questions there are",
    )
)
def answers(ctx: typer.Context, words: RefQuestion = None, *, as_json: AsJson = False) -> None:
    """List the answers to the key questions, or answer one; the post-mortem takes them over."""
    session = session_of(ctx)
    ref, rest = split(words)
    body = {"question": rest[0], "answer": one_text(rest[1:], what="the answer")} if rest else {}
    with server(session) as api:
        named = incident(api, ref)
        if body:
            changed(session, api.post("incidents", named, "answers", body=body), as_json=as_json)
            return
        found = dict(api.get("incidents", named).get("answers") or {})
    if not found:
        session.terminal.say("No question is answered yet.")
    rows = [f"{question}: {said}" for question, said in found.items()]
    answer_rows(session, "answers", {"ref": named, "answers": found}, rows, as_json=as_json)


@app.command(epilog=examples("tocsin freeze INC-42 --note 'until the rollback holds'", "tocsin freeze INC-42 --lift"))
def freeze(
    ctx: typer.Context,
    ref: Ref = "",
    *,
    lift: Annotated[bool, typer.Option("--lift", help="Deploys may go on.")] = False,
    note: Annotated[str, typer.Option("--note", "-n", help="A word on it.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """Ask everyone to hold deploys that can wait, or lift that."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.post("incidents", incident(api, ref), "freeze", body={"frozen": not lift, "note": note})
    changed(session, found, as_json=as_json)
