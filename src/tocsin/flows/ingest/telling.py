"""What many alerts did to an incident is told in numbers, now and then."""

from __future__ import annotations

from tocsin.domain.actor import SYSTEM
from tocsin.domain.alerts.fold import AlertState
from tocsin.domain.incident.membership import Counted, pause, summary
from tocsin.domain.incident.state import Incident
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, load, record
from tocsin.flows.merging import parts
from tocsin.flows.storage import Timer, Tx
from tocsin.flows.transact import transact

MEMBERSHIP = "membership"
NAME = "tell"
LOOKED_AT = 2000
"""So many alerts' labels are looked at for the commonest ones."""


def plan_telling(tx: Tx, incident: Incident, *, fires: bool) -> None:
    """See to it that the numbers are told before long, and paging that is held looks now where one of the alerts fires.

    Of alerts that ended and fire again by then the numbers say nothing.
    """
    tx.bring_forward(f"{MEMBERSHIP}/{incident.id}", NAME, tx.now() + pause(incident))
    timer = incident.paging.held_timer
    if fires and timer in incident.timers:
        tx.set_timer(incident.id, timer, incident.timers[timer], tx.now())


def tell(engine: Engine, timer: Timer) -> None:
    """Record what the alerts of an incident did since it was told last, if they did anything."""
    transact(engine, lambda tx: _tell(engine, tx, timer) if tx.finish_timer(timer) else None)


def _tell(engine: Engine, tx: Tx, timer: Timer) -> None:
    incident = load(tx, timer.stream.partition("/")[2])
    if incident is None:
        return
    own = parts(tx, incident)
    tally = tx.tally(own)
    counted = Counted(total=tally.total, firing=tally.firing, groups=tally.groups)
    body = summary(incident, counted, tx.label_sets(own, LOOKED_AT), _firing(tx, incident, own))
    if body is not None:
        record(engine, tx, incident, [Change(body=body, actor=SYSTEM)])


def _firing(tx: Tx, incident: Incident, own: tuple[str, ...]) -> dict[str, bool]:
    """Return whether each alert that was told by itself fires now, in this incident or what it took in."""
    now: dict[str, bool] = {}
    for source in {alert.source for alert in incident.alerts}:
        names = [alert.fingerprint for alert in incident.alerts if alert.source == source]
        found = tx.alerts(source, names)
        now |= {f"{source}/{name}": _fires(kept.state, own) for name, kept in found.items()}
    return now


def _fires(state: AlertState, incidents: tuple[str, ...]) -> bool:
    return state.status == "firing" and state.incident in incidents
