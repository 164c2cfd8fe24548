"""Declare: free text becomes a draft that a person confirms; flags say the rest; without either, the questions are asked."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Annotated

import typer

from tocsin.domain import words
from tocsin.doors.cli.answers import print_json, print_lines
from tocsin.doors.cli.api import Api, Json, server
from tocsin.doors.cli.commands.respond import changed
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.impact import DataLoss, Errors, StillWorks, Trend, Users, UsersPercent, impact_body
from tocsin.doors.cli.moments import ago, length, stamp
from tocsin.doors.cli.parameters import AsJson, Yes, examples
from tocsin.doors.cli.rendering.incident import impact_facts
from tocsin.doors.cli.rendering.sheet import Sheet
from tocsin.doors.cli.session import Session, session_of

app = typer.Typer()
FROM_DRAFT = ("title", "services", "started_at", "endpoints", "symptoms", "initial_error")
# R-DET-5: what is asked when nothing was said, in this order, answerable in two minutes.
QUESTIONS = (
    "What is broken, and what do people see?",
    "Since when (UTC, such as 14:23)?",
    "How many users are affected, or what share of requests fails?",
    "Is it getting worse?",
)
FreeText = Annotated[
    list[str] | None,
    typer.Argument(metavar="[TEXT]...", help="What is wrong, in your own words.", show_default=False),
]
Many = Annotated[list[str] | None, typer.Option(show_default=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What would be declared, and what nobody has said yet."""

    body: Json
    questions: tuple[str, ...] = ()


