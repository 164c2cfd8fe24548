"""A sender's post once more, from the database or a file. Needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin import wiring
from tocsin.doors.cli.answers import answer_rows
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.session import session_of
from tocsin.flows.replay import Kept, kept_post
from tocsin.flows.replay import replay as take_again

app = typer.Typer()


@app.command(
    epilog=examples(
        "tocsin replay 0198f2c0-6b1e-7c3a-9d0f-2f5b8a7c1e44 --dry-run", "tocsin replay post.json --integration shop"
    )
)
def replay(
    ctx: typer.Context,
    post: Annotated[str, typer.Argument(help="The id of a post that was kept, or a file.", show_default=False)],
    *,
    integration: Annotated[str, typer.Option(help="Whose post a file is.", show_default=False)] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a sender's post again, kept or from a file.

    Secrets were taken out of kept posts; a post whose sender signs it can only be sent again by its sender.
    """
    session = session_of(ctx)
    settings = session.settings()
    with locally():
        application = wiring.build(settings)
        try:
            engine = application.engine
            file = Path(post)
            told = Kept(integration=integration, body=file.read_bytes()) if integration else kept_post(engine, post)
            done = take_again(engine, told, dry_run=dry_run)
        finally:
            application.engine.store.close()
    data = {
        "integration": told.integration,
        "dry_run": dry_run,
        "fired": list(done.fired),
        "resolved": list(done.resolved),
        "refreshed": list(done.refreshed),
        "incidents": list(done.incidents),
        "rejected": [{"where": one.where, "reason": one.reason} for one in done.rejected],
    }
    counts = ", ".join(f"{len(getattr(done, what))} {what}" for what in ("fired", "resolved", "refreshed"))
    where = f" ({', '.join(done.incidents)})" if done.incidents else ""
    rows = [f"{'would be: ' if dry_run else ''}{counts}{where}"]
    rows += [f"not taken: {one.where}: {one.reason}" for one in done.rejected]
    answer_rows(session, "replay", data, rows, as_json=as_json)
