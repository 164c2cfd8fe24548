"""Push messages through ntfy (ntfy.sh or a server of one's own), with a button that acknowledges.

A contact's address is a topic of the configured server, or a topic's whole address. What a page may have sent before a
crash is looked up in the topic, where ntfy keeps messages for some hours.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from tocsin.adapters.channels.http_api import answered, plain
from tocsin.adapters.options import read_options, usable_options
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Message, PermanentError, TransientError
from tocsin.net.http import Http
from tocsin.net.redaction import origin_of

# What ntfy calls max, which breaks through "do not disturb", and its default.
URGENT, USUAL = 5, 3
LONGEST: Final = 3_800  # ntfy makes a file of what is longer than 4096 bytes
_JSON: Final = {"Content-Type": "application/json"}


class NtfyOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The server, and who we are to it: a `token`, or `username` and `password` (their values, already resolved).

    `trusted` allows an address that is not public.
    """

    url: str = "https://ntfy.sh"
    token: str = ""
    username: str = ""
    password: str = ""
    trusted: bool = False


class Ntfied(msgspec.Struct, frozen=True):
    """A message as ntfy tells it."""

    id: str = ""
    event: str = "message"
    message: str = ""
    title: str = ""


def validate_options(raw: Mapping[str, object]) -> NtfyOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, or `url` is not http(s).
    """
    options = read_options("ntfy", raw, NtfyOptions)
    if not options.url.startswith(("http://", "https://", "env:", "file:")):
        mend = "Write the server's address, such as https://ntfy.sh."
        raise InvalidError(f"ntfy: {options.url[:40]!r} is not an http or https URL", field="url", mend=mend)
    return options


class Ntfy:
    """Publishes to topics."""

    kind = "ntfy"

    def __init__(self, http: Http) -> None:
        self._http = http

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        """Publish `message`; the receipt is ntfy's id for it.

        Raises:
            TransientError: no answer, or one that says to try again.
            PermanentError: it refused, or the address is no topic.
        """
        given = usable_options(validate_options, options)
        server, topic = _where(message.to, given)
        body = msgspec.json.encode(_published(message, topic))
        headers = {**_JSON, **_credentials(given)}
        what = f"{message.kind} {message.key} to a topic of {origin_of(server)}"
        answer = answered(
            what, lambda: self._http.post(server, body, limit_s=deadline_s, trusted=given.trusted, headers=headers)
        )
        try:
            return msgspec.json.decode(answer.body, type=Ntfied).id
        except msgspec.DecodeError:
            return f"HTTP {answer.status}"

    def find(self, message: Message, options: Mapping[str, object], deadline_s: float, *, since: datetime) -> str:
        """Return the id of this very message if the topic has it since then; '' when it has not, or does not tell."""
        given = usable_options(validate_options, options)
        server, topic = _where(message.to, given)
        url = f"{server}/{topic}/json?poll=1&since={int(since.timestamp())}"
        try:
            answer = answered(
                "a look at the topic",
                lambda: self._http.get(url, limit_s=deadline_s, trusted=given.trusted, headers=_credentials(given)),
            )
        except (TransientError, PermanentError):
            return ""
        wanted = _text(message)
        return next((one.id for one in _lines(answer.body) if one.message.strip() == wanted), "")


def _published(message: Message, topic: str) -> dict[str, Any]:
    title = plain(message.subject)
    urgent = message.kind == "page" and message.facts.get("urgency") != "low"
    told: dict[str, Any] = {
        "topic": topic,
        "title": f"{title} (possible repeat)" if message.possible_repeat else title,
        "message": _text(message),
        "priority": URGENT if urgent else USUAL,
        "tags": ["rotating_light"] if urgent else [],
    }
    if url := str(message.facts.get("url") or message.facts.get("ack_url") or ""):
        told["click"] = url
    if link := str(message.facts.get("ack_url") or ""):
        told["actions"] = [
            {
                "action": "http",
                "label": "I am coming" if message.facts.get("request") else "Acknowledge",
                "url": link,
                "method": "POST",
                "clear": True,
            },
            {"action": "view", "label": "Look", "url": link},
        ]
    return told


def _text(message: Message) -> str:
    return plain(message.text).strip().encode()[:LONGEST].decode("utf-8", "ignore").strip()


def _where(to: str, options: NtfyOptions) -> tuple[str, str]:
    """Return the server and the topic that an address means."""
    server, topic = options.url.rstrip("/"), to.strip("/")
    if "://" in to:
        server, _, topic = to.rstrip("/").rpartition("/")
    usable = topic.isascii() and topic.replace("-", "").replace("_", "").isalnum()
    if not usable or not server.startswith(("http://", "https://")):
        raise PermanentError("ntfy: the address is no topic; write its name, or https://SERVER/TOPIC")
    return server, topic


def _credentials(options: NtfyOptions) -> dict[str, str]:
    if options.token:
        return {"Authorization": f"Bearer {options.token}"}
    if options.username:
        pair = f"{options.username}:{options.password}".encode()
        return {"Authorization": f"Basic {b64encode(pair).decode()}"}
    return {}


def _lines(body: bytes) -> list[Ntfied]:
    found = []
    for line in body.splitlines():
        try:
            found.append(msgspec.json.decode(line, type=Ntfied))
        except msgspec.DecodeError:
            continue
    return [one for one in found if one.event == "message"]