@app.command(
    epilog=examples(
        "tocsin declare 'orders API 500s since 14:23, about 30 % failing'",
        "tocsin declare --yes --title 'Orders API down' --sev SEV1 --service orders",
        "tocsin declare --yes --title 'Login outage of May' --mode backfill --started-at 2026-05-04T09:10Z",
        "tocsin declare            # asks the questions of a first assessment",
    )
)
def declare(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    words: FreeText = None,
    *,
    title: Annotated[str, typer.Option(help="One line that names it.", show_default=False)] = "",
    sev: Annotated[
        str, typer.Option(help="The severity; else the pack's criteria decide from the impact.", show_default=False)
    ] = "",
    service: Many = None,
    endpoint: Many = None,
    team: Annotated[str, typer.Option(help="Whose it is, when no service says so.", show_default=False)] = "",
    summary: Annotated[str, typer.Option(help="A few sentences more.", show_default=False)] = "",
    private: Annotated[bool, typer.Option("--private", help="Only its members may see it.")] = False,
    mode: Annotated[str, typer.Option(help="standard, drill, or backfill (history: nobody is paged).")] = "standard",
    started_at: Annotated[
        str, typer.Option(help="Since when: 14:23 (UTC), 15m (ago), 2026-01-20T14:23Z.", show_default=False)
    ] = "",
    detected_at: Annotated[str, typer.Option(help="When it was noticed.", show_default=False)] = "",
    declared_at: Annotated[str, typer.Option(help="When it was declared (backfill).", show_default=False)] = "",
    users: Users = None,
    users_percent: UsersPercent = None,
    errors: Errors = None,
    trend: Trend = "",
    still_works: StillWorks = "",
    data_loss: DataLoss = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Declare an incident, from free text or from flags.

    Shows what would be declared and asks before it does: declaring pages people.
    """
    session = session_of(ctx)
    now = session.now()
    facts = impact_body(
        users=users,
        users_percent=users_percent,
        errors=errors,
        trend=trend,
        still_works=still_works,
        data_loss=data_loss,
    )
    flags: dict[str, object] = {
        "title": title,
        "severity": sev,
        "services": service or [],
        "endpoints": endpoint or [],
        "team": team,
        "summary": summary,
        "private": private,
        "mode": mode,
    }
    times = {"started_at": started_at, "detected_at": detected_at, "declared_at": declared_at}
    flags |= {name: stamp(text, now, flag="--" + name.replace("_", "-")) for name, text in times.items()}
    text = " ".join(words or ()) or ("" if title else _assessed(session))
    with server(session) as api:
        proposal = _proposal(api, text, {name: value for name, value in flags.items() if value}, facts)
        if not yes:
            _confirm(session, proposal, api.post("incidents", "preview", body=proposal.body), as_json=as_json)
        found = api.post("incidents", body=proposal.body)
    changed(session, found, as_json=as_json)


def _assessed(session: Session) -> str:
    """Return the answers to the questions as one text, which is read like any other."""
    if not session.terminal.prompts:
        raise CommandError(
            "say what is wrong",
            ExitCode.USAGE,
            mend="Give it as text (or --title), answering: " + " ".join(QUESTIONS),
        )
    answers = [session.terminal.ask(question) for question in QUESTIONS]
    text = _joined(answers)
    if not text:
        raise CommandError("nothing was said, so nothing is declared", ExitCode.USAGE)
    return text


def _joined(answers: list[str]) -> str:
    what, since, extent, worse = answers
    grows = {"y": "getting worse", "yes": "getting worse", "n": "not getting worse", "no": "not getting worse"}
    since = since if not since or since.lower().startswith("since") else f"since {since}"
    return ", ".join(part for part in (what, since, extent, grows.get(worse.lower(), worse)) if part)


def _proposal(api: Api, text: str, flags: Json, facts: Json) -> Proposal:
    """Return what would be declared: what flags say goes before what the text says."""
    if not text:
        return Proposal(body={**flags, "impact": facts})
    draft = api.post("incidents", "draft", body={"text": text})
    read = {name: draft[name] for name in FROM_DRAFT if draft.get(name)}
    impact = {name: value for name, value in (draft.get("impact") or {}).items() if value not in (None, "", "unknown")}
    body = {"summary": text, **read, **flags, "impact": {**impact, **facts}}
    asked = [q["text"] if isinstance(q, dict) else str(q) for q in draft.get("questions") or ()]
    return Proposal(body={**body, "title": body.get("title") or text[:80]}, questions=tuple(asked))


def _confirm(session: Session, proposal: Proposal, foreseen: Json, *, as_json: bool) -> None:
    """Show the draft and have it confirmed; for a program, print it and the command that declares it."""
    typed = list(session.argv)
    place = typed.index("declare") + 1 if "declare" in typed else 0
    command = "tocsin " + shlex.join([*typed[:place], "--yes", *typed[place:]])
    asked = list(proposal.questions)
    data = {"draft": proposal.body, "foreseen": foreseen, "questions": asked, "confirm": command}
    if session.terminal.prompts:
        # The draft is no result yet: it belongs to the question.
        for line in _sheet(proposal, foreseen, session).lines:
            session.terminal.err.print(line)
    elif as_json:
        print_json(session, "draft", data)
    else:
        print_lines(session, _sheet(proposal, foreseen, session).lines)
    session.terminal.confirm("Declare this? It pages who is on call.", instead=command)


def _sheet(proposal: Proposal, foreseen: Json, session: Session) -> Sheet:
    body, sheet = proposal.body, Sheet()
    sheet.add(("Draft, nothing is declared yet", "bold"))
    sheet.field("Title", str(body.get("title") or "-"))
    reasons = "; ".join(filter(None, [*foreseen["matched"], foreseen["boundary_note"]]))
    sheet.field("Severity", f"{foreseen['severity']} {foreseen['name']}" + (f", because: {reasons}" if reasons else ""))
    sheet.field("Services", ", ".join(body.get("services") or ()) or "-")
    sheet.field("Endpoints", ", ".join(body.get("endpoints") or ()))
    sheet.field("Began", ago(body.get("started_at"), session.now()))
    sheet.field("Impact", impact_facts(body.get("impact") or {}) or "unknown")
    marks = (
        "private" if body.get("private") else "",
        "" if body.get("mode", "standard") == "standard" else str(body["mode"]),
    )
    sheet.field("Mode", " ".join(mark for mark in marks if mark))
    levels = foreseen.get("levels") or [{}]
    first = "one of " if levels[0].get("one_of") else ""
    sheet.field("Wakes", first + ", ".join(foreseen["wakes"]) if foreseen["wakes"] else "nobody at this severity")
    later = [f"{', '.join(one['people'])} after {words.span(length(one['after']))}" for one in levels[1:]]
    sheet.field("Then, unanswered", "; ".join(later))
    if proposal.questions:
        sheet.add(("Not said: ", "yellow"), " ".join(proposal.questions))
    return sheet
