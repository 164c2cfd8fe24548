"""What a TLS server showed: its certificate, and whether anybody would trust it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tocsin.domain.diagnosis.facts.blind_spots import BlindSpot
from tocsin.domain.diagnosis.facts.http import ErrorKind

Distrust = Literal["expired", "not_yet", "name", "self_signed", "unknown_issuer", "revoked", "other"]
Revocation = Literal["good", "revoked", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """One endpoint. `error` is set when there was no handshake at all; `distrust` says why a client would refuse it.

    `stapled` is what its server sends along of its authority's word, good until `staple_ends`; None: nothing. `staples` is
    whether that was seen at all. `must_staple` is what the certificate asks of its server. `revocation` is what the
    authority itself said when it was asked, by way of `revocation_by`.
    """

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
    staples: bool = False
    stapled: Revocation | None = None
    staple_ends: datetime | None = None
    must_staple: bool = False
    revocation: Revocation | None = None
    revocation_by: str = ""
    handshake_s: float | None = None
    took_s: float = 0.0
    blind: tuple[BlindSpot, ...] = ()
