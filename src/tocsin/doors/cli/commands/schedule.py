"""Who is on call, what a schedule says over a span, and changes of single hours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tocsin import wiring
from tocsin.config.catalogue import check as check_file
from tocsin.config.catalogue import to_json
from tocsin.doors.cli.answers import answer, answer_rows
from tocsin.doors.cli.api import Json, server
from tocsin.doors.cli.commands.pack import report
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.moments import deadline, moment
from tocsin.doors.cli.parameters import AsJson, examples
from tocsin.doors.cli.rendering.schedules import effect_rows, on_call_lines, schedule_lines, span_words
from tocsin.doors.cli.session import Session, session_of

app = typer.Typer()
schedules = typer.Typer(no_args_is_help=True, help="Look at a schedule, find its gaps, and change single hours.")
overrides = typer.Typer(no_args_is_help=True, help="Put somebody on call for some hours, or take a change back.")
temporaries = typer.Typer(no_args_is_help=True, help="Let a temporary schedule stand in for a span.")
swaps = typer.Typer(no_args_is_help=True, help="Ask somebody to take hours of yours, or take somebody's.")
app.add_typer(schedules, name="schedule")
schedules.add_typer(overrides, name="override")
schedules.add_typer(temporaries, name="temporary")
schedules.add_typer(swaps, name="swap")
Key = Annotated[str, typer.Argument(metavar="SCHEDULE", help="A key of `schedules`.")]
ChangeId = Annotated[str, typer.Argument(metavar="ID", help="The change, as `tocsin schedule show` names it.")]
From = Annotated[str, typer.Option("--from", help="From when, if not now: 3d (from now), or 2026-02-01T09:00Z.")]
Until = Annotated[str, typer.Option("--until", help="Until when: 8h (from now), or 2026-02-02T09:00Z.")]


@app.command(
    epilog=examples("tocsin oncall", "tocsin oncall --at 03:00", "tocsin oncall --at 2026-02-01T03:00Z --json")
)
def oncall(
    ctx: typer.Context,
    *,
    at: Annotated[
        str, typer.Option("--at", help="When, if not now: 14:23 (UTC), 15m (ago), or 2026-02-01T03:00Z.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Say who answers, by schedule and by service, now or at another time."""
    session = session_of(ctx)
    asked = moment(at, session.now()).isoformat() if at else ""
    with server(session) as api:
        found = api.get("oncall", at=asked)
    answer(session, "oncall", found, lambda: on_call_lines(found), as_json=as_json)


@schedules.command(epilog=examples("tocsin schedule show primary", "tocsin schedule show primary --until 30d --json"))
def show(ctx: typer.Context, key: Key, *, start: From = "", until: Until = "", as_json: AsJson = False) -> None:
    """Show a schedule over a span: shifts with why, gaps, what each person carries, and changes that people made."""
    session = session_of(ctx)
    found = _viewed(session, key, start, until)
    answer(session, "schedule", found, lambda: schedule_lines(found), as_json=as_json)


@schedules.command(epilog=examples("tocsin schedule gaps primary", "tocsin schedule gaps primary --until 90d --json"))
def gaps(ctx: typer.Context, key: Key, *, start: From = "", until: Until = "30d", as_json: AsJson = False) -> None:
    """List hours ahead in which nobody is on call."""
    session = session_of(ctx)
    found = _viewed(session, key, start, until)["report"]["gaps"]
    if not found:
        session.terminal.say(f"Somebody is on call by {key} all the time until then.")
    rows = [f"{span_words(gap)} UTC" for gap in found]
    answer_rows(session, "schedule-gaps", {"schedule": key, "gaps": found}, rows, as_json=as_json)


