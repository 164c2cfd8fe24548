"""CloudWatch alarms over Amazon SNS, believed only by their signature and from the topics that the options name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from tocsin.adapters.options import read_options
from tocsin.adapters.sources.post import decode, moment, options_of, shaped
from tocsin.adapters.sources.signature import require_recent
from tocsin.adapters.sources.sns.message import SNSMessage, require_sns_url
from tocsin.adapters.sources.sns.notification import alert_of
from tocsin.adapters.sources.sns.verification import Certificates, Web, verify
from tocsin.flows.ports import InboundPost, Parsed, RejectedError, UnverifiedError
from tocsin.net.errors import NetError

SENDER = "a message of Amazon SNS"
LIMIT_S = 5.0
OLDEST = timedelta(minutes=65)  # SNS gives up after an hour; the rest is for clocks


class SNSOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`topics` are the ARNs that are believed: anybody with an account can sign a message of a topic of their own."""

    topics: tuple[str, ...]


def validate_options(raw: Mapping[str, object]) -> SNSOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown, missing or has the wrong type.
    """
    return read_options("sns", raw, SNSOptions)


class SNS:
    """Reads what SNS posts to an HTTPS subscription; `web` fetches certificates and confirms subscriptions."""

    kind = "sns"

    def __init__(self, web: Web) -> None:
        self._web = web
        self._certificates = Certificates(web)

    def parse(self, post: InboundPost) -> Parsed:
        """Return the alert of one message; a verified request to confirm a subscription is confirmed.

        Raises:
            UnverifiedError: the topic is none of ours, the signature does not fit, or the message is too old.
            RejectedError: the message cannot be read, or the subscription could not be confirmed.
        """
        options = options_of(post, validate_options)
        if post.envelope.headers.get("x-amz-sns-rawdelivery", "").lower() == "true":
            raise UnverifiedError("raw messages carry no signature: turn off raw message delivery of the subscription")
        message = shaped(decode(post.body, SENDER), SNSMessage, SENDER)
        if message.topic not in options.topics:
            raise UnverifiedError(f"topic {message.topic[:200]!r} is not in the integration's `topics`")
        verify(message, self._certificates, post.received_at)
        require_recent(moment(message.timestamp, "$.Timestamp"), post, within=OLDEST, where="$.Timestamp")
        match message.type:
            case "Notification":
                return Parsed(alerts=(alert_of(message),))
            case "SubscriptionConfirmation":
                self._confirm(message)
                return Parsed(reply={"confirmed": message.topic})
            case _:
                return Parsed(reply={"ignored": message.type})

    def _confirm(self, message: SNSMessage) -> None:
        require_sns_url(message.subscribe_url, "SubscribeURL")
        try:
            answer = self._web.get(message.subscribe_url, limit_s=LIMIT_S)
        except NetError as error:
            raise RejectedError(f"the subscription could not be confirmed: {error}. SNS asks again.") from error
        if not answer.ok:
            raise RejectedError(f"SNS answered {answer.status} to the confirmation of {message.topic}: request another")
