"""Messages as signed JSON to any URL: for what has no channel of its own.

The body is `{key, kind, to, subject, text, facts, possible_repeat, sent_at}`. `Idempotency-Key` carries the key, so
that the receiver can drop a repeat. With a secret, `Tocsin-Signature: t=<epoch s>,v1=<hex>` is the HMAC-SHA256 of
`<t>.<body>`; a receiver that also checks the age of `t` is safe from replays.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

import msgspec

from tocsin.adapters.options import read_options, usable_options
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock, Message, PermanentError, TransientError, UnansweredError
from tocsin.net.errors import ForbiddenTargetError, NetError, UntrustedCertificateError
from tocsin.net.http import Answer, Http
from tocsin.net.redaction import origin_of

RETRY_STATUSES = frozenset({408, 425, 429})
SERVER_ERRORS = range(500, 600)
# Somebody in between speaks, who does not know what became of it behind them.
GATEWAYS = frozenset({502, 504})
RECEIPT_HEADERS = ("x-request-id", "x-message-id", "location")


class WebhookOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where and how. An empty `url` means that the message's `to` is the URL (a person's contact method).

    `secret` signs (its value, already resolved); `trusted` allows an address that is not public.
    """

    url: str = ""
    secret: str = ""
    trusted: bool = False
    headers: dict[str, str] = {}


def validate_options(raw: Mapping[str, object]) -> WebhookOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type, or `url` is not http(s).
    """
    options = read_options("webhook", raw, WebhookOptions)
    if options.url and not options.url.startswith(("http://", "https://", "env:", "file:")):
        raise InvalidError(
            f"webhook: {origin_of(options.url)} is not an http or https URL",
            field="url",
            mend="Write the whole URL, such as https://hooks.example.com/incidents.",
        )
    for name, value in options.headers.items():
        if not name.isascii() or not name.isprintable() or " " in name or not value.isprintable():
            raise InvalidError(
                f"webhook: {name!r} cannot be sent as a header",
                field="headers",
                mend="Use printable ASCII on one line.",
            )
    return options


class Webhook:
    """Posts messages to URLs; `clock` stamps and signs."""

    kind = "webhook"

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        """Post `message`; the receipt is the receiver's id for it, else the status.

        Raises:
            TransientError: no answer, or 408, 425, 429, 5xx; UnansweredError where it may have taken the message all the same.
            PermanentError: it refused, or may not be called.
        """
        given = usable_options(validate_options, options)
        url = given.url or message.to
        at = self._clock()
        body = _body(message, at)
        what = f"{message.kind} {message.key} to {origin_of(url)}"
        try:
            answer = self._http.post(
                url, body, limit_s=deadline_s, trusted=given.trusted, headers=_headers(message, given, body, at)
            )
        except ForbiddenTargetError as error:
            hint = "" if given.trusted else " (set `trusted: true` on the channel if this address is meant)"
            raise PermanentError(f"{what}: {error}{hint}") from error
        except UntrustedCertificateError as error:
            raise PermanentError(f"{what}: {error}") from error
        except NetError as error:
            kind = UnansweredError if error.heard else TransientError
            raise kind(f"{what}: {error}") from error
        return _receipt(answer, what)


def _body(message: Message, at: datetime) -> bytes:
    fields = {
        "key": message.key,
        "kind": message.kind,
        "to": message.to,
        "subject": message.subject,
        "text": message.text,
        "facts": message.facts,
        "possible_repeat": message.possible_repeat,
        "sent_at": at,
    }
    try:
        return msgspec.json.encode(fields, enc_hook=str)
    except (TypeError, ValueError, RecursionError) as error:  # half a surrogate pair, a key that is no text
        raise PermanentError(f"{message.kind} {message.key} cannot be written as JSON: {error}") from error


def _headers(message: Message, options: WebhookOptions, body: bytes, at: datetime) -> dict[str, str]:
    headers = {
        **options.headers,
        "Content-Type": "application/json",
        "Idempotency-Key": quote(message.key, safe="!#$&'()*+,/:;=?@[]~", errors="replace"),
    }
    if options.secret:
        headers["Tocsin-Signature"] = sign(options.secret, body, at)
    return headers


def sign(secret: str, body: bytes, at: datetime) -> str:
    """Return the value of `Tocsin-Signature` for `body` sent `at`."""
    stamp = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def _receipt(answer: Answer, what: str) -> str:
    if answer.ok:
        found = next((answer.headers[name] for name in RECEIPT_HEADERS if name in answer.headers), "")
        return found[:200] or f"HTTP {answer.status}"
    told = f"{what}: answered {answer.status} {answer.text()}".rstrip()
    if answer.status in GATEWAYS:
        raise UnansweredError(told)
    if answer.status in RETRY_STATUSES or answer.status in SERVER_ERRORS:
        raise TransientError(told)
    raise PermanentError(told)
