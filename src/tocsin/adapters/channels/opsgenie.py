"""Back to Opsgenie: the alert that an alias names there is acknowledged or closed. Told twice, it is told once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import msgspec

from tocsin.adapters.channels.way_back import ACKNOWLEDGE, RESOLVE, UNACKNOWLEDGE, called, validate_options
from tocsin.adapters.options import usable_options
from tocsin.flows.ports import Message
from tocsin.net.http import Http

VERBS: Final = {ACKNOWLEDGE: "acknowledge", UNACKNOWLEDGE: "unacknowledge", RESOLVE: "close"}


class AlertAPI:
    """Opsgenie's alert API as its client; `kind` is that of the integrations it serves."""

    kind = "opsgenie"

    def __init__(self, http: Http) -> None:
        self._http = http

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        """Send one request about the alert `message.to` and return the id it is given.

        Raises:
            TransientError: it did not answer, or said to try again.
            PermanentError: it refused.
        """
        given = usable_options(validate_options, options)
        alias = quote(message.to, safe="")
        url = given.at(f"v2/alerts/{alias}/{VERBS[message.kind]}?identifierType=alias")
        body = msgspec.json.encode({"source": "Tocsin", "user": "Tocsin", "note": message.text})
        headers = {"Content-Type": "application/json", "Authorization": f"GenieKey {given.key}"}
        answer = called(
            f"{VERBS[message.kind]} of {message.to}",
            given,
            lambda: self._http.post(url, body, limit_s=deadline_s, trusted=True, headers=headers),
        )
        return f"request {_request_id(answer.body)}".strip()


class _Taken(msgspec.Struct, rename="camel"):
    request_id: str = ""


def _request_id(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Taken).request_id[:100]
    except (msgspec.MsgspecError, UnicodeError):
        return ""
