"""The envelope that SNS puts around a message, and what of it is signed."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

import msgspec

from tocsin.flows.ports import UnverifiedError

_ENDING = ".amazonaws.com"
_CHINA = ("cn-", ".amazonaws.com.cn")
_REGION_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


class SNSMessage(msgspec.Struct, rename="pascal"):
    """A message as SNS posts it."""

    type: Literal["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]
    message_id: str
    topic: str = msgspec.field(name="TopicArn")
    message: str
    timestamp: str
    signature_version: str
    signature: str
    certificate_url: str = msgspec.field(name="SigningCertURL")
    subject: str | None = None
    token: str = ""
    subscribe_url: str = msgspec.field(default="", name="SubscribeURL")

    @property
    def signed(self) -> bytes:
        """The text that SNS signs: names and values of these fields, by name, one a line."""
        named = {
            "Message": self.message,
            "MessageId": self.message_id,
            "Timestamp": self.timestamp,
            "TopicArn": self.topic,
            "Type": self.type,
        }
        if self.type == "Notification":
            named |= {"Subject": self.subject} if self.subject is not None else {}
        else:
            named |= {"SubscribeURL": self.subscribe_url, "Token": self.token}
        return "".join(f"{name}\n{value}\n" for name, value in sorted(named.items())).encode("utf-8", "surrogatepass")


def require_sns_url(url: str, field: str) -> None:
    """Let an address pass that is SNS's own: https, `sns.REGION.amazonaws.com` (in China `….com.cn`), no port and no user.

    Raises:
        UnverifiedError: it leads elsewhere; nothing was called.
    """
    refusal = f"{field} is not an https address of sns.REGION.amazonaws.com: nothing was fetched from it"
    try:
        parts = urlsplit(url)
        host = parts.netloc
    except ValueError as error:
        raise UnverifiedError(refusal) from error
    first, ending = _CHINA if host.endswith(_CHINA[1]) else ("", _ENDING)
    region = host.removeprefix("sns.").removesuffix(ending)
    named = host == f"sns.{region}{ending}" and region.startswith(first) and bool(region)
    named = named and set(region) <= _REGION_SIGNS
    if parts.scheme != "https" or not named or not url.isascii() or not url.isprintable() or "\\" in url:
        raise UnverifiedError(refusal)
