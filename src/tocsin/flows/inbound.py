"""Everything one post says, taken inside one transaction: alerts, and who has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tocsin.domain.actor import Actor
from tocsin.domain.incident.events import Acknowledged
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change as Said
from tocsin.flows.handle import load, record
from tocsin.flows.ingest import Accepted, Sender, accept_in
from tocsin.flows.ports import InboundAcknowledgement, Parsed, Rejected
from tocsin.flows.storage import Tx

_MOST_REASONS = 5


def take_in(engine: Engine, tx: Tx, sender: Sender, parsed: Parsed) -> Accepted:
    """Take what a post says inside `tx` and say what it changed."""
    return with_the_rest(engine, tx, sender, parsed, accept_in(engine, tx, sender, parsed.alerts))


def with_the_rest(engine: Engine, tx: Tx, sender: Sender, parsed: Parsed, taken: Accepted) -> Accepted:
    """Take what a post says beside its alerts, which were `taken` already, and return what became of all of it."""
    acknowledged = tuple(one.fingerprint for one in parsed.acknowledgements if _acknowledged(engine, tx, sender, one))
    return replace(taken, acknowledged=acknowledged, rejected=parsed.rejected, reply=parsed.reply)


def items(parsed: Parsed) -> Iterator[Parsed]:
    """Give every item of a post as a post of its own, in the order in which they are taken together."""
    yield from (Parsed(alerts=(one,)) for one in parsed.alerts)
    yield from (Parsed(acknowledgements=(one,)) for one in parsed.acknowledgements)


def together(taken: Sequence[Accepted], parsed: Parsed) -> Accepted:
    """Return what became of a post whose items were taken one by one."""
    return Accepted(
        fired=tuple(f for one in taken for f in one.fired),
        resolved=tuple(f for one in taken for f in one.resolved),
        refreshed=tuple(f for one in taken for f in one.refreshed),
        incidents=tuple(dict.fromkeys(ref for one in taken for ref in one.incidents)),
        acknowledged=tuple(f for one in taken for f in one.acknowledged),
        renewed=sum(one.renewed for one in taken),
        rejected=parsed.rejected,
        reply=parsed.reply,
    )


def reasons(rejected: Sequence[Rejected]) -> str:
    """Return why items of a post were left out, in one line; '' when none was."""
    told = [f"{one.where}: {one.reason}" for one in rejected[:_MOST_REASONS]]
    more = [f"and {len(rejected) - len(told)} more"] if len(rejected) > len(told) else []
    return "; ".join(told + more)


def _acknowledged(engine: Engine, tx: Tx, sender: Sender, one: InboundAcknowledgement) -> bool:
    """Acknowledge the incident of a firing alert; an alert nobody knows, or one that ended, changes nothing."""
    state = tx.alert(sender.key, one.fingerprint)
    incident = load(tx, state.incident) if state and state.incident and state.status == "firing" else None
    if incident is None:
        return False
    body = Acknowledged(person=one.by or sender.key)
    record(engine, tx, incident, [Said(body=body, actor=Actor(kind="integration", id=sender.key))])
    return True
