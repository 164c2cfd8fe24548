"""What the shop tells Prometheus, and the middleware that counts, times and accounts for every request."""

from __future__ import annotations

import time

import psycopg
import redis
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tocsin.drill.shop.journal import Journal
from tocsin.drill.shop.pool import Pool, PoolTimeoutError
from tocsin.drill.shop.releases import Release

_PROBES = frozenset({"/health", "/ready", "/metrics", "/version"})
_UNAVAILABLE = (PoolTimeoutError, psycopg.OperationalError, redis.RedisError)
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0)


class Metrics:
    """The shop's metrics in a registry of their own. Probes are not users and are not counted."""

    def __init__(self, pool: Pool, release: Release) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._duration_s = Histogram(
            "http_request_duration_seconds",
            "Time to answer.",
            ("method", "route"),
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        in_use = Gauge("db_pool_in_use", "Sessions lent by the connection pool.", registry=self.registry)
        in_use.set_function(lambda: pool.in_use)
        Gauge("db_pool_size", "Sessions the connection pool may lend.", registry=self.registry).set(pool.size)
        build = Gauge("build_info", "What is running.", ("service", "version", "commit"), registry=self.registry)
        build.labels("shop", release.version, release.commit).set(1)

    def answered(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count one answered request."""
        if route not in _PROBES:
            self._requests.labels(method, route, str(status)).inc()
            self._duration_s.labels(method, route).observe(duration_s)


class Account:
    """ASGI middleware: measures each request, and turns an error into a line in the journal and a 500 or 503."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, journal: Journal) -> None:
        self._app = app
        self._metrics = metrics
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 0, time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:  # noqa: BLE001 (the top of the shop's request loop)
            answer = _answer(error)
            self._journal.error(_route(scope), error, status=answer.status_code)
            if not status:
                await answer(scope, receive, noting)
        self._metrics.answered(scope["method"], _route(scope), status, time.perf_counter() - began)


def _answer(error: Exception) -> JSONResponse:
    if isinstance(error, _UNAVAILABLE):
        return JSONResponse({"detail": "temporarily unavailable"}, status_code=503)
    return JSONResponse({"detail": "internal error"}, status_code=500)


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "unmatched"))
