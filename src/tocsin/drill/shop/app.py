"""The shop's application: probes, metrics and the routes its release has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from tocsin.drill.shop.catalogue import catalogue
from tocsin.drill.shop.journal import Journal
from tocsin.drill.shop.measure import Account, Metrics
from tocsin.drill.shop.orders import orders
from tocsin.drill.shop.pool import Pool, PoolTimeoutError
from tocsin.drill.shop.releases import Release
from tocsin.drill.shop.reports import reports

POOL_SIZE = 18
PATIENCE_S = 1.0
_READY_PATIENCE_S = 0.5
_REDIS_LIMIT_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSettings:
    """Where the shop's database, cache and log are, and how many sessions it may hold for how long a wait."""

    dsn: str
    redis_url: str
    log: Path
    pool_size: int = POOL_SIZE
    patience_s: float = PATIENCE_S


def create_app(settings: ShopSettings, release: Release) -> FastAPI:
    """Return the shop as it was at `release`; nothing is connected until it is asked."""
    pool = Pool(
        settings.dsn,
        size=settings.pool_size,
        patience_s=settings.patience_s,
        application_name=f"shop/{release.version}",
    )
    cache = redis.Redis.from_url(
        settings.redis_url, socket_timeout=_REDIS_LIMIT_S, socket_connect_timeout=_REDIS_LIMIT_S
    )
    metrics = Metrics(pool, release)
    journal = Journal(settings.log, version=release.version)
    app = FastAPI(title="Shop", version=release.version)
    app.add_middleware(Account, metrics=metrics, journal=journal)
    app.include_router(_probes(pool, cache, release, metrics.registry))
    app.include_router(orders(pool))
    app.include_router(catalogue(pool, cache))
    if release.exports_reports:
        app.include_router(reports(pool))
    journal.info(f"shop {release.version} ({release.commit}) starts")
    return app


def _probes(pool: Pool, cache: redis.Redis, release: Release, registry: CollectorRegistry) -> APIRouter:
    router = APIRouter()

    # Asynchronous, so that they answer also while every worker thread waits for a session.
    @router.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/version")
    async def version() -> dict[str, str]:
        return {"service": "shop", "version": release.version, "commit": release.commit}

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @router.get("/ready")
    def ready() -> JSONResponse:
        checks = {"database": _database(pool), "redis": _redis(cache)}
        well = all(said == "ok" for said in checks.values())
        body = {"status": "ready" if well else "not ready", "version": release.version, "checks": checks}
        return JSONResponse(body, status_code=200 if well else 503)

    return router


def _database(pool: Pool) -> str:
    try:
        with pool.session(patience_s=_READY_PATIENCE_S) as session:
            session.execute("SELECT 1 /*route='/ready'*/")
    except (PoolTimeoutError, psycopg.Error) as error:
        return str(error).strip()
    return "ok"


def _redis(cache: redis.Redis) -> str:
    try:
        cache.ping()
    except redis.RedisError as error:
        return str(error).strip()
    return "ok"
