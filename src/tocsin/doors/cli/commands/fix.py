"""Plan, approve, mitigate: nothing is done that was not shown, approved by its hash, and asked for once."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.doors.cli.answers import answer
from tocsin.doors.cli.api import Api, Json, server
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.moments import read
from tocsin.doors.cli.parameters import AsJson, Wait, Yes, examples
from tocsin.doors.cli.rendering.plans import SHOWN_HASH, plan_lines
from tocsin.doors.cli.rendering.sheet import Sheet
from tocsin.doors.cli.session import Session, session_of
from tocsin.doors.cli.targets import incident, looks_like_reference, split

app = typer.Typer()
POLL_S = 0.3
LIMIT_S = 300.0
SHORTEST_HASH = 8
RefAndActions = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] [ACTION]...",
        help="The incident (unless only one is open), then actions; without any, what the diagnosis proposes.",
        show_default=False,
    ),
]
RefAndHash = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REF] HASH", help="The incident (unless only one is open), then the plan's hash.", show_default=False
    ),
]


@app.command(
    epilog=examples(
        "tocsin plan INC-42                                   # what the diagnosis proposes",
        "tocsin plan INC-42 orders/rollback --param to=v2.4.0",
        "tocsin plan INC-42 --fix-understood --fix-lines 3    # and whether to roll back or forward",
    )
)
def plan(  # noqa: PLR0913 (each flag is a fact of its own)
    ctx: typer.Context,
    words: RefAndActions = None,
    *,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", help="NAME=VALUE for the actions. Repeat for more.", show_default=False),
    ] = None,
    fix_understood: Annotated[
        bool | None,
        typer.Option(
            "--fix-understood/--fix-not-understood", help="Whether the fix is understood.", show_default=False
        ),
    ] = None,
    fix_lines: Annotated[
        int | None, typer.Option(help="How many lines a fix would change.", min=0, show_default=False)
    ] = None,
    fix_minutes: Annotated[
        int | None, typer.Option(help="How long a fix would take.", min=0, show_default=False)
    ] = None,
    irreversible_migration: Annotated[
        bool | None, typer.Option(help="Whether the deploy migrated data for good.", show_default=False)
    ] = None,
    many_changes: Annotated[
        bool | None, typer.Option(help="Whether much else was deployed with it.", show_default=False)
    ] = None,
    pre_existing: Annotated[
        bool | None, typer.Option(help="Whether the fault is older than the deploy.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write down exactly what would be done, without doing it: steps, reach, how to undo it, and the hash to approve."""
    session = session_of(ctx)
    ref, actions = split(words)
    params = _params(param or [])
    facts: dict[str, object] = {
        "fix_understood": fix_understood,
        "fix_lines": fix_lines,
        "fix_minutes": fix_minutes,
        "irreversible_migration": irreversible_migration,
        "many_changes": many_changes,
        "pre_existing": pre_existing,
    }
    body = {name: value for name, value in facts.items() if value is not None}
    with server(session) as api:
        named = incident(api, ref)
        asked = [{"action": action, "params": params} for action in actions]
        found = api.post("incidents", named, "plans", body={**body, "actions": asked})
    _show(session, found, _newest(found), as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin approve INC-42 3f9a1c22d0b7", "tocsin approve 3f9a1c22d0b7 --refuse --reason 'wrong replica'"
    )
)
def approve(
    ctx: typer.Context,
    words: RefAndHash = None,
    *,
    refuse: Annotated[bool, typer.Option("--refuse", help="Say no to it instead, for good.")] = False,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why not.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """Approve a plan by its hash: exactly what was shown, nothing else."""
    session = session_of(ctx)
    ref, digest = _hash(words)
    with server(session) as api:
        named = incident(api, ref)
        if refuse:
            # A refusal names the plan itself: there is nothing it could be bound to.
            key = _called(api.get("incidents", named), digest)["plan"]
            found = api.post("incidents", named, "plans", str(key), "refuse", body={"reason": reason})
        else:
            found = _approve(api, named, digest)
    _show(session, found, _called(found, digest), as_json=as_json)


@app.command(
    epilog=examples(
        "tocsin mitigate INC-42 3f9a1c22d0b7            # runs the approved plan and waits for its end",
        "tocsin mitigate INC-42                         # plans what the diagnosis proposes, asks, approves, runs",
        "tocsin mitigate INC-42 --yes --no-wait",
    )
)
def mitigate(
    ctx: typer.Context,
    words: RefAndHash = None,
    *,
    yes: Yes = False,
    wait: Wait = True,
    as_json: AsJson = False,
) -> None:
    """Run an approved plan, once. Without a hash: plan what the diagnosis proposes, have it confirmed, approve and run it."""
    session = session_of(ctx)
    given = list(words or ())
    whole = len(given) > 1 or (bool(given) and not looks_like_reference(given[0]))
    ref, digest = _hash(given) if whole else ("".join(given), "")
    with server(session) as api:
        named = incident(api, ref)
        digest = digest or _confirmed(session, api, named, yes=yes)
        found = api.post("incidents", named, "plans", digest, "run", body={"hash": digest})
        if wait:
            found = _waited(session, api, named, digest)
    ran = _called(found, digest)
    _show(session, found, ran, as_json=as_json)
    if ran["state"] in {"failed", "stale", "unknown"}:
        raise CommandError(
            f"the plan ended {ran['state']}", mend=f"Look at its output above, then: tocsin plan {named}"
        )


def _confirmed(session: Session, api: Api, ref: str, *, yes: bool) -> str:
    """Return the hash of the plan to run, drawn up if there is none, shown, confirmed and approved."""
    found = api.get("incidents", ref)
    now = session.now()
    live = [
        p
        for p in found.get("plans") or ()
        if p["state"] in {"proposed", "approved"} and (ends := read(p["expires_at"])) is not None and ends > now
    ]
    chosen = live[-1] if live else _newest(api.post("incidents", ref, "plans", body={"actions": []}))
    digest = str(chosen["hash"])
    if not yes:
        sheet = Sheet()
        plan_lines(sheet, chosen, ref, now)
        for line in sheet.lines:
            session.terminal.err.print(line)
        short = digest[:SHOWN_HASH]
        session.terminal.confirm(
            "Approve and run exactly this?", instead=f"tocsin approve {ref} {short} && tocsin mitigate {ref} {short}"
        )
    if chosen["state"] == "proposed":
        chosen = _called(_approve(api, ref, digest), digest)
    if chosen["state"] == "proposed":
        raise CommandError(
            f"the plan has {len(chosen['approvals'])} of {chosen['approvals_needed']} approvals",
            ExitCode.CONFIRM,
            mend=f"Somebody else: tocsin approve {ref} {digest[:SHOWN_HASH]}",
        )
    return digest


def _waited(session: Session, api: Api, ref: str, digest: str) -> Json:
    """Return the incident once the plan has ended."""
    for _ in range(int(LIMIT_S / POLL_S)):
        found: Json = api.get("incidents", ref)
        if _called(found, digest)["state"] not in {"approved", "running"}:
            return found
        session.pause(POLL_S)
    raise CommandError(
        f"the plan has not ended within {LIMIT_S:.0f} s",
        ExitCode.UNAVAILABLE,
        mend=f"It may still run: tocsin show {ref}",
    )


def _approve(api: Api, ref: str, digest: str) -> Json:
    return api.post("incidents", ref, "plans", digest, "approve", body={"hash": digest})


def _params(pairs: list[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise CommandError(f"{wrong[0]!r} is not NAME=VALUE", ExitCode.USAGE, where="--param")
    return dict(pair.split("=", 1) for pair in pairs)


def _hash(words: list[str] | None) -> tuple[str, str]:
    given = list(words or ())
    if len(given) not in {1, 2} or len(given[-1]) < SHORTEST_HASH:
        raise CommandError(
            f"name the plan by its hash (at least {SHORTEST_HASH} characters), and before it the incident",
            ExitCode.USAGE,
            mend="tocsin show INC-42 shows the plans and their hashes.",
        )
    return (given[0] if given[1:] else ""), given[-1]


def _newest(found: Json) -> Json:
    plans = found.get("plans") or ()
    if not plans:
        raise CommandError(f"{found.get('ref')} has no plan", ExitCode.NOT_FOUND)
    newest: Json = plans[-1]
    return newest


def _called(found: Json, digest: str) -> Json:
    for one in reversed(found.get("plans") or ()):
        if str(one["hash"]).startswith(digest) or one["plan"] == digest:
            plan_found: Json = one
            return plan_found
    raise CommandError(
        f"{found.get('ref')} has no plan {digest}",
        ExitCode.NOT_FOUND,
        mend="tocsin show lists the plans and their hashes.",
    )


def _show(session: Session, found: Json, shown: Json, *, as_json: bool) -> None:
    def render() -> Sheet:
        sheet = Sheet()
        plan_lines(sheet, shown, str(found["ref"]), session.now())
        return sheet

    answer(session, "plan", {"ref": found["ref"], "plan": shown}, render, as_json=as_json)
