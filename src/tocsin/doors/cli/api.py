"""The HTTP API as commands see it: values in, values out, and one error with the exit code that fits."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

import httpx2

from tocsin import __version__
from tocsin.doors.cli.context import Connection, connect
from tocsin.doors.cli.exits import CommandError, ExitCode
from tocsin.doors.cli.session import Session
from tocsin.settings import is_loopback

# What the server answers is read as it comes, so that an older command line still shows a newer server's incidents.
Json = dict[str, Any]
TIMEOUT = httpx2.Timeout(60.0, connect=5.0)
PROBLEM = "application/problem+json"
NEXT_CURSOR = "Tocsin-Next-Cursor"
EXITS: Mapping[int, ExitCode] = {
    400: ExitCode.USAGE,
    401: ExitCode.AUTH,
    403: ExitCode.AUTH,
    404: ExitCode.NOT_FOUND,
    409: ExitCode.CONFLICT,
    410: ExitCode.NOT_FOUND,
    412: ExitCode.CONFLICT,
    422: ExitCode.USAGE,
    429: ExitCode.UNAVAILABLE,
    503: ExitCode.UNAVAILABLE,
    504: ExitCode.UNAVAILABLE,
}
# A first try that was cut off holds its key for 30 s at most.
STILL_ANSWERED_S = 40.0
SHORTEST_PAUSE_S = 0.1
_BROKEN = (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)


class Api:
    """One server, spoken to as one person."""

    def __init__(
        self, connection: Connection, *, agent: str = "", transport: httpx2.BaseTransport | None = None
    ) -> None:
        headers = {"Authorization": f"Bearer {connection.token}", "User-Agent": f"tocsin/{__version__}"}
        if agent:
            headers["Tocsin-Agent"] = agent
        self._url = connection.url
        self._client = httpx2.Client(
            base_url=connection.url,
            headers=headers,
            timeout=TIMEOUT,
            transport=transport,
            # A proxy has no business between a person and their own machine.
            trust_env=not is_loopback(urlsplit(connection.url).hostname or ""),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, *path: str, **query: object) -> Any:  # noqa: ANN401 (whatever JSON the route answers)
        """Return what a route answers; parts of `path` are quoted."""
        asked = {name: value for name, value in query.items() if value not in (None, "", [], ())}
        return self._read(self._send("GET", _path(path), params=asked))

    def listed(self, *path: str, **query: object) -> Json:
        """Return a bare list as `items`, with the `next_cursor` that its header names."""
        asked = {name: value for name, value in query.items() if value not in (None, "", [], ())}
        response = self._send("GET", _path(path), params=asked)
        return {"items": self._read(response), "next_cursor": response.headers.get(NEXT_CURSOR, "")}

    def delete(self, *path: str) -> Json:
        """Take something away and return what it was."""
        gone: Json = self._read(self._send("DELETE", _path(path)))
        return gone

    def text(self, *path: str, **query: str) -> str:
        """Return what a route answers in plain text."""
        asked = {name: value for name, value in query.items() if value}
        return self._checked(self._send("GET", _path(path), params=asked)).text

    def post(self, *path: str, body: Mapping[str, object] | None = None) -> Json:
        """Ask for a change, once: the same key goes with a second try, so that nothing happens twice."""
        answer: Json = self._read(
            self._send("POST", _path(path), json=dict(body or {}), headers={"Idempotency-Key": uuid.uuid4().hex})
        )
        return answer

    def _send(self, method: str, path: str, **more: Any) -> httpx2.Response:  # noqa: ANN401 (httpx2's keywords)
        try:
            try:
                return self._client.request(method, path, **more)
            except _BROKEN:
                return self._again(method, path, **more)
        except httpx2.TimeoutException as error:
            raise CommandError(
                f"{self._url} did not answer in time",
                ExitCode.UNAVAILABLE,
                mend="Look with `tocsin doctor`; try again.",
            ) from error
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise CommandError(
                f"cannot reach {self._url}: {error}",
                ExitCode.UNAVAILABLE,
                mend="Is it running? `tocsin up` starts it; TOCSIN_URL or --url names another.",
            ) from error

    def _again(self, method: str, path: str, **more: Any) -> httpx2.Response:  # noqa: ANN401 (httpx2's keywords)
        """Send what was cut off once more; while its first try is still being answered, wait as long as we are told to."""
        until = time.monotonic() + STILL_ANSWERED_S
        while True:
            response = self._client.request(method, path, **more)
            pause = response.headers.get("Retry-After", "")
            if response.status_code != httpx2.codes.CONFLICT or not pause.isdecimal() or time.monotonic() > until:
                return response
            time.sleep(min(max(float(pause), SHORTEST_PAUSE_S), STILL_ANSWERED_S))

    def _read(self, response: httpx2.Response) -> Any:  # noqa: ANN401 (whatever JSON the route answers)
        try:
            return self._checked(response).json()
        except ValueError as error:
            raise CommandError(
                f"{self._url} answered something that is not Tocsin's",
                where=str(response.url),
                mend="Check --url or TOCSIN_URL.",
            ) from error

    def _checked(self, response: httpx2.Response) -> httpx2.Response:
        if response.is_success:
            return response
        raise refusal(response)


def refusal(response: httpx2.Response) -> CommandError:
    """Return the error for an answer that is not a success."""
    status = response.status_code
    told = _problem(response)
    code = EXITS.get(status, ExitCode.ERROR)
    if told is None:
        # No problem document: something in between answered, not Tocsin.
        gone = status in {502, 503, 504}
        return CommandError(
            f"the server answered {status}",
            ExitCode.UNAVAILABLE if gone else code,
            where=str(response.url),
            mend="Try again." if gone else "Check --url or TOCSIN_URL.",
        )
    fields = [f"{e.get('field', '')}: {e.get('message', '')}".lstrip(": ") for e in told.get("errors", [])]
    detail = "; ".join(fields) or str(told.get("detail") or told.get("title") or f"the server answered {status}")
    return CommandError(detail, code, where=str(told.get("field", "")), mend=str(told.get("mend", "")))


def _problem(response: httpx2.Response) -> Json | None:
    if not response.headers.get("content-type", "").startswith(PROBLEM):
        return None
    try:
        told = response.json()
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _path(parts: tuple[str, ...]) -> str:
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


@contextmanager
def server(session: Session) -> Iterator[Api]:
    """Speak to the server that flags, the environment or the local context name."""
    with Api(connect(session), agent=session.environment.get("TOCSIN_AGENT", "")) as api:
        yield api
