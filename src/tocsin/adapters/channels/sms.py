"""Short messages by Twilio's API: few words, a code to reply with, and a link that acknowledges.

What a page may have sent before a crash is looked up by its receiver and its words, which hold the page's own code.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from tocsin.adapters.channels import twilio
from tocsin.adapters.channels.http_api import plain
from tocsin.adapters.channels.twilio import TwilioOptions
from tocsin.adapters.options import usable_options
from tocsin.flows.ports import Message, PermanentError, TransientError
from tocsin.net.http import Http

LONGEST: Final = 1_500
AGAIN: Final = "(again) "


def validate_options(raw: Mapping[str, object]) -> TwilioOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is missing, unknown or of the wrong type.
    """
    return twilio.validate_options("sms", raw)


class SMS:
    """Sends short messages."""

    kind = "sms"

    def __init__(self, http: Http) -> None:
        self._http = http

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        """Send `message`; the receipt is the provider's id for it.

        Raises:
            TransientError: no answer, or one that says to try again.
            PermanentError: it refused, or the address is no telephone number.
        """
        given = usable_options(validate_options, options)
        words = text_of(message)
        sender = "MessagingServiceSid" if given.sender.startswith("MG") else "From"
        fields = {
            "To": twilio.number_of(message.to),
            sender: given.sender,
            "Body": AGAIN + words if message.possible_repeat else words,
        }
        if message.callback.startswith("https://"):  # Twilio refuses a message whose callback it cannot reach
            fields["StatusCallback"] = f"{message.callback}/status"
        return twilio.post(self._http, given, "Messages", fields, limit_s=deadline_s)

    def find(self, message: Message, options: Mapping[str, object], deadline_s: float, *, since: datetime) -> str:
        """Return the id of this very message if it was sent since then; '' when it was not, or nobody tells."""
        given = usable_options(validate_options, options)
        query = {"To": twilio.number_of(message.to), "PageSize": "100", "DateSent>": f"{since - twilio.SKEW:%Y-%m-%d}"}
        try:
            found = twilio.listed(self._http, given, "Messages", query, limit_s=deadline_s)
        except (TransientError, PermanentError):
            return ""
        words = text_of(message)
        for one in found.get("messages") or ():
            same = str(one.get("body", "")).removeprefix(AGAIN) == words and one.get("status") not in twilio.LOST
            if same and twilio.moment(str(one.get("date_created") or "")) >= since - twilio.SKEW:
                return str(one.get("sid", ""))
        return ""


def text_of(message: Message) -> str:
    """Return the words of a short message: a page's are few, everything else is cut where it must be."""
    code, link = str(message.facts.get("code") or ""), str(message.facts.get("ack_url") or "")
    if message.kind != "page" or not code:
        return plain(f"{message.subject}\n{message.text}").strip()[:LONGEST]
    ref = str(message.facts.get("ref") or "")
    head = message.subject if ref in message.subject else f"{message.subject} {ref}"
    return "\n".join((plain(head)[:300], f"Reply: ack {code}", link))
