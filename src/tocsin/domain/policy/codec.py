"""A pack as JSON, so that an incident can carry the rules it opened under."""

from __future__ import annotations

import msgspec

from tocsin.domain.policy.pack import Pack

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Pack).decode


def pack_to_json(pack: Pack) -> bytes:
    """Return `pack` as JSON; the same pack always gives the same bytes."""
    return _encode(pack)


def pack_from_json(data: bytes | str) -> Pack:
    """Return the pack that `pack_to_json` wrote.

    Raises:
        msgspec.DecodeError: the data is not a pack.
    """
    return _decode(data)
