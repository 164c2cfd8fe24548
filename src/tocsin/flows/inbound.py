"""Everything one post says, taken inside one transaction: alerts, who has them, signs of life, and changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tocsin.domain.actor import Actor
from tocsin.domain.alerts.fold import unheard
from tocsin.domain.changes import Change
from tocsin.domain.incident.events import Acknowledged
from tocsin.domain.incident.state import Incident
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change as Said
from tocsin.flows.handle import load, record
from tocsin.flows.heartbeats import take_beat
from tocsin.flows.ingest import Accepted, Inhibitors, Sender, accept_in
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import InboundAcknowledgement, InboundAlert, Parsed, Rejected
from tocsin.flows.storage import Tx

_MOST_REASONS = 5


def take_in(engine: Engine, tx: Tx, sender: Sender, parsed: Parsed) -> Accepted:
    """Take what a post says inside `tx` and say what it changed."""
    let_go(tx, sender, parsed.alerts)
    return with_the_rest(engine, tx, sender, parsed, accept_in(engine, tx, sender, parsed.alerts))


def with_the_rest(engine: Engine, tx: Tx, sender: Sender, parsed: Parsed, alerts: Accepted) -> Accepted:
    """Take what a post says beside its `alerts`, which were taken already, and return what became of all of it."""
    beats = [take_beat(engine, tx, sender, beat) for beat in parsed.beats]
    acknowledged = [one.fingerprint for one in parsed.acknowledgements if _acknowledged(engine, tx, sender, one)]
    for change in parsed.changes:
        tx.put_change(sender.key, _placed(tx, sender, change))
    rest = Accepted(acknowledged=tuple(acknowledged), changes=tuple(change.key for change in parsed.changes))
    return together([alerts, *beats, rest], parsed)


def items(parsed: Parsed) -> Iterator[Parsed]:
    """Give every item of a post as a post of its own, in the order in which they are taken together."""
    yield from (Parsed(alerts=(one,)) for one in parsed.alerts)
    yield from (Parsed(beats=(one,)) for one in parsed.beats)
    yield from (Parsed(acknowledgements=(one,)) for one in parsed.acknowledgements)
    yield from (Parsed(changes=(one,)) for one in parsed.changes)


def named(item: Parsed) -> str:
    """Return what one item of a post is called, for people who look for it in the post."""
    names = (
        *(f"alert {one.fingerprint}" for one in item.alerts),
        *(f"heartbeat {one.name}" for one in item.beats),
        *(f"acknowledgement of {one.fingerprint}" for one in item.acknowledgements),
        *(f"change {one.key}" for one in item.changes),
    )
    return ", ".join(names)


def together(taken: Sequence[Accepted], parsed: Parsed) -> Accepted:
    """Return what became of a post whose items were taken apart."""
    return Accepted(
        fired=tuple(f for one in taken for f in one.fired),
        resolved=tuple(f for one in taken for f in one.resolved),
        refreshed=tuple(f for one in taken for f in one.refreshed),
        incidents=tuple(dict.fromkeys(ref for one in taken for ref in one.incidents)),
        acknowledged=tuple(f for one in taken for f in one.acknowledged),
        changes=tuple(key for one in taken for key in one.changes),
        renewed=sum(one.renewed for one in taken),
        rejected=parsed.rejected,
        reply=parsed.reply,
    )


def reasons(rejected: Sequence[Rejected]) -> str:
    """Return why items of a post were left out, in one line; '' when none was."""
    told = [f"{one.where}: {one.reason}" for one in rejected[:_MOST_REASONS]]
    more = [f"and {len(rejected) - len(told)} more"] if len(rejected) > len(told) else []
    return "; ".join(told + more)


def lasting(tx: Tx, incident: str) -> Incident | None:
    """Return an incident, or the one into which it was merged; None without one."""
    found = load(tx, incident) if incident else None
    while found is not None and found.merged_into:
        found = load(tx, found.merged_into)
    return found


def _acknowledged(engine: Engine, tx: Tx, sender: Sender, one: InboundAcknowledgement) -> bool:
    """Acknowledge the incident of a firing alert; an alert nobody knows, or one that ended, changes nothing."""
    state = tx.alert(sender.key, one.fingerprint)
    incident = lasting(tx, state.incident) if state and state.status == "firing" else None
    if incident is None:
        return False
    body = Acknowledged(person=one.by or sender.key)
    record(engine, tx, incident, [Said(body=body, actor=Actor(kind="integration", id=sender.key))])
    return True


def let_go(tx: Tx, sender: Sender, alerts: Sequence[InboundAlert]) -> None:
    """End firing alerts of the past before what happened again is folded (see `_let_go`)."""
    for alert in alerts:
        if alert.occurrence and alert.status == "firing":
            _let_go(tx, sender, alert)


def _let_go(tx: Tx, sender: Sender, alert: InboundAlert) -> None:
    """End an alert whose incident people are done with, so that what happened again opens another.

    A sender of occurrences seldom tells an end; without this its alert would fire for ever, and page nobody again.
    """
    state = tx.alert(sender.key, alert.fingerprint)
    if state is None or state.status != "firing" or not state.incident:
        return
    incident = lasting(tx, state.incident)
    if incident is None or not incident.open:
        # It ended when it was last heard of, as far as anybody knows; what comes now is an episode of its own.
        ended = unheard(state, state.last_seen_at)
        tx.put_alert(sender.key, ended)
        Inhibitors(tx=tx, known=catalogue(tx)).moved(sender, [(state, ended)])


def _placed(tx: Tx, sender: Sender, change: Change) -> Change:
    """Give a change to the sender's service where it names none that is known."""
    known = catalogue(tx).service(change.service) is not None
    return change if known or not sender.service else replace(change, service=sender.service)
