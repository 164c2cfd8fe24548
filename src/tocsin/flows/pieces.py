"""A post as it is taken: read, or recognised as a repetition; in pieces that a transaction can hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from tocsin.flows.alert_storage import Renewal
from tocsin.flows.ingest import Remembered
from tocsin.flows.ports import Envelope, Glance, Glanced, InboundPost, Parsed, RejectedError
from tocsin.flows.senders import KnownSender

MOST_ALERTS = 1000
"""A transaction holds at most so many alerts, so that others get at the database in between."""
RENEWALS_AN_ALERT = 10
"""So many leases are renewed in the time one alert takes that must be folded."""


_NOTHING = Parsed()
_NOTHING_TO_READ = Parsed(reply={})


class Post(NamedTuple):
    """One request of somebody who says to be `integration`.

    With a `kind` it concerns integrations of that kind only; without an integration, the one whose key it has.
    """

    integration: str
    key: str
    body: bytes
    envelope: Envelope
    kind: str = ""


class Piece(NamedTuple):
    """A part of post number `post` that is taken in one go. `renewals` stand for alerts that need not be folded.

    `looks` are the bytes by which each alert of `parsed` is remembered, `first` is the piece that keeps the body.
    """

    post: int
    known: KnownSender
    inbound: InboundPost
    parsed: Parsed
    renewals: Sequence[Renewal] = ()
    seen: Sequence[Glance] = ()
    looks: tuple[bytes, ...] = ()
    first: bool = True

    @property
    def weight(self) -> int:
        """How much of a transaction it takes."""
        return len(self.parsed.alerts) + len(self.parsed.acknowledgements) + len(self.renewals) // RENEWALS_AN_ALERT


class Again(NamedTuple):
    """What a post renews, by what its alerts look like; its sender reads no answer where it is `silent`."""

    renewals: Sequence[Renewal]
    seen: Sequence[Glance]
    silent: bool


def read(number: int, known: KnownSender, inbound: InboundPost, remembered: Remembered | None) -> list[Piece]:
    """Return a post in pieces: one that only renews leases, as far as is `remembered`, or what its source reads in it.

    Raises:
        RejectedError: the source cannot read it.
    """
    if known.source is None or known.broken:
        raise RejectedError(known.broken)
    glanced = known.glancing.glance(inbound) if known.glancing is not None else None
    again = _again(known, inbound, glanced, remembered)
    if again is not None:
        nothing_more = _NOTHING if again.silent else _NOTHING_TO_READ
        return [Piece(number, known, inbound, nothing_more, again.renewals, again.seen)]
    seen = glanced.seen if glanced is not None else ()
    parsed = known.source.parse(inbound)
    looks = tuple(one for one, _ in seen) if len(seen) == len(parsed.alerts) else ()
    whole = Piece(post=number, known=known, inbound=inbound, parsed=parsed, looks=looks)
    return list(_cut(whole))


def repeated(known: KnownSender, inbound: InboundPost, remembered: Remembered) -> Again | None:
    """Return what a post renews, when it does nothing else as far as is `remembered`; else None."""
    glanced = known.glancing.glance(inbound) if known.glancing is not None else None
    return _again(known, inbound, glanced, remembered)


def _again(
    known: KnownSender, inbound: InboundPost, glanced: Glanced | None, remembered: Remembered | None
) -> Again | None:
    if glanced is None or remembered is None or not glanced.seen:
        return None
    renewals = remembered.renewals(known.integration.key, glanced.seen, inbound.received_at)
    return Again(renewals, glanced.seen, glanced.reply is None) if renewals is not None else None


def merged(renewals: Iterable[Renewal]) -> list[Renewal] | None:
    """Return one renewal an alert, to its latest end; None where they rest on different versions of its row."""
    found: dict[int, Renewal] = {}
    for renewal in renewals:
        before = found.setdefault(renewal.id, renewal)
        if before.version != renewal.version:
            return None
        if before.expires_at is not None and renewal.expires_at is not None and before.expires_at < renewal.expires_at:
            found[renewal.id] = renewal
    return list(found.values())


def _cut(whole: Piece) -> Iterator[Piece]:
    """Cut a piece so that each fits a transaction; what else the post says comes with the last."""
    alerts = whole.parsed.alerts
    starts = range(0, max(len(alerts), 1), MOST_ALERTS)
    for start in starts:
        end = start + MOST_ALERTS
        last = end >= len(alerts)
        parsed = replace(whole.parsed, alerts=alerts[start:end]) if last else Parsed(alerts=alerts[start:end])
        yield whole._replace(parsed=parsed, looks=whole.looks[start:end], first=start == 0)


def batches(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Put pieces together, in their order, as far as they fit into one transaction.

    A sender's acknowledgements are taken after its alerts: what it says later must not be acknowledged by them.
    """
    batch: list[Piece] = []
    weight = 0
    acknowledging: set[str] = set()
    for piece in pieces:
        more = piece.weight
        sender = piece.known.integration.key
        if batch and (weight + more > MOST_ALERTS or sender in acknowledging):
            yield batch
            batch, weight, acknowledging = [], 0, set()
        batch.append(piece)
        weight += more
        if piece.parsed.acknowledgements:
            acknowledging.add(sender)
    if batch:
        yield batch
