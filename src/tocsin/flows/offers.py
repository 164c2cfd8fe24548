"""What a page carries so that it can be answered: a signed token for an address, and the token's short name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import msgspec

from tocsin.flows.signing import Signing
from tocsin.flows.storage import Tx

PURPOSE: Final = "answer"
REPORTS: Final = "report"
VALID: Final = timedelta(hours=24)
_SIGNS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that looks like another


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a page carries so that it can be answered."""

    token: str
    code: str

    @property
    def spoken(self) -> str:
        """The code as people write it."""
        return f"{self.code[:4]}-{self.code[4:]}"


class Claim(msgspec.Struct, array_like=True, frozen=True):
    """What a token says: `call` is the paging it answers, so that an old button does not pass a newer one on.

    `request` says that its person was asked for beside the escalation.
    """

    incident: str
    person: str
    call: int
    request: bool = False


def offer(signing: Signing, tx: Tx, claim: Claim) -> Offer:
    """Return what a page carries so that its person can answer it, and remember its code."""
    token = signing.sign(tx, msgspec.json.encode(claim).decode(), purpose=PURPOSE, valid=VALID)
    code = _code(token)
    tx.put_once(PURPOSE, code_digest(code), token, tx.now() + VALID)
    return Offer(token=token, code=code)


class Report(msgspec.Struct, array_like=True, frozen=True):
    """What a provider gives back with what it says of a page: which one it was, and to whom by which method."""

    incident: str
    person: str
    call: int
    key: str
    method: str
    request: bool = False

    @property
    def claim(self) -> Claim:
        """What the page's person may answer."""
        return Claim(incident=self.incident, person=self.person, call=self.call, request=self.request)


def report_token(signing: Signing, tx: Tx, report: Report) -> str:
    """Return what a provider is given to name a page by."""
    return signing.sign(tx, msgspec.json.encode(report).decode(), purpose=REPORTS, valid=VALID)


def read_report(signing: Signing, tx: Tx, token: str) -> Report:
    """Return which page a provider speaks of.

    Raises:
        SignatureError: the token was not made here, or has expired.
    """
    return msgspec.json.decode(signing.read(tx, token, purpose=REPORTS), type=Report)


def _code(token: str) -> str:
    number = int.from_bytes(hashlib.sha256(token.encode()).digest()[:5])
    return "".join(_SIGNS[(number >> shift) & 31] for shift in range(35, -1, -5))


def code_digest(code: str) -> str:
    """Return what a code is kept under: it is never kept itself."""
    return hashlib.sha256(f"code {code}".encode()).hexdigest()
