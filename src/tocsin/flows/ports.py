"""What flows need of the world. Each port is a promise; adapters and the store keep it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class RejectedError(Exception):
    """Something inbound cannot be read or believed. Doors answer 400 or 401; the body is kept for replay."""


class TransientError(Exception):
    """The outside may answer if asked again: the worker retries with backoff."""


class PermanentError(Exception):
    """Asking again is no use: the delivery failed, and the domain is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Rendered text on its way out. `key` is the idempotency key; `facts` are for machines (webhooks)."""

    key: str
    kind: str
    to: str
    subject: str
    text: str
    facts: Mapping[str, object] = field(default_factory=dict)
    possible_repeat: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundAlert:
    """One alert as a source told it; `ends_at` is set when it ended. Unknown fields stay in `extra`."""

    fingerprint: str
    name: str
    status: str
    labels: Mapping[str, str]
    summary: str = ""
    severity: str = ""
    service: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)


class Source(Protocol):
    """Reads one sender's posts."""

    kind: str

    def parse(self, body: bytes, received_at: datetime) -> list[InboundAlert]:
        """Return the alerts in one post.

        Raises:
            RejectedError: the body is not what this sender sends.
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
