"""Who may come in: a login link for a browser, tokens for programs."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer, answer_rows
from tocsin.doors.cli.api import Json, server
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.moments import read
from tocsin.doors.cli.parameters import AsJson, Cursor, examples
from tocsin.doors.cli.rendering.sheet import Part, Sheet
from tocsin.doors.cli.session import session_of

app = typer.Typer()
tokens = typer.Typer(no_args_is_help=True, help="Make, list and withdraw API tokens.")
app.add_typer(tokens, name="token")


@app.command(epilog=examples("tocsin login", 'xdg-open "$(tocsin login --quiet)"'))
def login(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Print a link that logs you in once in a browser, within 15 minutes."""
    session = session_of(ctx)
    with server(session) as api:
        url = str(api.post("login-links")["url"])
    session.terminal.say("Works once, for 15 minutes:")
    answer_rows(session, "login", {"url": url}, [url], as_json=as_json)


@tokens.command(
    epilog=examples(
        "tocsin token create ci --scope respond --days 90 > token", "tocsin token create bot --person ana --json"
    )
)
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for.", show_default=False)],
    *,
    person: Annotated[
        str, typer.Option("--person", "-p", help="Whose it is, when not yours.", show_default=False)
    ] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help="read, respond or admin. [default: respond]", show_default=False)
    ] = None,
    days: Annotated[int | None, typer.Option(help="How long it is good.", min=1, max=3650, show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API token and print its secret, which is shown this once."""
    session = session_of(ctx)
    body: dict[str, object] = {"name": name, "person": person, "scopes": scope or ["respond"]}
    with server(session) as api:
        made = api.post("tokens", body={**body, **({"days": days} if days else {})})
    session.terminal.say("Keep it where only its user can read it; it is not shown again.")
    answer_rows(session, "token", made, [str(made["secret"])], as_json=as_json)


@tokens.command(
    "list", epilog=examples("tocsin token list", "tocsin token list --person ben", "tocsin token list --all --json")
)
def list_tokens(
    ctx: typer.Context,
    *,
    person: Annotated[
        str, typer.Option("--person", "-p", help="Whose, when not yours; needs the scope admin.", show_default=False)
    ] = "",
    everybody: Annotated[bool, typer.Option("--all", "-a", help="Everybody's; needs the scope admin.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """List API tokens, oldest first, without their secrets."""
    session = session_of(ctx)
    if person and everybody:
        raise CommandError("name either a person or --all", ExitCode.USAGE, where="--person, --all")
    with server(session) as api:
        found = api.get("tokens", person=person, all="true" if everybody else None, limit=limit, cursor=cursor)
    if found["next_cursor"] and not as_json:
        session.terminal.say(f"There are more: --cursor {found['next_cursor']}")
    answer(session, "tokens", found, lambda: _table(found["items"]), as_json=as_json)


@tokens.command(epilog=examples("tocsin token revoke 0198c0de-7a11-7c4e-9b1f-3d2a5e6f7081"))
def revoke(
    ctx: typer.Context,
    token: Annotated[str, typer.Argument(help="Its id, as `tocsin token list` shows it.", show_default=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """Withdraw an API token, for good: whoever uses it is refused from now on."""
    session = session_of(ctx)
    with server(session) as api:
        gone = api.delete("tokens", token)
    session.terminal.say(f"Withdrawn: {gone['name']}, of {gone['person']}.")
    answer_rows(session, "token-revoked", {"token": gone}, [], as_json=as_json)


def _table(found: list[Json]) -> Sheet:
    sheet = Sheet()
    rows: list[list[Part]] = [
        [
            (str(token["id"]), "bold"),
            str(token["person"]),
            ",".join(token["scopes"]),
            _day(token.get("created_at")),
            _day(token.get("expires_at")),
            _day(token.get("last_used_at")),
            str(token["name"]),
        ]
        for token in found
    ]
    sheet.table(rows, heads=("ID", "PERSON", "SCOPES", "MADE", "ENDS", "LAST USED", "NAME") if rows else ())
    return sheet


def _day(text: object) -> str:
    when = read(text)
    return f"{when:%Y-%m-%d}" if when else "never"
