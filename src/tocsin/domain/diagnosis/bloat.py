"""How large a table or index would be if it were written anew, from its rows and their widths.

PostgreSQL's own layout: pages of 8 KiB with a header of 24 bytes; a row takes its values, a header and a pointer of four
bytes, each rounded up to eight. What values lose to alignment among themselves is not known, so that an estimate of waste
is somewhat too high: thresholds are far above that.
"""

from __future__ import annotations

import math

from tocsin.domain.diagnosis.facts import Stored

_PAGE = 8192 - 24
_POINTER = 4
_ROW_HEADER = 23
_INDEX_HEADER = 8
_WORD = 8


def table_waste(stored: Stored) -> int | None:
    """Return the bytes of a table that a rewrite would give back; None where the widths are not known."""
    bits = math.ceil(stored.columns / 8) if stored.nullable else 0
    return _waste(stored, _aligned(_ROW_HEADER + bits))


def index_waste(stored: Stored) -> int | None:
    """Return the bytes of a B-tree that a rebuild would give back; None where the widths are not known."""
    return _waste(stored, _INDEX_HEADER)


def _waste(stored: Stored, header: int) -> int | None:
    if stored.row_bytes is None:
        return None
    row = _aligned(stored.row_bytes) + header + _POINTER
    pages = math.ceil(stored.rows * row / (_PAGE * stored.fill))
    return max(0, stored.bytes - pages * (_PAGE + 24))


def _aligned(size: float) -> int:
    return math.ceil(size / _WORD) * _WORD