@schedules.command(
    epilog=examples(
        "tocsin schedule feed primary", "tocsin schedule feed --person ana --days 30", "tocsin schedule feed --revoke"
    )
)
def feed(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(metavar="[SCHEDULE]", help="Whole, unless a person is named.")] = "",
    *,
    person: Annotated[str, typer.Option("--person", "-p", help="Only this person's hours.", show_default=False)] = "",
    days: Annotated[int, typer.Option("--days", help="How long it holds.", min=1, max=800)] = 365,
    revoke: Annotated[bool, typer.Option("--revoke", help="Withdraw every address you made.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print an address that calendars subscribe to without a login, or withdraw yours."""
    session = session_of(ctx)
    with server(session) as api:
        if revoke:
            found: Json = api.delete("feeds")
        else:
            found = api.post("feeds", body={"schedule": key, "person": person, "days": days})
    lines = ["Withdrawn."] if revoke else [str(found["url"])]
    answer_rows(session, "calendar-feed", found, lines, as_json=as_json)


@schedules.command(
    epilog=examples("tocsin schedule preview tocsin.yaml", "tocsin schedule preview new.yaml --until 60d")
)
def preview(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A configuration that is not applied yet.")],
    *,
    until: Until = "28d",
    as_json: AsJson = False,
) -> None:
    """Print which hours a changed file would give to other people; changes nothing."""
    session = session_of(ctx)
    wanted, problems = check_file(file, wiring.judge_options)
    if wanted is None:
        report(session, "config-check", problems, as_json=as_json)
        return
    body = {
        "catalogue": json.loads(to_json(wanted)),
        "ends": deadline(until, session.now(), flag="--until").isoformat(),
    }
    with server(session) as api:
        found = api.post("schedules", "preview", body=body)["items"]
    _effects(session, found, as_json=as_json)


@schedules.command(
    "export",
    epilog=examples("tocsin schedule export primary > primary.ics", "tocsin schedule export primary --person ana"),
)
def export_calendar(
    ctx: typer.Context,
    key: Key,
    *,
    person: Annotated[str, typer.Option("--person", "-p", help="Only this person's hours.")] = "",
    as_json: AsJson = False,
) -> None:
    """Print a schedule as an iCalendar file, from a month ago to half a year ahead."""
    session = session_of(ctx)
    with server(session) as api:
        text = api.text("schedules", key, "calendar", person=person)
    data = {"schedule": key, "person": person, "calendar": text}
    answer_rows(session, "schedule-calendar", data, text.splitlines(), as_json=as_json)


@schedules.command(
    "import",
    epilog=examples("tocsin schedule import primary rota.ics --from 2026-12-01T00:00Z --until 2027-01-01T00:00Z"),
)
def import_calendar(
    ctx: typer.Context,
    key: Key,
    file: Annotated[Path, typer.Argument(help="An iCalendar file.")],
    *,
    start: From = "",
    until: Until,
    as_json: AsJson = False,
) -> None:
    """Take a span of an iCalendar file over as a temporary schedule; people are found by e-mail or name."""
    session = session_of(ctx)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}", ExitCode.USAGE, mend="Name an .ics file.") from error
    body = {"starts": session.now().isoformat(), "calendar": text} | _span(session, start, until)
    with server(session) as api:
        found = api.post("schedules", key, "calendar", body=body)
    _effects(session, [found], as_json=as_json)


@overrides.command(
    "add",
    epilog=examples(
        "tocsin schedule override add primary ben --until 8h                    # in everybody's place",
        "tocsin schedule override add primary ben --replaces ana --from 2026-02-01T09:00Z --until 2026-02-02T09:00Z",
        "tocsin schedule override add primary ben --kind add --until 8h         # beside them",
    ),
)
def add_override(  # noqa: PLR0913 (each flag says one thing about the hours)
    ctx: typer.Context,
    key: Key,
    person: Annotated[str, typer.Argument(help="Who is put on call, or taken out.")],
    *,
    kind: Annotated[str, typer.Option(help="replace, add or remove.")] = "replace",
    replaces: Annotated[str, typer.Option(help="Whose place it is; it counts only while they are on call.")] = "",
    start: From = "",
    until: Until,
    as_json: AsJson = False,
) -> None:
    """Put somebody on call for some hours, or take somebody out, and say which hours that changes."""
    session = session_of(ctx)
    body = {"person": person, "kind": kind, "replaces": replaces} | _span(session, start, until)
    with server(session) as api:
        found = api.post("schedules", key, "overrides", body=body)
    _effects(session, [found], as_json=as_json)


@overrides.command("remove", epilog=examples("tocsin schedule override remove primary 0198c0de"))
def remove_override(ctx: typer.Context, key: Key, change: ChangeId, *, as_json: AsJson = False) -> None:
    """Take an override, a temporary schedule or a swap back; of one that has begun only the rest."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.delete("schedules", key, "changes", change)
    _effects(session, [found], as_json=as_json)


@temporaries.command(
    "add",
    epilog=examples(
        "tocsin schedule temporary add primary --from 1d --until 3d --shift ana,ben=1d/2d --shift cleo=2d/3d",
    ),
)
def add_temporary(
    ctx: typer.Context,
    key: Key,
    *,
    shift: Annotated[list[str] | None, typer.Option(help="PERSON[,PERSON]=FROM/UNTIL; repeat for more.")] = None,
    start: From = "",
    until: Until,
    as_json: AsJson = False,
) -> None:
    """Let a temporary schedule stand in for a span, in which nothing else of the schedule holds."""
    session = session_of(ctx)
    span = _span(session, start, until)
    body = {"starts": session.now().isoformat()} | span | {"shifts": [_shift(session, one) for one in shift or ()]}
    with server(session) as api:
        found = api.post("schedules", key, "temporaries", body=body)
    _effects(session, [found], as_json=as_json)


@swaps.command(
    "ask", epilog=examples("tocsin schedule swap ask primary --from 2026-02-01T09:00Z --until 2026-02-02T09:00Z")
)
def ask_swap(ctx: typer.Context, key: Key, *, start: From = "", until: Until, as_json: AsJson = False) -> None:
    """Ask that somebody take hours of yours; nothing changes until one agrees."""
    session = session_of(ctx)
    body = {"starts": session.now().isoformat()} | _span(session, start, until)
    with server(session) as api:
        found = api.post("schedules", key, "swaps", body=body)
    session.terminal.say(f"Asked. Whoever agrees: tocsin schedule swap take {key} {found['id']}")
    answer_rows(session, "schedule-changes", {"effects": [found]}, [], as_json=as_json)


@swaps.command("take", epilog=examples("tocsin schedule swap take primary 0198c0de"))
def take_swap(ctx: typer.Context, key: Key, change: ChangeId, *, as_json: AsJson = False) -> None:
    """Agree to take hours that somebody wants to be rid of."""
    session = session_of(ctx)
    with server(session) as api:
        found = api.post("schedules", key, "swaps", change, "take")
    _effects(session, [found], as_json=as_json)


def _viewed(session: Session, key: str, start: str, until: str) -> Json:
    span = _span(session, start, until)
    with server(session) as api:
        found: Json = api.get("schedules", key, **span)
    return found


def _span(session: Session, start: str, until: str) -> dict[str, str]:
    """Return the ends that were given, as the API reads them."""
    given = (("starts", start, "--from"), ("ends", until, "--until"))
    return {name: deadline(text, session.now(), flag=flag).isoformat() for name, text, flag in given if text}


def _shift(session: Session, text: str) -> Json:
    people, _, span = text.partition("=")
    starts, _, ends = span.partition("/")
    if not (people and starts and ends):
        mend = "Write ana,ben=2026-12-24T00:00Z/2026-12-25T00:00Z."
        raise CommandError(f"{text!r} is no shift", ExitCode.USAGE, where="--shift", mend=mend)
    return {"people": people.split(","), **_span(session, starts, ends)}


def _effects(session: Session, effects: list[Json], *, as_json: bool) -> None:
    rows = effect_rows(effects)
    if not rows:
        session.terminal.say("Nobody's hours change by it.")
    answer_rows(session, "schedule-changes", {"effects": effects}, rows, as_json=as_json)
