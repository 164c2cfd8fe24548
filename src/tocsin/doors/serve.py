"""The web server process: API, ingest and pages in one uvicorn, mail beside them, with its own sign of life."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.routing import Match, Mount
from starlette.types import Lifespan, Receive, Scope, Send

from tocsin.doors.garbage import collect_rarely
from tocsin.doors.http.app import create_api
from tocsin.doors.http.document import Elsewhere
from tocsin.doors.ingest.document import PATHS, SECURITY
from tocsin.doors.ingest.route import Ingest
from tocsin.doors.ingest.straight import speaking
from tocsin.doors.smtp import listening
from tocsin.doors.telephone import router as telephone
from tocsin.doors.throttle import Throttle
from tocsin.doors.web.app import create_pages
from tocsin.flows import ingest
from tocsin.flows.storage import Heartbeat, StoreUnavailableError
from tocsin.flows.transact import transact
from tocsin.wiring import App

LOG = structlog.get_logger()
BEAT_S = 5.0


def create_server(app: App) -> Application:
    """Return the whole web application: the API, the door for alerts, and the pages for everything else."""
    throttle = Throttle()
    api = create_api(
        app,
        Application,
        lifespan=_living(app),
        throttle=throttle,
        elsewhere=Elsewhere(paths=PATHS, security=SECURITY),
    )
    api.include_router(telephone)
    api.router.routes.append(_Elsewhere("/", app=create_pages(app, throttle=throttle)))
    return api


class Application(FastAPI):
    """The API and the pages. A sender's post passes nothing of either: in a storm that would be most of the work."""

    @cached_property
    def ingest(self) -> Ingest:
        """The door for alerts."""
        return Ingest(self.state)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let whoever is asked answer."""
        if self.ingest.takes(scope):
            await self.ingest(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class _Elsewhere(Mount):
    """The pages, for every path that is not the API's: what is unknown or forbidden there is answered as JSON there."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Leave `/v1/` alone."""
        if str(scope.get("path", "")).startswith("/v1/"):
            return Match.NONE, {}
        return super().matches(scope)


def serve(application: FastAPI, app: App, listener: socket.socket, *, on_ready: Callable[[], None]) -> None:
    """Serve until told to stop, at a socket that listens already: whoever comes at once waits in its queue and is not refused."""
    with listener:
        config = uvicorn.Config(
            application,
            log_level="warning",
            access_log=False,
            proxy_headers=bool(app.settings.trusted_proxies),
            forwarded_allow_ips=",".join(app.settings.trusted_proxies) or None,
            server_header=False,
            http=speaking(application.ingest) if isinstance(application, Application) else "auto",
            timeout_graceful_shutdown=3,
        )
        on_ready()
        collect_rarely()
        uvicorn.Server(config).run(sockets=[listener])


def _living(app: App) -> Lifespan[FastAPI]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        stopping = threading.Event()
        keeper = threading.Thread(target=_beat, args=(app, stopping), name="beat", daemon=True)
        keeper.start()
        try:
            async with listening(app):
                yield
        finally:
            stopping.set()

    return lifespan


def _beat(app: App, stopping: threading.Event) -> None:
    """Record a sign of life now and then; a database that is away is not this thread's business."""
    name = f"serve-{socket.gethostname()}-{os.getpid()}"
    begun = False
    while True:
        try:
            if not begun:
                transact(app.engine, ingest.door_opens)
                begun = True
            with app.engine.store.reading() as tx:
                now = tx.now()
            app.engine.store.beat(Heartbeat(process=name, role="serve", at=now))
        except StoreUnavailableError as error:
            LOG.warning("serve.beat", reason=str(error))
        except Exception:
            LOG.exception("serve.beat")
        if stopping.wait(BEAT_S):
            return
