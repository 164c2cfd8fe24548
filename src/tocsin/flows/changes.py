"""Changes of services as people tell of them and read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from tocsin.domain.changes import Change
from tocsin.domain.errors import InvalidError
from tocsin.flows.change_log import ToldChange
from tocsin.flows.engine import Engine
from tocsin.flows.handle import require_past
from tocsin.flows.policies import catalogue
from tocsin.flows.respond import By
from tocsin.flows.storage import Tx
from tocsin.flows.transact import transact


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine(Change):
    """One change as people read it; `source` is the integration, or the person, who told of it."""

    source: str


def changes(
    engine: Engine,
    *,
    services: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[ChangeLine]:
    """Return changes of some services (of all without any) in a span, newest first."""
    with engine.store.reading() as tx:
        return [_line(one) for one in tx.list_changes(services=services, since=since, until=until, limit=limit)]


def now(engine: Engine) -> datetime:
    """Return the database's time: when a change happened of which nothing else is said."""
    with engine.store.reading() as tx:
        return tx.now()


def add_change(engine: Engine, change: Change, by: By) -> ChangeLine:
    """Keep a change that a person tells of; without a name in it, it is theirs.

    Raises:
        InvalidError: no such service, nothing is said of what was changed, or it lies in the future.
    """
    if not (change.version or change.commit or change.summary):
        raise InvalidError(
            "it does not say what was changed", field="summary", mend="Give a version, a commit or a summary."
        )
    told = replace(change, key=engine.new_id(), by=change.by or by.actor.id)
    return transact(engine, lambda tx: _kept(tx, told, f"{by.actor.kind}:{by.actor.id}"))


def _kept(tx: Tx, change: Change, source: str) -> ChangeLine:
    require_past(change.at, tx.now(), "at")
    services = [service.key for service in catalogue(tx).services]
    if change.service not in services:
        mend = f"One of: {', '.join(services) or 'none is configured'}."
        raise InvalidError(f"no service is called {change.service!r}", field="service", mend=mend)
    tx.put_change(source, change)
    return _line(ToldChange(source=source, change=change, recorded_at=tx.now()))


def _line(told: ToldChange) -> ChangeLine:
    return ChangeLine(source=told.source, **{f.name: getattr(told.change, f.name) for f in fields(told.change)})
