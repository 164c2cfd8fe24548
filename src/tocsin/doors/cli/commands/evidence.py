"""What was seen and what came of it: the raw facts of a diagnosis, and the outcome of an attempt."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.answers import print_json
from tocsin.doors.cli.api import server
from tocsin.doors.cli.commands.respond import changed
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.moments import moment, stamp
from tocsin.doors.cli.parameters import AsJson, At, Ref, examples
from tocsin.doors.cli.session import Session, session_of
from tocsin.doors.cli.targets import incident, one_text, split

app = typer.Typer()
OUTCOMES = ("worked", "no_effect", "worse", "unknown")
RefOutcome = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] OUTCOME TEXT...",
        help="The incident (unless only one is open), what came of it, and what was tried.",
        show_default=False,
    ),
]


@app.command(
    epilog=examples(
        "tocsin outcome INC-42 no_effect 'restarted one replica' --spent 10m",
        "tocsin outcome INC-42 worked 'rolled back to v2.4.0' --plan 3f9a1c22",
        "tocsin outcome INC-42 worse 'doubled the pool' --next 'roll back'",
    )
)
def outcome(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    words: RefOutcome = None,
    *,
    plan: Annotated[str, typer.Option(help="The plan it was, by id or hash.", show_default=False)] = "",
    spent: Annotated[str, typer.Option(help="How long it took: 90s, 10m, 1h.", show_default=False)] = "",
    following: Annotated[str, typer.Option("--next", help="What is tried if it fails.", show_default=False)] = "",
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Say whether an attempt worked, had no effect, or made it worse: worked, no_effect, worse or unknown."""
    session = session_of(ctx)
    ref, rest = split(words)
    if not rest or rest[0] not in OUTCOMES:
        raise CommandError(
            f"say what came of it: {', '.join(OUTCOMES)}",
            ExitCode.USAGE,
            mend="tocsin outcome INC-42 no_effect 'WHAT WAS TRIED'",
        )
    body = {
        "text": one_text(rest[1:], what="what was tried"),
        "outcome": rest[0],
        "plan": plan,
        "spent_s": _seconds(session, spent),
        "backup_plan": following,
        "at": stamp(at, session.now()),
    }
    with server(session) as api:
        found = api.post("incidents", incident(api, ref), "outcomes", body=body)
    changed(session, found, as_json=as_json)


def _seconds(session: Session, text: str) -> float:
    now = session.now()
    return round((now - moment(text, now, flag="--spent")).total_seconds(), 3) if text else 0.0


@app.command(epilog=examples("tocsin facts INC-42 | jq .facts", "tocsin facts INC-42 --bundle 0198-77 --json"))
def facts(
    ctx: typer.Context,
    ref: Ref = "",
    *,
    bundle: Annotated[
        str, typer.Option(help="Those of an earlier diagnosis; its timeline entry names it.", show_default=False)
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Print the raw facts that the last diagnosis saw. They are JSON with or without --json."""
    del as_json
    session = session_of(ctx)
    with server(session) as api:
        named = incident(api, ref)
        key = bundle or str(api.get("incidents", named).get("bundle") or "")
        if not key:
            raise CommandError(f"{named} was not diagnosed yet", ExitCode.NOT_FOUND, mend=f"tocsin diagnose {named}")
        found = api.get("incidents", named, "bundles", key.rpartition("/")[2])
    print_json(session, "facts", {"ref": named, "bundle": key, "facts": found})
