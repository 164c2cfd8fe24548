"""Silences: alerts that match tell nobody for a while."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer, answer_rows
from tocsin.doors.cli.api import Json, server
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.moments import ago, deadline
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.rendering.sheet import Part, Sheet
from tocsin.doors.cli.session import Session, session_of

app = typer.Typer()
silences = typer.Typer(no_args_is_help=True, help="Silence alerts for a while, list silences, end one early.")
app.add_typer(silences, name="silence")
_STYLES = {"active": "yellow", "pending": "cyan", "expired": "dim"}


@silences.command(
    epilog=examples(
        "tocsin silence add 'alertname=~\"Disk.*\"' cluster=eu --for 2h --comment 'new disks'",
        "tocsin silence add team=batch --for 90d --weekday saturday --time 22:00-06:00 --zone Europe/Berlin -c backups",
        "tocsin silence add cluster=eu --until 2026-01-20T18:00Z --replace SILENCE -c 'takes longer'",
    )
)
def add(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    matchers: Annotated[
        list[str], typer.Argument(metavar="MATCHER...", help="Which alerts, such as team=db.", show_default=False)
    ],
    *,
    comment: Annotated[str, typer.Option("--comment", "-c", help="Why.", show_default=False)],
    length: Annotated[str, typer.Option("--for", help="How long from now: 30m, 2h, 3d.", show_default=False)] = "",
    until: Annotated[str, typer.Option(help="Until when: 2026-01-20T18:00Z.", show_default=False)] = "",
    start: Annotated[
        str,
        typer.Option("--from", help="From when, if not now: 2h (from now) or 2026-01-20T18:00Z.", show_default=False),
    ] = "",
    weekday: Annotated[
        list[str] | None, typer.Option(help="Only on these days: saturday, monday:friday.", show_default=False)
    ] = None,
    time: Annotated[
        list[str] | None, typer.Option(help="Only at these times: 22:00-06:00.", show_default=False)
    ] = None,
    zone: Annotated[str, typer.Option(help="The zone of those days and times, such as Europe/Berlin.")] = "UTC",
    replace: Annotated[str, typer.Option(help="The silence that this one replaces.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """Silence the alerts that match, for a while; with days or times, again and again until then."""
    session = session_of(ctx)
    now = session.now()
    if bool(length) == bool(until):
        raise CommandError("say how long", ExitCode.USAGE, where="--for", mend="Give --for 2h, or --until with a time.")
    ends = deadline(length, now, flag="--for") if length else deadline(until, now, flag="--until")
    body: dict[str, object] = {"matchers": matchers, "ends_at": ends.isoformat(), "comment": comment}
    body |= {"starts_at": deadline(start, now, flag="--from").isoformat()} if start else {}
    body |= {"replaces": replace} if replace else {}
    if weekday or time:
        body["during"] = [{"weekdays": weekday or [], "times": time or [], "zone": zone}]
    with server(session) as api:
        made = api.post("silences", body=body)
    session.terminal.say(f"{made['shown']} tells nobody. End it early: tocsin silence expire {made['id']}")
    answer_rows(session, "silence", made, [str(made["id"])], as_json=as_json)


@silences.command("list", epilog=examples("tocsin silence list", "tocsin silence list --all --json"))
def list_(
    ctx: typer.Context,
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_json: AsJson = False,
) -> None:
    """List silences that are pending or active."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.get("silences", expired="true" if every else "")
    if not found:
        session.terminal.say("Nothing is silenced.")
    answer(session, "silences", {"items": found}, lambda: _table(found, session), as_json=as_json)


@silences.command(epilog=examples("tocsin silence expire 0198c0de-0000-7000-8000-000000000000"))
def expire(
    ctx: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="SILENCE...", help="Which, by id.", show_default=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """End silences now; one that is over stays as it was."""
    session = session_of(ctx)
    with server(session) as api:
        over = [api.delete("silences", silence) for silence in ids]
    rows = [f"{one['id']} {one['state']}" for one in over]
    answer_rows(session, "silences", {"items": over}, rows, as_json=as_json)


def _table(found: list[Json], session: Session) -> Sheet:
    sheet = Sheet()
    rows: list[list[Part]] = []
    for one in found:
        state = str(one["state"])
        resting = state == "active" and not one.get("silences_now", True)
        times = f" ({', '.join(one['during'])})" if one.get("during") else ""
        rows.append(
            [
                (f"{state}, resting" if resting else state, _STYLES.get(state, "")),
                str(one["id"]),
                ago(one.get("ends_at"), session.now()),
                str(one["created_by"]),
                f"{one['shown']}{times}  {one['comment']}",
            ]
        )
    sheet.table(rows, heads=("STATE", "ID", "ENDS", "BY", "WHAT AND WHY") if rows else ())
    return sheet
