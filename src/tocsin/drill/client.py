"""The drill speaks to Tocsin as anyone does: over its HTTP API, with a token."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import httpx2

LIMIT_S = 10.0
PAUSE_S = 0.1
# How long a server may be away: one that was killed has to load again, which takes its time on a busy machine.
RETRY_S = 60.0


class DrillError(Exception):
    """The drill could not go on: what was waited for did not happen, or Tocsin refused."""


class Client:
    """One person's API client. A server that is away for a moment (or was killed) is waited for."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._http = httpx2.Client(headers={"Authorization": f"Bearer {token}"}, timeout=LIMIT_S, trust_env=False)

    def get(self, path: str) -> Any:  # noqa: ANN401 (JSON)
        """Return the answer to a question."""
        return self._answer("GET", path, None)

    def text(self, path: str) -> str:
        """Return the answer as text."""
        return self._ask("GET", path, None).text

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 (JSON)
        """Ask for a change, once, however often the connection breaks."""
        return self._answer("POST", path, body or {})

    def delete(self, path: str) -> Any:  # noqa: ANN401 (JSON)
        """Ask for something to be taken away."""
        return self._answer("DELETE", path, None)

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _answer(self, method: str, path: str, body: Mapping[str, object] | None) -> Any:  # noqa: ANN401 (JSON)
        return self._ask(method, path, body).json()

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None) -> httpx2.Response:
        key = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        until = time.monotonic() + RETRY_S
        while True:
            try:
                answer = self._http.request(method, self.url + path, json=body, headers=key)
            except httpx2.TransportError as error:
                if time.monotonic() > until:
                    raise DrillError(f"{method} {path}: {type(error).__name__}: {error}") from error
            else:
                if not _comes_back(answer) or time.monotonic() > until:
                    return _good(answer, f"{method} {path}")
            time.sleep(PAUSE_S)


def _comes_back(answer: httpx2.Response) -> bool:
    """Return whether the same request may be answered in a moment: its first try may still be, or was cut off."""
    busy = answer.status_code == httpx2.codes.CONFLICT and "Retry-After" in answer.headers
    return busy or answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE


def _good(answer: httpx2.Response, what: str) -> httpx2.Response:
    if answer.is_success:
        return answer
    try:
        said = answer.json()
        reason = f"{said.get('detail')} {said.get('mend', '')}".strip()
    except ValueError:
        reason = answer.text[:200]
    raise DrillError(f"{what}: {answer.status_code} {reason}")


def wait_for(what: str, look: Callable[[], Any], *, limit_s: float, pause_s: float = PAUSE_S) -> Any:  # noqa: ANN401 (whatever is looked for)
    """Return the first true answer of `look`.

    Raises:
        DrillError: none came within `limit_s` seconds.
    """
    until = time.monotonic() + limit_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            raise DrillError(f"waited {limit_s:g} s in vain for {what}")
        time.sleep(pause_s)
