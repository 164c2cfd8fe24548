"""A sender says something anew of an alert that it sent; its notes are lines of the incident."""

from __future__ import annotations

from tocsin.domain.actor import Actor
from tocsin.domain.alerts.amending import Amendment, amended
from tocsin.domain.alerts.fingerprint import identity
from tocsin.domain.incident.events import Noted
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, record
from tocsin.flows.inbound import lasting
from tocsin.flows.ingest import Sender, retell
from tocsin.flows.senders import Credentials, admitted
from tocsin.flows.storage import Tx
from tocsin.flows.transact import transact


def amend(engine: Engine, asked: Credentials, key: str, amendment: Amendment) -> bool:
    """Amend an alert of the sender that asks, by its key there, and return whether there is one; it neither fires nor ends.

    One that is worse now, or concerns others, is news to them.

    Raises:
        DeniedError: no such integration, or not its key.
    """

    def work(tx: Tx) -> bool:
        source = admitted(engine, tx, asked)
        row = tx.alerts(source.key, [identity(key)]).get(identity(key))
        if row is None:
            return False
        now = amended(row.state, amendment, tx.now())
        if now == row.state:
            return True
        retell(engine, tx, Sender(key=source.key, service=source.service, team=source.team), row, now)
        incident = lasting(tx, row.state.incident)
        if amendment.note is not None and incident is not None and incident.open:
            said = Noted(text=amendment.note.sentence(now.name))
            record(engine, tx, incident, [Change(body=said, actor=Actor(kind="integration", id=source.key))])
        return True

    return transact(engine, work)
