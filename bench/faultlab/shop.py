"""The lab's service: a FastAPI application on a real pool, cache and dependency, whose releases have real faults.

python -m bench.faultlab.shop --port N --options JSON
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx2
import psycopg
import redis
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest
from starlette.middleware.base import RequestResponseEndpoint

from tocsin.drill.shop.pool import Pool, PoolTimeoutError

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0)
UNCOUNTED = frozenset({"/health", "/ready", "/metrics"})
REQUESTS = Counter("http_requests", "Requests answered.", ("method", "route", "status", "version"))
DURATION_S = Histogram(
    "http_request_duration_seconds", "Time to answer.", ("method", "route", "version"), buckets=BUCKETS_S
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How one instance of the service runs, and what is wrong with its release."""

    dsn: str
    redis_url: str
    version: str = "v2.4.0"
    pool_size: int = 6
    dependency: str = ""
    config: str = ""
    leak_kib: int = 0
    warm_mib: int = 0
    broken_orders: bool = False
    hold_ms: int = 0
    descriptors: int = 0
    held_sockets: int = 0


def create_app(options: Options) -> FastAPI:
    pool = Pool(options.dsn, size=options.pool_size, patience_s=1.0, application_name=f"shop/{options.version}")
    cache = redis.Redis.from_url(options.redis_url, socket_timeout=0.5, socket_connect_timeout=0.5)
    kept: list[bytes | socket.socket] = []
    Gauge("db_pool_in_use", "Sessions lent.").set_function(lambda: pool.in_use)
    Gauge("db_pool_size", "Sessions that may be lent.").set(pool.size)
    Gauge("build_info", "What runs.", ("service", "version")).labels("shop", options.version).set(1)
    app = FastAPI(title="lab shop", version=options.version)
    app.middleware("http")(_counting(options.version))
    _add_probes(app, pool, cache, options)
    _add_routes(app, pool, cache, options)
    _add_faults(app, pool, options, kept)
    return app


def _counting(version: str) -> Callable[[Request, RequestResponseEndpoint], Awaitable[Response]]:
    async def count(request: Request, call_next: RequestResponseEndpoint) -> Response:
        began = time.perf_counter()
        answer: Response
        try:
            answer = await call_next(request)
        except (PoolTimeoutError, psycopg.Error, redis.RedisError, httpx2.HTTPError) as error:
            answer = JSONResponse({"detail": type(error).__name__}, status_code=503)
        except Exception as error:  # noqa: BLE001 (the top of the shop's request loop)
            answer = JSONResponse({"detail": type(error).__name__}, status_code=500)
        route = getattr(request.scope.get("route"), "path", "unmatched")
        if route not in UNCOUNTED:
            REQUESTS.labels(request.method, route, str(answer.status_code), version).inc()
            DURATION_S.labels(request.method, route, version).observe(time.perf_counter() - began)
        return answer

    return count


def _add_probes(app: FastAPI, pool: Pool, cache: redis.Redis, options: Options) -> None:
    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    @app.get("/ready")
    def ready() -> JSONResponse:
        checks = {"database": _database(pool), "redis": _redis(cache), "configuration": _configuration(options.config)}
        well = all(said == "ok" for said in checks.values())
        return JSONResponse(
            {"status": "ready" if well else "not ready", "checks": checks}, status_code=200 if well else 503
        )


def _database(pool: Pool) -> str:
    try:
        with pool.session(patience_s=0.5) as session:
            session.execute("SELECT 1")
    except (PoolTimeoutError, psycopg.Error) as error:
        return str(error).strip()
    return "ok"


def _redis(cache: redis.Redis) -> str:
    try:
        cache.ping()
    except redis.RedisError as error:
        return str(error).strip()
    return "ok"


def _configuration(path: str) -> str:
    try:
        return "ok" if not path or json.loads(Path(path).read_text())["currency"] else "currency is empty"
    except (OSError, ValueError, KeyError) as error:
        return f"{Path(path).name} cannot be used: {error!r}"


def _add_routes(app: FastAPI, pool: Pool, cache: redis.Redis, options: Options) -> None:
    @app.get("/orders")
    def orders() -> dict[str, int]:
        if options.broken_orders:
            raise ValueError("no writer for report format")
        with pool.session() as session:
            return {"count": len(session.execute("SELECT id, total FROM orders WHERE id <= 20").fetchall())}

    @app.post("/orders")
    def place() -> dict[str, int]:
        with pool.session() as session:
            row = session.execute("INSERT INTO receipts (note) VALUES ('x') RETURNING id").fetchone()
        return {"id": int(str((row or (0,))[0]))}

    @app.get("/users/{number}")
    def user(number: int) -> dict[str, int]:
        with pool.session() as session:
            email = f"user{number}@shop.test"
            return {"found": len(session.execute("SELECT id FROM users WHERE email = %s", (email,)).fetchall())}

    @app.get("/cart")
    def cart() -> dict[str, bool]:
        return {"kept": bool(cache.set("cart:1", "x", ex=60))}

    client = httpx2.Client(timeout=5.0, trust_env=False, limits=httpx2.Limits(max_connections=64))

    @app.get("/pay")
    def pay() -> dict[str, int]:
        answer = client.get(options.dependency)
        answer.raise_for_status()
        return {"status": answer.status_code}


def _add_faults(app: FastAPI, pool: Pool, options: Options, kept: list[bytes | socket.socket]) -> None:
    cache: dict[int, bytes] = {}

    @app.get("/work")
    def work() -> dict[str, int]:
        if options.leak_kib:
            kept.append(b"x" * (options.leak_kib * 1024))
        if len(cache) < options.warm_mib:
            cache[len(cache)] = b"x" * (1024 * 1024)
        if options.hold_ms:
            with pool.session() as session:
                session.execute("SELECT pg_sleep(%s)", (options.hold_ms / 1000,))
        return {"kept": len(kept)}

    kept.extend(socket.socket() for _ in range(options.held_sockets))


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.faultlab.shop", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--options", type=json.loads, required=True)
    given = parser.parse_args()
    options = Options(**given.options)
    if options.descriptors:
        resource.setrlimit(resource.RLIMIT_NOFILE, (options.descriptors, options.descriptors))
    config = uvicorn.Config(create_app(options), port=given.port, log_level="warning", access_log=False)
    asyncio.run(uvicorn.Server(config).serve())


def to_json(options: Options) -> str:
    return json.dumps(asdict(options))


if __name__ == "__main__":
    main()
