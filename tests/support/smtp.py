"""A real SMTP sink (aiosmtpd) on loopback that keeps what it accepts, and can refuse, check a login, or speak TLS."""

from __future__ import annotations

import email
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

AUTHORITIES = Path(__file__).parent / "localhost.pem"
"""A certificate for localhost, its own authority, for tests only."""


@dataclass(frozen=True)
class Mail:
    """One accepted mail: the envelope and the parsed message."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    helo: str
    secured: bool

    @property
    def text(self) -> str:
        return self.message.get_content().replace("\r\n", "\n")


@dataclass
class SMTPSink:
    """A running server. Assign `answers` to refuse: SMTP verb (`MAIL`, `RCPT`, `DATA`) to reply line."""

    host: str = "localhost"
    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    logins: list[tuple[str, str]] = field(default_factory=list)


class _Handler:
    def __init__(self, sink: SMTPSink) -> None:
        self._sink = sink

    async def handle_MAIL(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 (aiosmtpd's name)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._sink.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 (aiosmtpd's name)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return self._sink.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        answer = self._sink.answers.get("DATA", "250 OK")
        if answer.startswith("2"):
            message = cast("EmailMessage", email.message_from_bytes(envelope.content or b"", policy=default))
            self._sink.mails.append(
                Mail(
                    sender=envelope.mail_from or "",
                    recipients=tuple(envelope.rcpt_tos),
                    message=message,
                    helo=session.host_name or "",
                    secured=server.transport.get_extra_info("ssl_object") is not None,
                )
            )
        return answer


@contextmanager
def smtp_sink(*, security: str = "none", login: tuple[str, str] | None = None) -> Iterator[SMTPSink]:
    """Serve on a free loopback port until the block ends; `security` is none, starttls or tls."""
    sink = SMTPSink()
    context = None
    if security != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(AUTHORITIES)

    def check(_: object, __: object, ___: object, ____: str, given: LoginPassword) -> AuthResult:
        pair = (given.login.decode(), given.password.decode())
        sink.logins.append(pair)
        return AuthResult(success=pair == login, handled=False)

    class _Controller(Controller):
        def _trigger_server(self) -> None:
            self.port = self.server.sockets[0].getsockname()[1]  # it was started on port 0
            super()._trigger_server()

        def factory(self) -> SMTP:
            return SMTP(
                self.handler,
                tls_context=context if security == "starttls" else None,
                authenticator=check if login else None,
                auth_require_tls=False,
                enable_SMTPUTF8=True,
            )

    controller = _Controller(
        _Handler(sink), hostname="127.0.0.1", port=0, ssl_context=context if security == "tls" else None
    )
    controller.start()
    try:
        sink.port = controller.port
        yield sink
    finally:
        controller.stop()
