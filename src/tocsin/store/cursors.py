"""Cursors of listings: opaque, bound to the listing they came from, and refused when damaged."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec

from tocsin.domain.errors import InvalidError

Place = TypeVar("Place", bound=tuple[int | str, ...])
LIMIT = 500
CHECK_BYTES = 6  # finds accidents; what a cursor may show is decided by the visibility predicate, not by its secrecy


def _check(wanted: object, place: bytes) -> bytes:
    return hashlib.sha256(msgspec.json.encode(wanted) + place).digest()[:CHECK_BYTES]


def write_cursor(wanted: object, *place: int | str) -> str:
    """Return the cursor of the page after the row at `place`; `wanted` names the listing and its filter."""
    encoded = msgspec.json.encode(place)
    return urlsafe_b64encode(_check(wanted, encoded) + encoded).decode().rstrip("=")


def read_cursor(wanted: object, cursor: str, kind: type[Place]) -> Place:
    """Return the place of the last row of the page before.

    Raises:
        InvalidError: the cursor is damaged or belongs to another listing.
    """
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place = msgspec.json.decode(raw[CHECK_BYTES:], type=kind)
    except ValueError as error:  # covers binascii.Error, UnicodeError and msgspec's decode errors
        raise _refusal() from error
    if _check(wanted, raw[CHECK_BYTES:]) != raw[:CHECK_BYTES]:
        raise _refusal()
    return place


def check_limit(limit: int) -> int:
    """Return `limit`.

    Raises:
        InvalidError: it is not from 1 to 500.
    """
    if not 1 <= limit <= LIMIT:
        raise InvalidError(f"limit {limit} is not from 1 to {LIMIT}", field="limit")
    return limit


def _refusal() -> InvalidError:
    return InvalidError(
        "the cursor is damaged or belongs to another listing",
        field="cursor",
        mend="Begin again without a cursor, with the same filter throughout.",
    )
