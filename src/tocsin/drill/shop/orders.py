"""Orders: the shop's write path."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, LiteralString

from fastapi import APIRouter, HTTPException, Query, status
from psycopg.errors import ForeignKeyViolation
from pydantic import BaseModel, Field

from tocsin.drill.shop.pool import Pool

_LATEST: LiteralString = """
SELECT id, item_id, quantity, placed_at FROM customer_order ORDER BY id DESC LIMIT %s /*route='/api/v1/orders'*/
"""
_PLACE: LiteralString = """
INSERT INTO customer_order (item_id, quantity) VALUES (%s, %s)
RETURNING id, item_id, quantity, placed_at /*route='/api/v1/orders'*/
"""


class NewOrder(BaseModel):
    """What a customer asks for."""

    item_id: int = Field(gt=0, le=1_000_000)
    quantity: int = Field(default=1, gt=0, le=100)


class Order(BaseModel):
    """A placed order."""

    id: int
    item_id: int
    quantity: int
    placed_at: datetime


def orders(pool: Pool) -> APIRouter:
    """Return the routes below /api/v1/orders."""
    router = APIRouter()

    @router.get("/api/v1/orders")
    def latest(limit: Annotated[int, Query(gt=0, le=100)] = 20) -> list[Order]:
        with pool.session() as session:
            return [_order(row) for row in session.execute(_LATEST, (limit,))]

    @router.post("/api/v1/orders", status_code=status.HTTP_201_CREATED)
    def place(wanted: NewOrder) -> Order:
        try:
            with pool.session() as session:
                row = session.execute(_PLACE, (wanted.item_id, wanted.quantity)).fetchone()
        except ForeignKeyViolation as error:
            raise HTTPException(status.HTTP_404_NOT_FOUND, "no such item") from error
        return _order(row or ())

    return router


def _order(row: tuple[object, ...]) -> Order:
    return Order.model_validate(dict(zip(Order.model_fields, row, strict=True)))
