"""Calls by Twilio's API: what is wrong is read out, and a key answers.

What the provider lists cannot tell one call to a number from another; it says which calls there were, for whoever can.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tocsin.adapters.channels import twilio
from tocsin.adapters.channels.http_api import plain
from tocsin.adapters.channels.twilio import TwilioOptions
from tocsin.adapters.options import usable_options
from tocsin.flows.ports import Message, PermanentError, TransientError
from tocsin.net.http import Http

LONGEST: Final = 400
RING_S: Final = "40"
# Calls that reached nobody, or are known not to.
LOST: Final = twilio.LOST | {"busy", "no-answer"}
KEYS: Final = "Press 1 to acknowledge. Press 2 to pass it on."
JOIN: Final = "Press 1 if you are coming."


def validate_options(raw: Mapping[str, object]) -> TwilioOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is missing, unknown or of the wrong type.
    """
    return twilio.validate_options("voice", raw)


class Voice:
    """Makes calls."""

    kind = "voice"

    def __init__(self, http: Http) -> None:
        self._http = http

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        """Call, and read `message` out; the receipt is the provider's id for the call.

        Raises:
            TransientError: no answer, or one that says to try again.
            PermanentError: it refused, or the address is no telephone number.
        """
        given = usable_options(validate_options, options)
        fields = {
            "To": twilio.number_of(message.to),
            "From": given.sender,
            "Twiml": spoken(message, given.language),
            "Timeout": RING_S,
        }
        if message.callback.startswith("https://"):
            fields["StatusCallback"] = f"{message.callback}/status"
        return twilio.post(self._http, given, "Calls", fields, limit_s=deadline_s)

    def taken(
        self, message: Message, options: Mapping[str, object], deadline_s: float, *, since: datetime
    ) -> tuple[str, ...]:
        """Return the ids of our calls to this number since then, newest first; none when nobody tells."""
        given = usable_options(validate_options, options)
        query = {"To": twilio.number_of(message.to), "From": given.sender, "PageSize": "100"}
        try:
            found = twilio.listed(self._http, given, "Calls", query, limit_s=deadline_s)
        except (TransientError, PermanentError):
            return ()
        return tuple(
            str(one["sid"])
            for one in found.get("calls") or ()
            if one.get("sid")
            and one.get("status") not in LOST
            and twilio.moment(str(one.get("date_created") or "")) >= since - twilio.SKEW
        )


def spoken(message: Message, language: str) -> str:
    """Return what is said and asked, in TwiML; keys are asked for where their answer can reach us."""
    ref = " ".join(str(message.facts.get("ref") or "").replace("-", " "))
    words = message.text if not ref or message.kind != "page" else f"{message.subject}. Incident {ref}."
    again = "You may have been called for this before. " if message.possible_repeat else ""
    said = f"Tocsin calling. {again}{' '.join(plain(words).split())[:LONGEST]}"
    code = message.facts.get("code")
    if not code or not message.callback.startswith("https://"):
        return f'<Response>{_say(said, language)}<Pause length="1"/>{_say(said, language)}</Response>'
    asked = _say(f"{said} {JOIN if message.facts.get('request') else KEYS}", language)
    action = quoteattr(f"{message.callback}/keys")
    return (
        f'<Response><Gather input="dtmf" numDigits="1" timeout="8" method="POST" action={action}>'
        f'{asked}<Pause length="2"/>{asked}</Gather></Response>'
    )


def _say(text: str, language: str) -> str:
    return f"<Say language={quoteattr(language)}>{escape(text)}</Say>"
