"""Who may come in: a login link for a browser, tokens for programs."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer_rows
from tocsin.doors.cli.api import server
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.session import session_of

app = typer.Typer()
tokens = typer.Typer(no_args_is_help=True, help="Make API tokens.")
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
