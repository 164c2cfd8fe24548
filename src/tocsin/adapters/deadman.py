"""The dead man's switch is an address that is asked; that it answers well is all that counts."""

from __future__ import annotations

from typing import Final

from tocsin.flows.ports import PermanentError, TransientError
from tocsin.net.errors import NetError
from tocsin.net.http import Http
from tocsin.net.redaction import origin_of

LIMIT_S: Final = 10.0


class Switch:
    """Asks it; the operator chose the address, so that it may be one inside."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def ask(self, url: str) -> None:
        """Let the address hear of us; its path is a secret and is told to nobody.

        Raises:
            TransientError: it did not answer.
            PermanentError: it answered with anything but 2xx.
        """
        where = origin_of(url)
        try:
            answer = self._http.get(url, limit_s=LIMIT_S, trusted=True)
        except NetError as error:
            raise TransientError(f"{where} did not hear of us: {error}") from error
        if not answer.ok:
            raise PermanentError(f"{where} answered {answer.status}")
