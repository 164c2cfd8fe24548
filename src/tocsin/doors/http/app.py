"""The one web application: the API here, the ingest door and the pages beside it."""

from __future__ import annotations

from typing import TypeVar

from fastapi import FastAPI
from starlette.types import Lifespan

from tocsin import __version__
from tocsin.doors.http import (
    admin,
    alerting,
    changes,
    contacts,
    credentials,
    escalation,
    explaining,
    feeds,
    fixing,
    incidents,
    learning,
    metrics,
    problems,
    responders,
    runbooks,
    schedules,
)
from tocsin.doors.http.callers import Wired
from tocsin.doors.http.document import Elsewhere, describe, operation_id
from tocsin.doors.http.limits import Limits
from tocsin.doors.throttle import Throttle
from tocsin.wiring import App

Api = TypeVar("Api", bound=FastAPI)


def create_api(
    app: App,
    kind: type[Api],
    *,
    lifespan: Lifespan[FastAPI] | None = None,
    throttle: Throttle | None = None,
    elsewhere: Elsewhere | None = None,
) -> Api:
    """Return the HTTP API over what wiring built, as an application of a `kind`.

    `throttle` counts wrong passwords together with other doors; what is answered `elsewhere` is described here too.
    """
    api = kind(
        title="Tocsin",
        version=__version__,
        description="Incident response, from a production alert to an all-clear and a finished post-mortem.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
    )
    describe(api, elsewhere or Elsewhere())
    api.state.wired = app
    api.state.throttle = throttle or Throttle()
    problems.install(api)
    api.add_middleware(Limits)
    for router in (
        incidents.router,
        escalation.router,
        responders.router,
        fixing.router,
        runbooks.router,
        learning.router,
        alerting.router,
        explaining.router,
        changes.router,
        contacts.router,
        schedules.router,
        feeds.router,
        admin.router,
        admin.secrets,
        credentials.router,
        metrics.router,
    ):
        api.include_router(router)

    @api.get("/health", tags=["operations"])
    def alive() -> dict[str, str]:
        """Say that the process answers; needs no token."""
        return {"status": "ok"}

    @api.get("/ready", tags=["operations"])
    def ready(here: Wired) -> dict[str, str]:
        """Say that the database answers; needs no token."""
        with here.engine.store.reading() as tx:
            tx.catalogue()
        return {"status": "ok"}

    return api
