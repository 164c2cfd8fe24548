"""Signs of life: each moves the timer on; a timer that comes due raises the alert, and the next beat ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from tocsin.domain.alerts.heartbeat import Beat, Heartbeat, beaten, fingerprint_of, silent
from tocsin.flows.engine import Engine
from tocsin.flows.ingest import Accepted, Sender, accept_in
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import Envelope, InboundAlert, InboundPost, RejectedError
from tocsin.flows.senders import Credentials, admitted, known_sender
from tocsin.flows.storage import Timer, Tx
from tocsin.flows.transact import transact

STREAM = "heartbeat"
SILENCE = "silence"


def take_beat(engine: Engine, tx: Tx, sender: Sender, beat: Beat) -> Accepted:
    """Note a beat inside `tx`, set the timer for the next, and end the alert of a silence that it breaks."""
    # The alert is read first: that locks it, so that a silence that is being concluded now is seen, or waits.
    alert = tx.alert(sender.key, beat.fingerprint)
    now = tx.now()
    known = beaten(_recall(tx, sender.key, beat.name), beat, now)
    tx.put_value(_stream(sender.key, beat.name), msgspec.json.encode(known).decode())
    tx.set_timer(_stream(sender.key, beat.name), SILENCE, known.generation, known.due)
    if alert is None or alert.status != "firing":
        return Accepted()
    return accept_in(engine, tx, sender, (_alert(beat, "resolved", now),))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBeat:
    """A heartbeat as its sender sees it; `last_at` is None before the first beat, and then it is not `expired` either."""

    beat: Beat
    last_at: datetime | None
    expired: bool


def seen(engine: Engine, asked: Credentials, ping: Envelope) -> SeenBeat | None:
    """Return the heartbeat of the sender that asks for which `ping` would be a sign of life; None where it would be none.

    Raises:
        DeniedError: no such integration, or not its key.
    """
    with engine.store.reading() as tx:
        integration = admitted(engine, tx, asked)
        known, now = known_sender(engine, integration), tx.now()
        post = InboundPost(body=b"", received_at=now, envelope=ping, options=known.options)
        try:
            beats = known.source.parse(post).beats if known.source is not None else ()
        except RejectedError:
            return None
        if not beats:
            return None
        heard = _recall(tx, integration.key, beats[0].name)
    expired = heard is not None and silent(heard, now)
    return SeenBeat(beat=beats[0], last_at=heard.last_at if heard else None, expired=expired)


def lapse(engine: Engine, timer: Timer) -> None:
    """Raise the alert of one who fell silent; who is no longer configured is forgotten."""
    transact(engine, lambda tx: _lapse(engine, tx, timer))


def _lapse(engine: Engine, tx: Tx, timer: Timer) -> None:
    _, source, name = timer.stream.split("/", 2)
    tx.alert(source, fingerprint_of(name))  # locked first, as a beat does
    if not tx.finish_timer(timer):
        return
    known = _recall(tx, source, name)
    integration = next((i for i in catalogue(tx).integrations if i.key == source), None)
    if known is None or integration is None or known.generation != timer.generation:
        return
    if not silent(known, tx.now()):
        tx.set_timer(timer.stream, timer.name, timer.generation, known.due)
        return
    sender = Sender(key=source, service=integration.service, team=integration.team)
    accept_in(engine, tx, sender, (_alert(known.beat, "firing", known.due),))


def _recall(tx: Tx, source: str, name: str) -> Heartbeat | None:
    raw = tx.value(_stream(source, name))
    return msgspec.json.decode(raw, type=Heartbeat) if raw else None


def _stream(source: str, name: str) -> str:
    return f"{STREAM}/{source}/{name}"


def _alert(beat: Beat, status: str, at: datetime) -> InboundAlert:
    firing = status == "firing"
    return InboundAlert(
        fingerprint=beat.fingerprint,
        name=f"heartbeat {beat.name}",
        status=status,
        labels={"heartbeat": beat.name},
        summary=beat.words if firing else "",
        severity=beat.severity,
        service=beat.service,
        starts_at=at if firing else None,
        ends_at=None if firing else at,
    )
