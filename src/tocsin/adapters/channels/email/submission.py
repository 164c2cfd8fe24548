"""Messages by e-mail over SMTP, with STARTTLS or TLS.

The Message-ID follows from the idempotency key, so that a repeat carries the same id and mail systems can drop it.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from typing import Literal

import msgspec

from tocsin.adapters.channels.email.session import SMTPSession, Submission
from tocsin.adapters.options import read_options, usable_options
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import Clock, Message, PermanentError
from tocsin.net.redaction import redact

REPLIES = "reply"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


REPLY = "\n\nOr reply to this mail: `ack` to take it, `escalate` to pass it on.\n"


class EmailOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mail server and who we are to it. `password` is its value, already resolved from `env:` or `file:`.

    `authorities` is a file of CA certificates to trust instead of the system's. `reply_to` is `reply@` and the domain
    whose mail comes to Tocsin, so that pages can be answered by a reply.
    """

    host: str
    sender: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""
    authorities: str = ""
    reply_to: str = ""


def validate_options(raw: Mapping[str, object]) -> EmailOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is missing, unknown, of the wrong type, or would send a password in the clear.
    """
    options = read_options("email", raw, EmailOptions)
    _address(options.sender, field="sender")
    if options.reply_to and _address(options.reply_to, field="reply_to").username != REPLIES:
        mend = "Write reply@ and a domain whose mail comes to TOCSIN_SMTP_PORT."
        raise InvalidError("email: replies are taken at reply@ only", field="reply_to", mend=mend)
    if not options.host or not options.host.isprintable() or " " in options.host:
        raise InvalidError(
            "email: host is not a host name", field="host", mend="Write a name, such as mail.example.com."
        )
    if not 0 < options.port <= 65535:  # noqa: PLR2004 (ports end there)
        raise InvalidError(
            "email: port is not a port", field="port", mend="Use 587 (starttls), 465 (tls) or 25 (none)."
        )
    if options.username and options.security == "none" and options.host not in LOOPBACK:
        raise InvalidError(
            "email: the password would cross the network in the clear",
            field="security",
            mend="Set `security: starttls` or `security: tls`, or drop the username.",
        )
    return options


class Email:
    """Submits messages to a mail server; `clock` dates them."""

    kind = "email"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def deliver(self, message: Message, options: Mapping[str, object], deadline_s: float) -> str:
        """Submit `message`; the receipt is its Message-ID.

        Raises:
            TransientError: the server did not answer in time, or said to try again (4xx).
            PermanentError: it refused (5xx), or the address cannot be one.
        """
        given = usable_options(validate_options, options)
        try:
            recipient = _address(message.to, field="to")
        except InvalidError as error:
            raise PermanentError(f"{message.kind} {message.key}: {error}") from error
        mail = self._compose(message, given, recipient)
        what = f"{message.kind} {message.key} to {message.to} by {given.host}:{given.port}"
        SMTPSession(
            host=given.host,
            port=given.port,
            implicit_tls=given.security == "tls",
            tls=_tls(given, what) if given.security != "none" else None,
            helo=_address(given.sender, field="sender").domain,
        ).submit(Submission(what=what, mail=mail, username=given.username, password=given.password), limit_s=deadline_s)
        return str(mail["Message-ID"])

    def _compose(self, message: Message, options: EmailOptions, recipient: Address) -> EmailMessage:
        sender = _address(options.sender, field="sender")
        digest = hashlib.sha256(message.key.encode("utf-8", "replace")).hexdigest()[:32]
        mail = EmailMessage(policy=WIRE)
        mail["From"] = sender
        mail["To"] = recipient
        mail["Subject"] = ("[possible repeat] " if message.possible_repeat else "") + _one_line(message.subject)
        mail["Date"] = format_datetime(self._clock())
        mail["Message-ID"] = f"<{digest}@{sender.domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        if message.possible_repeat:
            mail["Tocsin-Possible-Repeat"] = "yes"
        text = message.text
        if options.reply_to and message.facts.get("code"):
            code = str(message.facts["code"]).replace("-", "")
            mail["Reply-To"] = Address(username=f"{REPLIES}+{code}", domain=options.reply_to.rpartition("@")[2])
            text += REPLY
        mail.set_content(text.encode("utf-8", "replace").decode())
        return mail


def _address(text: str, *, field: str) -> Address:
    local, at, domain = text.rpartition("@")
    if not (at and local and domain) or not text.isprintable() or any(c in ' <>,;:"()[]' for c in text):
        raise InvalidError(
            f"email: {redact(text)[:100]!r} is not a mail address", field=field, mend="Write it bare: name@example.com."
        )
    return Address(username=local, domain=domain)


def _one_line(text: str) -> str:
    """Return `text` on one line without control characters: a line break would begin a header of the sender's choice."""
    visible = "".join(c if c.isprintable() else " " for c in text.encode("utf-8", "replace").decode())
    return " ".join(visible.split())[:500]


def _tls(options: EmailOptions, what: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=options.authorities or None)
    except OSError as error:
        raise PermanentError(f"{what}: the certificates in {options.authorities} cannot be read: {error}") from error
