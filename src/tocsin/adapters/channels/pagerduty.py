"""Back to PagerDuty: the incident that a dedup key names there is acknowledged or resolved. Told twice, it is told once."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.adapters.channels.way_back import UNACKNOWLEDGE, called, validate_options
from tocsin.adapters.options import usable_options
from tocsin.flows.ports import Message
from tocsin.net.http import Http


class EventsAPI:
    """PagerDuty's Events API v2 as its client; `kind` is that of the integrations it serves."""

    kind = "pagerduty"

    def __init__(self, http: Http) -> None:
        self._http = http

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        """Send one event about the alert `message.to` and return its dedup key.

        Raises:
            TransientError: it did not answer, or said to try again.
            PermanentError: it refused.
        """
        if message.kind == UNACKNOWLEDGE:
            return "PagerDuty's Events API cannot take an acknowledgement back"
        given = usable_options(validate_options, options)
        event = {"routing_key": given.key, "event_action": message.kind, "dedup_key": message.to, "client": "Tocsin"}
        body = msgspec.json.encode(event)
        headers = {"Content-Type": "application/json"}
        url = given.at("v2/enqueue")
        called(
            f"{message.kind} of {message.to}",
            given,
            lambda: self._http.post(url, body, limit_s=deadline_s, trusted=True, headers=headers),
        )
        return f"dedup_key {message.to}"
