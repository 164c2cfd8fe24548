"""Words and facts for the record: updates, notes, impact, the cause, and corrections of what was said before."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.api import server
from tocsin.doors.cli.commands.respond import changed
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.impact import DataLoss, Errors, StillWorks, Trend, Users, UsersPercent, impact_body
from tocsin.doors.cli.moments import stamp
from tocsin.doors.cli.parameters import AsJson, At, Ref, RefAndText, examples
from tocsin.doors.cli.session import session_of
from tocsin.doors.cli.targets import incident, one_text, split

app = typer.Typer()
KINDS = ("note", "finding", "decision", "action")
RefEvent = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] EVENT",
        help="The incident (unless only one is open), then the event's number or id.",
        show_default=False,
    ),
]
Revenue = Annotated[float | None, typer.Option("--revenue", help="Revenue lost so far.", min=0, show_default=False)]


@app.command(
    epilog=examples(
        "tocsin update INC-42 'Rolling v2.4.1 back; errors are falling.' --eta '10 minutes'",
        "tocsin update --nothing-new",
        "tocsin update INC-42 --users 1200 --trend worse",
        "tocsin update INC-42 'Exports are back.' --to customers --to public",
    )
)
def update(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    words: RefAndText = None,
    *,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            help="Audience: responders, stakeholders, leadership, customers, public. Repeat for more.",
            show_default=False,
        ),
    ] = None,
    eta: Annotated[str, typer.Option(help="When it should be over.", show_default=False)] = "",
    workaround: Annotated[str, typer.Option(help="What readers can do meanwhile.", show_default=False)] = "",
    doing: Annotated[
        list[str] | None, typer.Option("--doing", help="What is being done now. Repeat for more.", show_default=False)
    ] = None,
    findings: Annotated[bool, typer.Option("--findings", help="Send it as findings.")] = False,
    nothing_new: Annotated[bool, typer.Option("--nothing-new", help="Nothing new; the clock begins again.")] = False,
    users: Users = None,
    users_percent: UsersPercent = None,
    errors: Errors = None,
    trend: Trend = "",
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Post a progress update, state the impact, or both."""
    session = session_of(ctx)
    ref, rest = split(words)
    facts = impact_body(users=users, users_percent=users_percent, errors=errors, trend=trend)
    text = one_text(rest, what="the update's text", needed=not facts and not nothing_new)
    body: dict[str, object] = {
        "text": text,
        "eta": eta,
        "workaround": workaround,
        "current_actions": doing or [],
        "findings": findings,
        "nothing_new": nothing_new,
        "at": stamp(at, session.now()),
        **({"audiences": to} if to else {}),
    }
    with server(session) as api:
        named = incident(api, ref)
        found = api.post("incidents", named, "impact", body=facts) if facts else {}
        if text or nothing_new:
            found = api.post("incidents", named, "updates", body=body)
    changed(session, found, as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin note INC-42 'restarting one replica changed nothing' --kind finding",
        "tocsin note INC-42 'decided to roll back' --kind decision --pin --at 14:40",
        "tocsin note INC-42 --milestone impact_started --at 14:23",
    )
)
def note(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    words: RefAndText = None,
    *,
    kind: Annotated[str, typer.Option("--kind", "-k", help=f"What it is: {', '.join(KINDS)}.")] = "note",
    pin: Annotated[bool, typer.Option("--pin", help="Keep it in sight.")] = False,
    milestone: Annotated[
        str,
        typer.Option(help="State when this was instead: impact_started, detected, mitigated, …", show_default=False),
    ] = "",
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Put a note, finding, decision or action on the timeline, or state a milestone."""
    session = session_of(ctx)
    ref, rest = split(words)
    text = one_text(rest, what="the note's text", needed=not milestone)
    when = stamp(at, session.now())
    if milestone and when is None:
        raise CommandError("a milestone needs its time", ExitCode.USAGE, where="--at", mend="Add --at 14:23.")
    with server(session) as api:
        named = incident(api, ref)
        found = api.post("incidents", named, "milestones", body={"name": milestone, "at": when}) if milestone else {}
        if text:
            body = {"text": text, "kind": kind, "pinned": pin, "at": when}
            found = api.post("incidents", named, "notes", body=body)
    changed(session, found, as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin impact INC-42 --users 1200 --errors 30 --trend worse", "tocsin impact --still-works 'browsing, search'"
    )
)
def impact(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    ref: Ref = "",
    *,
    users: Users = None,
    users_percent: UsersPercent = None,
    errors: Errors = None,
    failed: Annotated[int | None, typer.Option(help="How many requests failed.", min=0, show_default=False)] = None,
    total: Annotated[int | None, typer.Option(help="Of how many requests.", min=0, show_default=False)] = None,
    tickets: Annotated[int | None, typer.Option(help="How many support tickets.", min=0, show_default=False)] = None,
    revenue: Revenue = None,
    trend: Trend = "",
    still_works: StillWorks = "",
    data_loss: DataLoss = None,
    as_json: AsJson = False,
) -> None:
    """State what is known of the impact; what is left out keeps its value."""
    session = session_of(ctx)
    facts = impact_body(
        users=users,
        users_percent=users_percent,
        errors=errors,
        trend=trend,
        still_works=still_works,
        data_loss=data_loss,
    )
    counted = {"failed_requests": failed, "total_requests": total, "tickets": tickets, "revenue_lost": revenue}
    facts |= {name: value for name, value in counted.items() if value is not None}
    if not facts:
        raise CommandError("state at least one fact", ExitCode.USAGE, mend="For example: --users 1200")
    with server(session) as api:
        found = api.post("incidents", incident(api, ref), "impact", body=facts)
    changed(session, found, as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin cause INC-42 'v2.4.1 leaks sessions on an error path' --confirmed",
        "tocsin cause INC-42 'probably the pool' ",
    )
)
def cause(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    words: RefAndText = None,
    *,
    confirmed: Annotated[bool, typer.Option("--confirmed", help="It is known, not supposed.")] = False,
    trigger: Annotated[str, typer.Option(help="What set it off.", show_default=False)] = "",
    factor: Annotated[
        list[str] | None, typer.Option("--factor", help="What contributed. Repeat for more.", show_default=False)
    ] = None,
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Name the root cause, or a hypothesis."""
    session = session_of(ctx)
    ref, rest = split(words)
    body = {
        "text": one_text(rest, what="the cause"),
        "confirmed": confirmed,
        "trigger": trigger,
        "factors": factor or [],
        "at": stamp(at, session.now()),
    }
    with server(session) as api:
        found = api.post("incidents", incident(api, ref), "cause", body=body)
    changed(session, found, as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin correct INC-42 7 --at 14:21", "tocsin correct INC-42 7 --retract 'that was another incident'"
    )
)
def correct(
    ctx: typer.Context,
    words: RefEvent = None,
    *,
    at: At = "",
    retract: Annotated[str, typer.Option(help="Withdraw it, and why.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """Correct when an event of the timeline was, or withdraw it; events are named as `timeline --json` names them."""
    session = session_of(ctx)
    ref, rest = _event(words)
    if bool(at) == bool(retract):
        raise CommandError(
            "give either the right time or a reason to withdraw", ExitCode.USAGE, where="--at, --retract"
        )
    with server(session) as api:
        body = {"at": stamp(at, session.now()), "retract": retract}
        found = api.post("incidents", incident(api, ref), "events", rest, "correct", body=body)
    changed(session, found, as_json=as_json)


def _event(words: list[str] | None) -> tuple[str, str]:
    """Return the incident and the event; an event's id looks like a reference, so their number decides."""
    given = list(words or ())
    if len(given) not in {1, 2}:
        raise CommandError(
            "name the event, and before it the incident", ExitCode.USAGE, mend="tocsin correct INC-42 7 --at 14:21"
        )
    return (given[0] if given[1:] else ""), given[-1]
