"""The flags that name what `tocsin diagnose` looks at without a server, and that look itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tocsin.domain.diagnosis.report import as_dict, lines
from tocsin.doors.cli.answers import answer
from tocsin.doors.cli.bundles import write_bundle
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.moments import moment
from tocsin.doors.cli.rendering.sheet import Sheet
from tocsin.doors.cli.session import Session
from tocsin.flows.addresses import TAKE_TOKENS, Addresses
from tocsin.flows.diagnosis import Answered
from tocsin.wiring.looking import diagnose_standalone

Postgres = Annotated[
    str, typer.Option(help="A PostgreSQL DSN, or env:NAME or file:PATH where it is kept.", show_default=False)
]
Pgbouncer = Annotated[
    str,
    typer.Option(help="PgBouncer's DSN for a user of its `stats_users`, or env:NAME or file:PATH.", show_default=False),
]
Http = Annotated[str, typer.Option(help="A service's address; its /health and /ready are asked.", show_default=False)]
Redis = Annotated[str, typer.Option(help="A Redis or Valkey URL, or env:NAME or file:PATH.", show_default=False)]
BigKeys = Annotated[
    int | None,
    typer.Option("--big-keys", metavar="N", help="Ask Redis for the size of so many keys as well.", show_default=False),
]
Metrics = Annotated[str, typer.Option(help="A Prometheus text endpoint.", show_default=False)]
Deploys = Annotated[str, typer.Option(help="A file with the history of deploys.", show_default=False)]
Tls = Annotated[
    str, typer.Option(metavar="HOST[:PORT]", help="Where a certificate is served; port 443.", show_default=False)
]
Dns = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME", help="A name to ask this machine's resolvers for; may be repeated.", show_default=False
    ),
]
Docker = Annotated[
    str,
    typer.Option(
        metavar="SOCKET|URL", help="A container engine: /var/run/docker.sock, or http://HOST:PORT.", show_default=False
    ),
]
Kubernetes = Annotated[
    str,
    typer.Option(
        metavar="URL", help="A Kubernetes API server; needs --namespace, and a --token mostly.", show_default=False
    ),
]
Namespace = Annotated[str, typer.Option(help="Where in Kubernetes to look.", show_default=False)]
Prometheus = Annotated[
    str, typer.Option(metavar="URL", help="A metrics store with Prometheus' API.", show_default=False)
]
PromQL = Annotated[
    list[str] | None,
    typer.Option(
        "--promql",
        metavar="EXPR",
        help="What to ask the metrics store, around the onset; may be repeated.",
        show_default=False,
    ),
]
Logs = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH", help="A log file, or files ('/var/log/shop/*.log'); may be repeated.", show_default=False
    ),
]
Loki = Annotated[
    str, typer.Option(metavar="URL", help="A log store with Loki's API; needs --logql.", show_default=False)
]
LogQL = Annotated[
    str, typer.Option("--logql", metavar="EXPR", help="Which lines of the log store to read.", show_default=False)
]
GitClone = Annotated[
    str, typer.Option(metavar="DIR", help="A clone on this machine; its commits are changes.", show_default=False)
]
Statuspage = Annotated[str, typer.Option(metavar="URL", help="A third party's status page.", show_default=False)]
Host = Annotated[
    bool | None,
    typer.Option(
        "--host/--no-host",
        help="This machine: alone, or not at all; looked at along with addresses.",
        show_default=False,
    ),
]
Tokens = Annotated[
    list[str] | None,
    typer.Option(
        "--token",
        metavar="FOR=env:NAME|FOR=file:PATH",
        help=f"A bearer token for {', '.join(TAKE_TOKENS[:-1])} or {TAKE_TOKENS[-1]}: where it is kept, never itself.",
        show_default=False,
    ),
]
Authorities = Annotated[
    Path | None, typer.Option(metavar="PEM", help="Certificate authorities to trust.", show_default=False)
]
Onset = Annotated[
    str, typer.Option(help="When the trouble began: 14:23 (UTC), 15m (ago), or a date and time.", show_default=False)
]
_SECRET = (
    "postgres",
    "pgbouncer",
    "http",
    "redis",
    "metrics",
    "docker",
    "kubernetes",
    "prometheus",
    "loki",
    "statuspage",
)


def addresses_of(session: Session, tokens: Sequence[str] | None, **given: object) -> Addresses:
    """Return what was given, with references followed and paths made absolute.

    Raises:
        CommandError: a reference leads nowhere, or a token was given itself (exit 2).
    """
    found = {one.name: given[one.name] for one in fields(Addresses) if given.get(one.name) not in {None, "", ()}}
    for name in _SECRET:
        if name in found:
            found[name] = followed(session, str(found[name]), name)
    for name in ("git", "authorities"):
        if name in found:
            found[name] = str(Path(str(found[name])).expanduser().absolute())
    if logs := given.get("logs"):
        found["logs"] = tuple(str(Path(str(one)).expanduser().absolute()) for one in logs)  # type: ignore[attr-defined]  # a list, says its flag
    return Addresses(**found, tokens=dict(_token(session, one) for one in tokens or ()))  # type: ignore[arg-type]  # by the flags' types


def followed(session: Session, text: str, flag: str) -> str:
    """Return what a reference leads to: a password has no place among a command's arguments.

    Raises:
        CommandError: it leads nowhere (exit 2).
    """
    kind, _, where = text.partition(":")
    if kind == "env" and session.environment.get(where):
        return session.environment[where]
    if kind == "env":
        raise CommandError(f"the environment variable {where} is not set, or empty", ExitCode.USAGE, where=f"--{flag}")
    if kind != "file" or where.startswith("//"):
        return text
    try:
        return Path(where).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"cannot read {where}: {error.strerror}", ExitCode.USAGE, where=f"--{flag}") from error


def _token(session: Session, text: str) -> tuple[str, str]:
    name, _, reference = text.partition("=")
    if not reference.startswith(("env:", "file:")):
        mend = "Write where it is kept: --token kubernetes=file:/run/token, or --token loki=env:LOKI_TOKEN."
        raise CommandError("a token is not given itself", ExitCode.USAGE, where="--token", mend=mend)
    return name, followed(session, reference, "token")


def look(session: Session, given: Addresses, onset: str, save: Path | None, *, as_json: bool) -> None:
    """Look at addresses, telling of each answer as it comes, and print what was concluded.

    Raises:
        CommandError: an address cannot be one (exit 2).
    """

    def tell(one: Answered) -> None:
        fate = f"? {one.problem}" if one.problem else "✓"
        session.terminal.say(f"  {one.after_s:5.2f} s  {one.target}: {fate}")

    began: datetime | None = moment(onset, session.now(), flag="--onset") if onset else None
    session.terminal.say("Looking ...")
    with locally():
        seen = diagnose_standalone(given, onset=began, heard=tell)
    if save:
        write_bundle(seen.run, lines(seen.diagnosis, seen.bundle), save)
    data = {"diagnosis": as_dict(seen.diagnosis, seen.bundle)}

    def render() -> Sheet:
        sheet = Sheet()
        for line in lines(seen.diagnosis, seen.bundle):
            sheet.add(line)
        return sheet

    answer(session, "diagnosis", data, render, as_json=as_json)
