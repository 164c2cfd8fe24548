"""The catalogue: read by everyone, so kept in Redis and asked of the database twice a minute."""

from __future__ import annotations

import json
from typing import LiteralString

import redis
from fastapi import APIRouter, Response

from tocsin.drill.shop.pool import Pool

_KEY = "shop:catalogue"
_KEEP_S = 30
_ITEMS: LiteralString = "SELECT id, name, price_cents FROM item ORDER BY id /*route='/api/v1/catalogue'*/"


def catalogue(pool: Pool, cache: redis.Redis) -> APIRouter:
    """Return the route /api/v1/catalogue."""
    router = APIRouter()

    @router.get("/api/v1/catalogue")
    def items() -> Response:
        cached = cache.get(_KEY)
        if isinstance(cached, bytes):
            return Response(cached, media_type="application/json")
        with pool.session() as session:
            rows = session.execute(_ITEMS).fetchall()
        body = json.dumps([{"id": n, "name": name, "price_cents": cents} for n, name, cents in rows]).encode()
        cache.set(_KEY, body, ex=_KEEP_S)
        return Response(body, media_type="application/json")

    return router
