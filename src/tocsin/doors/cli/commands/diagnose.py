"""Diagnose an incident through the server, or what is behind addresses or in a kept bundle with no server at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tocsin.domain.diagnosis.compare import compare
from tocsin.domain.diagnosis.report import as_dict, lines
from tocsin.domain.diagnosis.run import Run, verdict_of
from tocsin.doors.cli import addresses
from tocsin.doors.cli.answers import answer, answer_rows
from tocsin.doors.cli.api import Api, Json, server
from tocsin.doors.cli.bundles import fetch_bundle, read_bundle, write_bundle
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.frozen import from_folder
from tocsin.doors.cli.parameters import AsJson, Wait, examples
from tocsin.doors.cli.pasted import show_pasted
from tocsin.doors.cli.rendering.incident import cause_lines, headline
from tocsin.doors.cli.rendering.sheet import Sheet
from tocsin.doors.cli.session import Session, session_of
from tocsin.doors.cli.targets import incident

app = typer.Typer()
POLL_S = 0.3
LIMIT_S = 90.0


@app.command(
    epilog=examples(
        "tocsin diagnose INC-42",
        "tocsin diagnose --postgres env:ORDERS_DSN --http http://127.0.0.1:8000 --redis redis://127.0.0.1:6379",
        "tocsin diagnose --http https://shop.example.com --tls shop.example.com --dns shop.example.com --dns db.internal",
        "tocsin diagnose --docker /var/run/docker.sock --logs '/var/log/shop/*.log' --git ~/src/shop --onset 15m",
        "tocsin diagnose --kubernetes https://10.0.0.1:6443 --namespace prod --token kubernetes=file:/run/token "
        "--authorities /run/ca.pem",
        "tocsin diagnose --prometheus http://127.0.0.1:9090 --promql 'sum(rate(http_requests_total[1m]))' --onset 14:23",
        "tocsin diagnose --loki http://127.0.0.1:3100 --logql '{app=\"shop\"}' --statuspage https://status.example.com",
        "tocsin diagnose --host",
        "tocsin diagnose --frozen ./incident-2031-03-04 --json",
        "tocsin diagnose --metrics http://127.0.0.1:8000/metrics --deploys deploys.json --json",
        "tocsin diagnose INC-42 --save before",
        "tocsin diagnose --bundle before --json",
        "tocsin diagnose diff before after",
        "tocsin diagnose --text pods.txt app.log",
        "kubectl describe pod shop-1 | tocsin diagnose --text -",
    )
)
def diagnose(  # noqa: PLR0913 (each flag is a target of its own)
    ctx: typer.Context,
    named: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REF | diff A B]",
            help="The incident (may be left out while exactly one is open), or two bundles to compare: "
            "directories, files, or REF/ID of an incident's.",
            show_default=False,
        ),
    ] = None,
    *,
    postgres: addresses.Postgres = "",
    pgbouncer: addresses.Pgbouncer = "",
    http: addresses.Http = "",
    redis: addresses.Redis = "",
    big_keys: addresses.BigKeys = None,
    metrics: addresses.Metrics = "",
    deploys: addresses.Deploys = "",
    tls: addresses.Tls = "",
    dns: addresses.Dns = None,
    docker: addresses.Docker = "",
    kubernetes: addresses.Kubernetes = "",
    namespace: addresses.Namespace = "",
    prometheus: addresses.Prometheus = "",
    promql: addresses.PromQL = None,
    logs: addresses.Logs = None,
    loki: addresses.Loki = "",
    logql: addresses.LogQL = "",
    git: addresses.GitClone = "",
    statuspage: addresses.Statuspage = "",
    host: addresses.Host = None,
    token: addresses.Tokens = None,
    authorities: addresses.Authorities = None,
    onset: addresses.Onset = "",
    frozen: Annotated[
        str,
        typer.Option(
            metavar="DIR", help="A folder with a frozen incident: alert.json and the rest.", show_default=False
        ),
    ] = "",
    bundle: Annotated[
        Path | None, typer.Option(help="Judge a kept bundle anew: a directory or a file.", show_default=False)
    ] = None,
    text: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE...",
            help="Answer from pasted output of kubectl, docker, curl, psql, redis-cli, JSON or logs; - is standard input.",
            show_default=False,
        ),
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Keep what was seen and concluded in this directory.", show_default=False)
    ] = None,
    wait: Wait = True,
    as_json: AsJson = False,
) -> None:
    """Find the likely cause of an incident, or of what is behind addresses or in a bundle; those need no server.

    `diff` tells what changed from one diagnosis to another.
    """
    session = session_of(ctx)
    given: dict[str, object] = {
        "postgres": postgres, "pgbouncer": pgbouncer, "http": http, "redis": redis, "metrics": metrics, "deploys": deploys, "tls": tls,
        "dns": tuple(dns or ()), "docker": docker, "kubernetes": kubernetes, "namespace": namespace,
        "prometheus": prometheus, "promql": tuple(promql or ()), "logs": tuple(logs or ()), "loki": loki,
        "logql": logql, "big_keys": big_keys, "git": git, "statuspage": statuspage, "host": host, "authorities": authorities,
    }  # fmt: skip
    by_hand = bool(token or onset) or any(one not in {None, "", ()} for one in given.values())
    if frozen:
        if by_hand or named or bundle or text:
            raise CommandError("a frozen incident stands alone: leave out everything else", ExitCode.USAGE)
        from_folder(session, frozen, as_json=as_json)
        return
    if text:
        if by_hand or bundle:
            raise CommandError("texts are answered from alone: leave out addresses and bundles", ExitCode.USAGE)
        show_pasted(session, [*text, *(named or ())], save, as_json=as_json)
        return
    if named and named[0] == "diff":
        _compared(session, named[1:], as_json=as_json)
        return
    ref = _one(named, bundle, by_hand=by_hand)
    if bundle:
        _replayed(session, bundle, as_json=as_json)
    elif by_hand:
        addresses.look(session, addresses.addresses_of(session, token, **given), onset, save, as_json=as_json)
    else:
        _asked(session, ref, save, wait=wait, as_json=as_json)


def _one(named: list[str] | None, bundle: Path | None, *, by_hand: bool) -> str:
    """Return the incident that is meant; only one thing can be diagnosed at a time."""
    if len(named or ()) > 1:
        raise CommandError(f"{' '.join(named or ())} is more than one incident", ExitCode.USAGE)
    if sum((bool(named), by_hand, bundle is not None)) > 1:
        raise CommandError("name either an incident, addresses, or a bundle", ExitCode.USAGE)
    return named[0] if named else ""


def _asked(session: Session, ref: str, save: Path | None, *, wait: bool, as_json: bool) -> None:
    with server(session) as api:
        named = incident(api, ref)
        before = api.get("incidents", named).get("diagnosed_at")
        found = api.post("incidents", named, "diagnose")
        if wait:
            found = _waited(session, api, named, before)
        if save and found.get("bundle"):
            run = fetch_bundle(api, named, str(found["bundle"]))
            write_bundle(run, lines(run.replayed(), run.facts), save)
    answer(session, "incident", found, lambda: _sheet(found), as_json=as_json)


def _replayed(session: Session, path: Path, *, as_json: bool) -> None:
    run = read_bundle(path)
    found = run.replayed()
    changed = [str(one) for one in compare(run.verdict, verdict_of(found))]
    kept = {"tocsin": run.tocsin, "onset": run.onset, "changed_since": changed}
    data = {"diagnosis": as_dict(found, run.facts), "bundle": kept}

    def render() -> Sheet:
        sheet = Sheet()
        for line in (*lines(found, run.facts), *(f"Judged otherwise by {run.tocsin}: {one}" for one in changed)):
            sheet.add(line)
        return sheet

    answer(session, "diagnosis", data, render, as_json=as_json)


def _compared(session: Session, named: Sequence[str], *, as_json: bool) -> None:
    if len(named) != len(("A", "B")):
        raise CommandError("diff takes two bundles", ExitCode.USAGE, mend="tocsin diagnose diff before after")
    old, new = (_bundle(session, one) for one in named)
    changed = compare(old.verdict, new.verdict)
    data = {
        "from": {"name": named[0], "at": old.facts.started_at, "tocsin": old.tocsin},
        "to": {"name": named[1], "at": new.facts.started_at, "tocsin": new.tocsin},
        "changed": [asdict(one) for one in changed],
    }
    rows = [str(one) for one in changed] or ["nothing changed"]
    answer_rows(session, "diagnosis-diff", data, rows, as_json=as_json)


def _bundle(session: Session, name: str) -> Run:
    """Return the bundle of that name: what is there as a file wins over an incident's `REF/ID`."""
    ref, slash, key = name.partition("/")
    if Path(name).exists() or not slash or not key:
        return read_bundle(Path(name))
    with server(session) as api:
        return fetch_bundle(api, ref, key)


def _waited(session: Session, api: Api, ref: str, before: object) -> Json:
    for _ in range(int(LIMIT_S / POLL_S)):
        found: Json = api.get("incidents", ref)
        if found.get("diagnosed_at") != before:
            return found
        session.pause(POLL_S)
    raise CommandError(
        f"the diagnosis has not ended within {LIMIT_S:.0f} s",
        ExitCode.UNAVAILABLE,
        mend="Is the worker alive? tocsin doctor",
    )


def _sheet(found: Json) -> Sheet:
    sheet = Sheet()
    headline(sheet, found)
    cause_lines(sheet, found.get("causes") or ())
    for spot in found.get("blind_spots") or ():
        sheet.add(("? not seen: ", "yellow"), str(spot), indent=2)
    return sheet
