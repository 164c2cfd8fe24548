"""The SMTP server, in the web server's own loop: sizes, times and connections are bounded, and it passes no mail on."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.doors.ingest.intake import Intake
from tocsin.doors.smtp.answers import BROKEN, BUSY, LATER, NOBODY, answer
from tocsin.doors.smtp.letter import post_of, recipient_of
from tocsin.doors.smtp.replies import NAME, answered, reason_of
from tocsin.flows.pieces import Post
from tocsin.flows.ports import OverloadedError
from tocsin.flows.receive import Outcome
from tocsin.flows.storage import ConflictError, StoreUnavailableError
from tocsin.settings import Settings, SettingsError
from tocsin.wiring import App

LOG = structlog.get_logger()
LARGEST = 4 * 1024 * 1024
MOST_CONNECTIONS = 50
MOST_RECIPIENTS = 20
PATIENCE_S = 60.0


@asynccontextmanager
async def listening(app: App) -> AsyncIterator[int]:
    """Take mail while the block lasts, where a port is set; gives the port, 0 for none.

    Raises:
        OSError: the port is taken.
        SettingsError: the certificate or its key cannot be used.
    """
    settings = app.settings
    if not settings.smtp_port:
        yield 0
        return
    intake = Intake(app.engine)
    room = _Room()
    loop = asyncio.get_running_loop()
    tls = _tls(settings)
    server = await loop.create_server(
        lambda: _Connection(Mailbox(intake), room, loop, tls), settings.smtp_host, settings.smtp_port
    )
    LOG.info("smtp.listening", host=settings.smtp_host, port=settings.smtp_port)
    try:
        async with server:
            yield settings.smtp_port
    finally:
        intake.close()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    """Return what STARTTLS is answered with, None where no certificate is set."""
    if not settings.smtp_certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.smtp_certificate, settings.smtp_key or None)
    except OSError as error:  # ssl.SSLError is one
        names = "TOCSIN_SMTP_CERTIFICATE and TOCSIN_SMTP_KEY"
        raise SettingsError(f"{names} are no certificate with its key, as PEM files: {error}") from error
    return context


class Mailbox:
    """Takes mails for integrations of kind `email`."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 (aiosmtpd's name)
        """Take a recipient that names an integration; whether its key fits is told once the mail is here."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if recipient_of(address) is None:
            return NOBODY
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        """Store the mail for each of its recipients, and answer then."""
        content = envelope.content
        mail = content.encode() if isinstance(content, str) else content or b""
        found = {recipient_of(address) for address in envelope.rcpt_tos}
        named = [recipient for recipient in found if recipient is not None]
        told = [await self._replied(one.tag, mail) for one in named if one.name.lower() == NAME]
        posts = [post_of(one, mail) for one in named if one.name.lower() != NAME]
        if not posts:
            return next((text for text in told if not text.startswith("2")), told[0] if told else NOBODY)
        return answer(await asyncio.gather(*(self._taken(post) for post in posts)))

    async def _replied(self, code: str, mail: bytes) -> str:
        try:
            return await asyncio.get_running_loop().run_in_executor(None, answered, self._intake.engine, code, mail)
        except (InvalidError, RefusedError) as error:
            LOG.info("smtp.reply_refused", reason=str(error))
            return reason_of(error)
        except (StoreUnavailableError, ConflictError) as error:
            LOG.warning("smtp.reply_waits", reason=str(error))
            return LATER

    async def handle_exception(self, error: Exception) -> str:
        """Answer a fault of ours so that the sender keeps its mail."""
        LOG.error("smtp.fault", exc_info=error)
        return BROKEN

    async def _taken(self, post: Post) -> Outcome:
        try:
            return await self._intake.take(post)
        except OverloadedError as error:
            return error


class _Room:
    """How many connections there are."""

    def __init__(self) -> None:
        self.taken = 0


class _Connection(SMTP):
    """One connection; one too many is told to come again."""

    def __init__(
        self, mailbox: Mailbox, room: _Room, loop: asyncio.AbstractEventLoop, tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(
            mailbox,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            hostname="tocsin",
            ident="Tocsin",
            timeout=PATIENCE_S,
            tls_context=tls,
            loop=loop,
        )
        self._room = room
        self._refused = room.taken >= MOST_CONNECTIONS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or refuse."""
        self._room.taken += 1
        if self._refused and isinstance(transport, asyncio.WriteTransport):
            transport.write(BUSY)
            transport.close()
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Make room."""
        self._room.taken -= 1
        if not self._refused:
            super().connection_lost(error)
