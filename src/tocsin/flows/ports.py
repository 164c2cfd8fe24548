"""What flows need of the world. Each port is a promise; adapters and the store keep it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from tocsin.domain.alerts.heartbeat import Beat
from tocsin.domain.changes import Change


class RejectedError(Exception):
    """Something inbound cannot be read or believed. Doors answer 400 or 401; the body is kept for replay."""


class IncompleteError(RejectedError):
    """It can be read, and a field that its protocol requires is missing or of another form. Doors answer 422 where their protocol tells these apart, else 400."""


class UnverifiedError(RejectedError):
    """The sender's signature does not fit its post, or is missing. Doors answer 401; the body is kept."""


class OverloadedError(Exception):
    """There is no room for a post now; `wait_s` is when there may be. Doors answer what the sender tries again."""

    def __init__(self, message: str, *, wait_s: float = 1.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class TransientError(Exception):
    """The outside may answer if asked again: the worker retries with backoff."""


class UnansweredError(TransientError):
    """It did not say how it went: it may have taken what it was given, so asking again may do it a second time."""


class PermanentError(Exception):
    """Asking again is no use: the delivery failed, and the domain is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Rendered text on its way out. `key` is the idempotency key; `facts` are for machines (webhooks).

    `callback` is where the outside may tell what became of it, '' where it cannot: an address to which a path is added.
    """

    key: str
    kind: str
    to: str
    subject: str
    text: str
    facts: Mapping[str, object] = field(default_factory=dict)
    possible_repeat: bool = False
    callback: str = ""


class Channel(Protocol):
    """Carries messages to one outside system."""

    kind: str

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        """Hand `message` over and return the outside's receipt.

        Raises:
            TransientError: it did not answer, or said to try again.
            PermanentError: it refused.
        """
        ...


@runtime_checkable
class Reconciling(Protocol):
    """A channel whose outside can be asked whether it has a message already."""

    def find(self, message: Message, options: Mapping[str, object], deadline_s: float, *, since: datetime) -> str:
        """Return the outside's receipt for this very message, taken since then; '' when it has none, or does not tell."""
        ...


@runtime_checkable
class Listing(Protocol):
    """A channel whose outside lists what it took for a receiver, and cannot tell one message from another."""

    def taken(
        self, message: Message, options: Mapping[str, object], deadline_s: float, *, since: datetime
    ) -> tuple[str, ...]:
        """Return the outside's receipts of what it took for the message's receiver since then; none when it does not tell.

        What the outside knows not to have reached anybody is left out.
        """
        ...


class InboundAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert as a source told it; the same `fingerprint` is the same alert.

    `status` is "firing" or "resolved". `ends_at` of a resolved alert is when it ended; of a firing one it is a lease,
    over when it passes without a refresh. `end_told` is false for a lease that the source gave, because the sender named no end. What is left empty stays as it was known; an alert that nobody named goes by its
    fingerprint. Unknown fields stay in `extra`. A firing `occurrence` is something that
    happened, not a state that goes on: once people are done with its incident, the next one opens another.
    """

    fingerprint: str
    name: str
    status: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str] = {}
    summary: str = ""
    severity: str = ""
    service: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    end_told: bool = True
    links: Mapping[str, str] = {}
    extra: Mapping[str, object] = {}
    occurrence: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What came around a body. Header names are lower case; `path` is what follows the integration, without its first slash.

    `query` is without the integration's key.
    """

    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundPost:
    """One request of a sender. `options` are the integration's own, their secrets resolved.

    `number` tells apart those received at the same moment; a `replayed` one is taken again by an
    operator: it may be old, and had its headers when it came first.
    """

    body: bytes
    received_at: datetime
    envelope: Envelope = field(default_factory=Envelope)
    options: Mapping[str, object] = field(default_factory=dict)
    number: int = 0
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """One item of a post that cannot be taken: `where` is its JSON path, `reason` says how to mend it."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundAcknowledgement:
    """Somebody has the alert, as its sender says; `by` is the sender's name for them, '' when it names nobody."""

    fingerprint: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What one post says, in its order. Nothing in a post is both accepted and left out: what cannot be taken is `rejected`.

    `reply` is what this sender expects to read; None where it reads nothing.
    """

    alerts: tuple[InboundAlert, ...] = ()
    changes: tuple[Change, ...] = ()
    acknowledgements: tuple[InboundAcknowledgement, ...] = ()
    beats: tuple[Beat, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    reply: Mapping[str, object] | None = None


class Source(Protocol):
    """Reads one sender's posts."""

    kind: str

    def parse(self, post: InboundPost) -> Parsed:
        """Return what the post says; items that cannot be taken are listed beside those that can.

        Raises:
            UnverifiedError: the post's signature does not fit.
            RejectedError: the post is not what this sender sends, or nothing in it can be taken.
        """
        ...


Glance = tuple[bytes, datetime | None]
"""All of one alert's bytes that say what it is, without its end; and its end, None where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glanced:
    """One glance an alert, in the order of `Parsed.alerts`, and the same `reply`, which is None or empty."""

    seen: Sequence[Glance]
    reply: Mapping[str, object] | None = None


@runtime_checkable
class Glancing(Protocol):
    """A source whose senders repeat themselves, and which tells a repetition without reading it."""

    def glance(self, post: InboundPost) -> Glanced | None:
        """Return what a glance shows; None where the post must be read.

        Equal bytes must mean that `parse` would give the same firing alert, but for its end.
        """
        ...


class Renderer(Protocol):
    """Fills a template in a sandbox."""

    def render(self, source: str, fields: Mapping[str, object]) -> str:
        """Return the text; an unknown field renders as 'unknown', never as an error.

        Raises:
            InvalidError: the template itself is broken.
        """
        ...


class SignatureError(Exception):
    """What came back was not signed here for this purpose, was changed, or has expired; `expired` tells the last apart."""

    def __init__(self, message: str, *, expired: bool = False) -> None:
        super().__init__(message)
        self.expired = expired


class Signer(Protocol):
    """Signs short texts that travel through a browser or a message and come back.

    `secrets` are the installation's, newest first: the first signs, and what any of them signed is believed.
    """

    def sign(self, text: str, *, purpose: str, expires_at: datetime, secrets: Sequence[str]) -> str:
        """Return `text` with its end and a signature that names its key, fit for an address."""
        ...

    def read(self, token: str, *, purpose: str, now: datetime, secrets: Sequence[str]) -> str:
        """Return the text that was signed for the same purpose.

        Raises:
            SignatureError: it was not, or its time is over.
        """
        ...


Clock = Callable[[], datetime]
NewId = Callable[[], str]
