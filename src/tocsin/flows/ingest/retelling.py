"""What a sender says anew of an alert that it sent, without firing or ending it: whom it concerns now hears of it."""

from __future__ import annotations

from tocsin.domain.alerts.fold import AlertState
from tocsin.flows.alert_storage import KeptAlert
from tocsin.flows.engine import Engine
from tocsin.flows.ingest.inhibitors import Inhibitors
from tocsin.flows.ingest.joining import Incidents, Where
from tocsin.flows.ingest.sender import Sender
from tocsin.flows.ingest.turning import Turns, may_turn
from tocsin.flows.policies import catalogue
from tocsin.flows.storage import Tx


def retell(engine: Engine, tx: Tx, sender: Sender, row: KeptAlert, after: AlertState) -> None:
    """Keep an alert's new words. One that is worse now, or concerns others, is news; one that was held back may tell now."""
    Inhibitors(tx=tx, known=catalogue(tx)).moved(sender, [(row.state, after)])
    incidents = Incidents(engine=engine, tx=tx, sender=sender)
    where = _where(tx, sender, incidents, row.state, after)
    if where is not None:
        row = KeptAlert(
            source=row.source, state=row.state, id=row.id, version=row.version, group=where.group or row.group
        )
        after = after.in_incident(where.home)
    tx.put_alerts([row.with_state(after)])
    incidents.save()


def _where(tx: Tx, sender: Sender, incidents: Incidents, before: AlertState, after: AlertState) -> Where | None:
    """Return where an alert goes that does not go on as before."""
    if after.status != "firing":
        return None
    if not after.incident:
        incidents.expect([after])
        return incidents.fired(after)
    turn = Turns(tx=tx, sender=sender).of(before, after) if may_turn(before, after) else None
    if turn is None:
        return None
    incidents.expect([after])
    return incidents.turned(after, moved=turn.moved)
