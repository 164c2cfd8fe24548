"""What a verified notification says: a CloudWatch alarm, an event of EventBridge, or words that somebody sent to the topic."""

from __future__ import annotations

from tocsin.adapters.sources.post import decode, kept
from tocsin.adapters.sources.sns.alarm import alarm_of
from tocsin.adapters.sources.sns.event import event_of
from tocsin.adapters.sources.sns.message import SNSMessage
from tocsin.domain.alerts.fingerprint import identity
from tocsin.flows.ports import InboundAlert, RejectedError

LONGEST_TEXT = 4096


def alert_of(message: SNSMessage) -> InboundAlert:
    """Return the alert that a verified notification tells of.

    Raises:
        RejectedError: it is empty, or an alarm that cannot be read.
    """
    try:
        raw = decode(message.message.encode("utf-8", "surrogatepass"), "a notification")
    except RejectedError:
        raw = None  # words
    if isinstance(raw, dict) and "detail-type" in raw:
        return event_of(raw, message)
    if isinstance(raw, dict) and ("AlarmName" in raw or "NewStateValue" in raw):
        return alarm_of(raw, message)
    return _words(message, raw)


def _words(message: SNSMessage, raw: object) -> InboundAlert:
    """Return what is neither as something that happened: who sent it to the topic of the alarms wants it seen."""
    text = message.message.strip()
    title = " ".join((message.subject or text).split())[:120]
    if raw in ({}, []) or not text or not title:
        raise RejectedError("the notification is empty - at `$.Message`. Send an alarm, an event or words.")
    return InboundAlert(
        fingerprint=identity(f"{message.topic}/{title}"),
        name=title,
        status="firing",
        occurrence=True,
        labels={},
        annotations={"message": text[:LONGEST_TEXT]},
        summary=title,
        extra=kept({str(name): value for name, value in raw.items()}) if isinstance(raw, dict) else {},
    )
