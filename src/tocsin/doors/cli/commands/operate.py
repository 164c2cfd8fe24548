"""Whether people are reached: their contact methods, and what became of every message."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer, answer_rows
from tocsin.doors.cli.api import Json, server
from tocsin.doors.cli.moments import ago
from tocsin.doors.cli.parameters import AsJson, Cursor, Limit, examples
from tocsin.doors.cli.rendering.sheet import Part, Sheet
from tocsin.doors.cli.session import Session, session_of

app = typer.Typer()
_STYLES = {"done": "green", "dead": "bold red", "waiting": "yellow", "held": "cyan"}


@app.command(epilog=examples("tocsin contacts", "tocsin contacts ana", "tocsin contacts --json"))
def contacts(
    ctx: typer.Context,
    person: Annotated[str, typer.Argument(help="Only this person's.", show_default=False)] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """List the ways to people, and who vouches that each reaches them; only a verified one is paged."""
    session = session_of(ctx)
    with server(session) as api:
        found = [way for way in api.get("contacts") if person in {"", way["person"]}]
    if not found:
        session.terminal.say(f"{person or 'Nobody'} has no contact method; `people` in tocsin.yaml holds them.")
    answer_rows(session, "contacts", {"items": found}, [_way(way) for way in found], as_json=as_json)


def _way(way: Json) -> str:
    vouched = f"verified by {way['by']}" if way["verified"] else "NOT verified"
    return f"{way['person']} {way['method']} ({way['kind']}): {vouched}"


@app.command(epilog=examples("tocsin outbox", "tocsin outbox --incident INC-42 --state dead --limit 50 --json"))
def outbox(
    ctx: typer.Context,
    *,
    incident: Annotated[str, typer.Option(help="Only of this incident.", show_default=False)] = "",
    state: Annotated[str, typer.Option(help="waiting, held, done, dead or cancelled.", show_default=False)] = "",
    limit: Limit = 200,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """List messages, pages and work, with what became of each."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.listed("outbox", incident=incident, state=state, limit=limit, cursor=cursor)
    if not found["items"]:
        session.terminal.say("The outbox has nothing of the kind.")
    if found["next_cursor"] and not as_json:
        session.terminal.say(f"There are more: --cursor {found['next_cursor']}")
    answer(session, "outbox", found, lambda: _table(found["items"], session), as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin resend 0198c0de-0000-7000-8000-000000000000/page/1/ana/phone",
        "tocsin resend --json 0198c0de-0000-7000-8000-000000000000/remind/9/update_due/ana",
    )
)
def resend(
    ctx: typer.Context,
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="Keys or ids from `tocsin outbox --state dead`.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Send again what failed for good; it says that it may be a repeat."""
    session = session_of(ctx)
    with server(session) as api:
        found = [api.post("outbox", "resend", body={"job": key}) for key in keys]
    session.terminal.say("Queued; `tocsin outbox` says what became of it.")
    answer_rows(session, "resent", {"items": found}, [str(job["key"]) for job in found], as_json=as_json)


def _table(found: list[Json], session: Session) -> Sheet:
    sheet = Sheet()
    rows: list[list[Part]] = []
    for job in found:
        state = str(job["state"])
        when = ago(job.get("settled_at") or job.get("due"), session.now())
        result = str(job.get("result") or "")
        result = "" if result == job["key"] else result
        rows.append(
            [
                (state, _STYLES.get(state, "")),
                str(job["kind"]),
                str(job["attempt"]),
                when,
                str(job.get("to") or "-"),
                f"{job['key']}  {result}",
            ]
        )
    sheet.table(rows, heads=("STATE", "KIND", "TRIES", "WHEN", "TO", "KEY AND RESULT") if rows else ())
    return sheet
