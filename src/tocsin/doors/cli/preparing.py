"""What has to be there before processes start: tables, a configuration in force, and this machine's own token."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tocsin import wiring
from tocsin.config.catalogue import dump_commented
from tocsin.domain.catalogue import Catalogue
from tocsin.domain.oncall.verification import Confirmed
from tocsin.doors.cli.configuration import loaded
from tocsin.doors.cli.context import Connection, read_context
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.local import locally
from tocsin.doors.cli.starting import write_config
from tocsin.flows.access import DeniedError, by_token, login_link, make_token
from tocsin.flows.configure import apply
from tocsin.flows.engine import Engine
from tocsin.settings import Settings
from tocsin.wiring.database import confirmed_contacts, upgrade


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """How to reach what is about to run, and a link that logs the admin in once."""

    connection: Connection
    login_url: str
    person: str
    version: int


def prepare(settings: Settings, url: str, config: Path, *, written: bool) -> Prepared:
    """Migrate, apply the file (writing a first one where `written` allows), and make the local admin's token and link.

    Raises:
        CommandError: the configuration is wrong (exit 2), the database cannot be used (6), nobody is admin (2).
    """
    if written and not config.exists():
        write_config(config, dump_commented(name="Admin", email="admin@example.com"))

    def confirmed() -> frozenset[Confirmed]:
        upgrade(settings)  # the table may be younger than the database
        return confirmed_contacts(settings)

    wanted = loaded(config, confirmed)
    person = _admin(wanted, config)
    with locally():
        upgrade(settings)
        engine = wiring.build(settings).engine
        version = apply(engine, wanted, person, practising=settings.allows_drills)
        token = _token(engine, settings, url, person)
        link = login_link(engine, person)
    return Prepared(connection=Connection(url=url, token=token), login_url=url + link, person=person, version=version)


def _admin(catalogue: Catalogue, config: Path) -> str:
    """Return who is admin here: the catch-all person where they may, else the first who may."""
    admins = [person.key for person in catalogue.people if "admin" in person.scopes]
    if not admins:
        raise CommandError(
            "nobody may administer this",
            ExitCode.USAGE,
            where=str(config),
            mend="Give a person scopes: [read, respond, admin].",
        )
    return catalogue.catch_all if catalogue.catch_all in admins else admins[0]


def _token(engine: Engine, settings: Settings, url: str, person: str) -> str:
    """Return the token of the last start while it still works, else a fresh one."""
    kept = read_context(settings.home)
    if kept is not None and kept.url == url:
        try:
            if "admin" in by_token(engine, kept.token).scopes:
                return kept.token
        except DeniedError:
            pass  # another database, or the person is gone: a fresh one is made
    _, secret = make_token(engine, person, "this machine", ("read", "respond", "admin"))
    return secret
