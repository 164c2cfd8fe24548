"""What a TLS server showed: its certificate, and whether anybody would trust it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot
from tocsin.domain.diagnosis.facts.http import ErrorKind

Distrust = Literal["expired", "not_yet", "name", "self_signed", "unknown_issuer", "revoked", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """One endpoint. `error` is set when there was no handshake at all; `distrust` says why a client would refuse it."""

    target: str
    at: datetime
    service: str = ""
    address: str = ""
    server_name: str = ""
    error: ErrorKind | None = None
    error_text: str = ""
    distrust: Distrust | None = None
    distrust_text: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    protocol: str = ""
    key_bits: int | None = None
    key_kind: str = ""
    signature: str = ""
    handshake_s: float | None = None
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()
