"""One bare route for every sender that posts; the integration's kind chooses the source that reads it."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tocsin.doors.http.problems import problem
from tocsin.flows.access import DeniedError
from tocsin.flows.policies import NotConfiguredError
from tocsin.flows.ports import Envelope, RejectedError, UnverifiedError
from tocsin.flows.receive import receive
from tocsin.flows.storage import ConflictError, StoreUnavailableError
from tocsin.wiring import App

LARGEST = 4 * 1024 * 1024


def ingest_route() -> Route:
    """Return the route; it finds what wiring built where the API keeps it."""

    async def post(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                return problem(413, "Too large", f"a post may be {LARGEST} bytes long", mend="Send smaller batches.")
        app: App = request.app.state.wired
        return await run_in_threadpool(_answer, app, request, bytes(body))

    return Route("/v1/in/{integration}{rest:path}", post, methods=["POST"])


def _key(request: Request) -> str:
    """Return the key from `Authorization` (Bearer, or Opsgenie's GenieKey), `X-Tocsin-Key`, or `?key=` where nothing else goes."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() in {"bearer", "geniekey"}:
        return secret
    return request.headers.get("x-tocsin-key", "") or request.query_params.get("key", "")


def _envelope(request: Request) -> Envelope:
    return Envelope(
        method=request.method,
        headers=dict(request.headers),
        path=request.path_params["rest"].removeprefix("/"),
        query={name: value for name, value in request.query_params.items() if name != "key"},
    )


def _answer(app: App, request: Request, body: bytes) -> Response:
    try:
        result = receive(app.engine, request.path_params["integration"], _key(request), body, _envelope(request))
    except DeniedError as error:
        return problem(401, "Not allowed", str(error), mend="Use a key of `integrations` in tocsin.yaml.")
    except UnverifiedError as error:
        return problem(401, "Not verified", str(error), mend="Compare the secret at the sender with the integration's.")
    except RejectedError as error:
        return problem(400, "Rejected", str(error), mend="Compare the post with docs/reference/ingest.md.")
    except (StoreUnavailableError, ConflictError, NotConfiguredError) as error:
        # Senders such as Alertmanager try again after a 503; anything else would lose the alert.
        return problem(503, "Unavailable", str(error), mend="Try again.")
    answer: dict[str, object] = {
        "fired": result.fired,
        "resolved": result.resolved,
        "refreshed": len(result.refreshed),
        "incidents": result.incidents,
    }
    answer |= {name: told for name in ("acknowledged", "changes") if (told := getattr(result, name))}
    if result.reply is not None:
        answer = dict(result.reply)
    if result.rejected:
        answer["rejected"] = [{"where": one.where, "reason": one.reason} for one in result.rejected]
    return JSONResponse(answer, status_code=202)
