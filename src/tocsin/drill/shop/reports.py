"""Report export, new in v2.4.1, and the drill's fault: an export that fails keeps its session and its open transaction."""

from __future__ import annotations

import csv
import io
from typing import LiteralString

from fastapi import APIRouter, Response

from tocsin.drill.shop.pool import Pool

_SALES: LiteralString = """
SELECT i.name, count(o.id) AS orders, coalesce(sum(o.quantity * i.price_cents), 0) AS cents
FROM item i LEFT JOIN customer_order o ON o.item_id = i.id
GROUP BY i.id ORDER BY cents DESC, i.id /*route='/api/v1/reports/export'*/
"""


class UnsupportedFormatError(Exception):
    """The report cannot be written in that format."""


def reports(pool: Pool) -> APIRouter:
    """Return the route /api/v1/reports/export."""
    router = APIRouter()

    @router.get("/api/v1/reports/export")
    def export(format: str = "csv") -> Response:  # noqa: A002 (the query parameter's public name)
        # Wrong on purpose: when `_document` raises, nobody commits, rolls back or releases.
        session = pool.acquire()
        rows = session.execute(_SALES).fetchall()
        document = _document(rows, format)
        session.commit()
        pool.release(session)
        return Response(document, media_type="text/csv")

    return router


def _document(rows: list[tuple[object, ...]], kind: str) -> str:
    if kind != "csv":
        raise UnsupportedFormatError(f"no writer for report format {kind!r}")
    text = io.StringIO()
    csv.writer(text).writerows([("item", "orders", "cents"), *rows])
    return text.getvalue()
