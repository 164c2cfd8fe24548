"""The configuration: check the file, compare it with what is in force, apply it as a new version."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tocsin import wiring
from tocsin.config.catalogue import check as check_file
from tocsin.config.catalogue import diff as differences
from tocsin.config.catalogue import from_json, to_json
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.oncall.verification import Confirmed
from tocsin.doors.cli.answers import answer_rows
from tocsin.doors.cli.api import server
from tocsin.doors.cli.commands.pack import report
from tocsin.doors.cli.configuration import loaded
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.parameters import AsJson, Yes, examples
from tocsin.doors.cli.session import Session, session_of
from tocsin.flows.configure import apply as store
from tocsin.flows.operate import configuration
from tocsin.flows.storage import StoreUnavailableError
from tocsin.wiring.database import confirmed_contacts

app = typer.Typer()
configs = typer.Typer(no_args_is_help=True, help="Check, compare and apply the configuration.")
app.add_typer(configs, name="config")
NAME = "tocsin.yaml"
File = Annotated[
    Path | None,
    typer.Argument(help="The file; else ./tocsin.yaml, else the one in Tocsin's home.", show_default=False),
]
Local = Annotated[bool, typer.Option("--local", help="Use the database directly, without a server.")]


def _path(session: Session, given: Path | None) -> Path:
    if given is not None:
        return given
    here = Path(NAME)
    return here if here.exists() else session.settings().home / NAME


@configs.command(epilog=examples("tocsin config check", "tocsin config check /etc/tocsin/tocsin.yaml --json"))
def check(ctx: typer.Context, file: File = None, *, as_json: AsJson = False) -> None:
    """Check the file, naming the line of everything that is wrong. Needs no server.

    Where the settings lead to a database, contact methods that people confirmed there count as verified.
    """
    session = session_of(ctx)
    path = _path(session, file)
    _, problems = check_file(path, wiring.judge_options, _confirmed_here(session))
    report(session, "config-check", problems, as_json=as_json)
    session.terminal.say(f"{path} is in order.")


@configs.command(epilog=examples("tocsin config diff", "tocsin config diff new.yaml --local"))
def diff(ctx: typer.Context, file: File = None, *, local: Local = False, as_json: AsJson = False) -> None:
    """Print what applying the file would change: + new, - gone, ~ changed."""
    session = session_of(ctx)
    wanted = loaded(_path(session, file), _confirmed(session, local=local))
    changes = differences(_comparable(_in_force(session, local=local)), _comparable(wanted))
    if not changes:
        session.terminal.say("No difference.")
    answer_rows(session, "config-diff", {"changes": changes}, changes, as_json=as_json)


@configs.command(epilog=examples("tocsin config apply", "tocsin config apply new.yaml --yes --json"))
def apply(
    ctx: typer.Context, file: File = None, *, local: Local = False, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Store the file as a new version of the configuration, which every process then follows."""
    session = session_of(ctx)
    path = _path(session, file)
    wanted = loaded(path, _confirmed(session, local=local))
    if not yes and session.terminal.prompts:
        changes = differences(_comparable(_in_force(session, local=local)), _comparable(wanted))
        for line in changes or ["No difference."]:
            session.terminal.say(line)
        session.terminal.confirm(f"Apply {path}?", instead=f"tocsin config apply {path} --yes")
    version = _applied_locally(session, wanted) if local else _applied(session, wanted)
    rows = [f"version {version} is in force"]
    answer_rows(session, "config-version", {"version": version, "file": str(path)}, rows, as_json=as_json)


@configs.command(epilog=examples("tocsin config show", "tocsin config show --local | jq .services"))
def show(ctx: typer.Context, *, local: Local = False, as_json: AsJson = False) -> None:
    """Print the configuration in force as JSON; secrets in it are references."""
    session = session_of(ctx)
    found = json.loads(to_json(_in_force(session, local=local)))
    rows = json.dumps(found, indent=2).splitlines()
    answer_rows(session, "config", {"config": found}, rows, as_json=as_json)


def _in_force(session: Session, *, local: bool) -> Catalogue:
    if not local:
        with server(session) as api:
            return from_json(json.dumps(api.get("config")))
    with locally():
        return from_json(configuration(wiring.build(session.settings()).engine))


def _confirmed(session: Session, *, local: bool) -> Callable[[], Collection[Confirmed]]:
    """Return how to ask which contact methods people confirmed, of whoever will be given the configuration."""
    return _confirmed_here(session) if local else partial(_confirmed_there, session)


def _confirmed_there(session: Session) -> frozenset[Confirmed]:
    with server(session) as api:
        return frozenset((w["person"], w["method"], w["target"]) for w in api.get("contacts") if w["verified"])


def _confirmed_here(session: Session) -> Callable[[], Collection[Confirmed]]:
    def ask() -> frozenset[Confirmed]:
        try:
            return confirmed_contacts(session.settings())
        except StoreUnavailableError as error:
            session.terminal.say(f"Which contacts were confirmed is not known, only the file counts: {error}")
            return frozenset()

    return ask


def _applied(session: Session, wanted: Catalogue) -> int:
    try:
        with server(session) as api:
            return int(api.post("config", body={"catalogue": json.loads(to_json(wanted))})["version"])
    except CommandError as error:
        if error.code is ExitCode.UNAVAILABLE:
            error.mend = f"{error.mend} Without a server: add --local.".lstrip()
        raise


def _applied_locally(session: Session, wanted: Catalogue) -> int:
    with locally():
        return store(wiring.build(session.settings()).engine, wanted, "local")


def _comparable(catalogue: Catalogue) -> Catalogue:
    """Leave out what only one side knows: versions, packs and runbooks in full or as digests, and the keys of integrations."""
    bare = tuple(replace(one, keys=()) for one in catalogue.integrations)
    shared = replace(catalogue, version=0, packs=(), pack_digests={}, integrations=bare)
    return replace(shared, runbooks=(), runbook_digests={})
