"""Yourself: who you are here, and your password."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer_rows
from tocsin.doors.cli.api import server
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.session import Session, session_of

app = typer.Typer()


@app.command(epilog=examples("tocsin whoami", "tocsin whoami --json | jq .scopes"))
def whoami(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Say who you are here, and what your token allows."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.get("whoami")
    rows = [f"{found['person']}: {', '.join(found['scopes'])}"]
    answer_rows(session, "whoami", found, rows, as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin password                                        # asks, and shows nothing of what is typed",
        "tocsin password --current-file old.txt --new-file new.txt --json",
    )
)
def password(
    ctx: typer.Context,
    *,
    current_file: Annotated[
        Path | None, typer.Option(help="A file that holds the one you have, if any.", show_default=False)
    ] = None,
    new_file: Annotated[Path | None, typer.Option(help="A file that holds the new one.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Change your password; your browsers are logged out.

    A password is never a flag's value: other users can read a process' arguments.
    """
    session = session_of(ctx)
    body = {"current": _held(current_file), "new": _held(new_file)} if new_file else _asked(session, current_file)
    with server(session) as api:
        done = api.post("password", body=body)
    session.terminal.say(f"Changed. Browsers logged out: {done['sessions_ended']}.")
    answer_rows(session, "password", done, [], as_json=as_json)


def _asked(session: Session, current_file: Path | None) -> dict[str, str]:
    if not session.terminal.prompts:
        raise CommandError(
            "nobody is there to type a password",
            ExitCode.USAGE,
            where="--new-file",
            mend="tocsin password --current-file FILE --new-file FILE",
        )
    ask = session.terminal.ask_secret
    current = _held(current_file) or ask("Current password (none yet: just Enter):")
    new = ask("New password:")
    if ask("Once more:") != new:
        raise CommandError("the two do not agree: nothing was changed", ExitCode.USAGE)
    return {"current": current, "new": new}


def _held(file: Path | None) -> str:
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n") if file else ""
    except OSError as error:
        raise CommandError(f"cannot read the password: {error.strerror}", ExitCode.USAGE, where=str(file)) from error
