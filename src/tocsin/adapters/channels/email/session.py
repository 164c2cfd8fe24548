"""One submission to a mail server under one time limit, and what its answer means."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage

from tocsin.flows.ports import PermanentError, TransientError, UnansweredError
from tocsin.net.connection import connect, cut_off
from tocsin.net.deadline import Deadline
from tocsin.net.errors import NetError
from tocsin.net.redaction import redact

REFUSED_FOR_GOOD = range(500, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A mail on its way; `what` begins every error message."""

    what: str
    mail: EmailMessage
    username: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SMTPSession:
    """How to reach a server: `tls` None is plain text; `implicit_tls` begins with TLS, else STARTTLS follows EHLO."""

    host: str
    port: int
    implicit_tls: bool
    tls: ssl.SSLContext | None
    helo: str

    def submit(self, submission: Submission, *, limit_s: float) -> None:
        """Connect, secure, log in, send; all of it within `limit_s` seconds.

        Raises:
            TransientError: the server did not answer in time, or said to try again (4xx).
            PermanentError: it refused (5xx), cannot do what is needed, or its certificate does not hold.
        """
        what = submission.what
        deadline = Deadline(limit_s)
        try:
            with _server(self, deadline) as server:
                _talk(server, self, submission)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _refusal(what, code, text) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(what, error.smtp_code, error.smtp_error) from error
        except ssl.SSLCertVerificationError as error:
            raise PermanentError(f"{what}: the certificate does not hold: {error.verify_message}") from error
        except (smtplib.SMTPNotSupportedError, UnicodeError) as error:
            raise PermanentError(f"{what}: the server cannot do this: {redact(str(error))}") from error
        except (OSError, smtplib.SMTPException, NetError) as error:
            if deadline.passed():
                raise UnansweredError(f"{what}: no answer within {limit_s:g} s") from error
            kind = UnansweredError if isinstance(error, smtplib.SMTPServerDisconnected) else TransientError
            raise kind(f"{what}: {redact(str(error)) or type(error).__name__}") from error


@contextmanager
def _server(session: SMTPSession, deadline: Deadline) -> Iterator[smtplib.SMTP]:
    with ExitStack() as stack:
        server = _GuardedSMTP(session, deadline, stack)
        stack.callback(server.close)
        yield server
        with suppress(OSError, smtplib.SMTPException):  # the mail is accepted; a rude goodbye must not send it again
            server.quit()


def _talk(server: smtplib.SMTP, session: SMTPSession, submission: Submission) -> None:
    server.ehlo_or_helo_if_needed()
    if session.tls is not None and not session.implicit_tls:
        server.starttls(context=session.tls)
    if submission.username:
        server.login(submission.username, submission.password)
    server.send_message(submission.mail)


class _GuardedSMTP(smtplib.SMTP):
    """smtplib counts its time limit per read; here the whole conversation ends with the deadline."""

    def __init__(self, session: SMTPSession, deadline: Deadline, stack: ExitStack) -> None:
        self._session = session
        self._deadline = deadline
        self._stack = stack
        super().__init__(session.host, session.port, local_hostname=session.helo)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002 (the deadline rules)
        # The place where smtplib's own SMTP_SSL puts its connection, too.
        sock = connect(host, port, deadline=self._deadline, trusted=True)
        self._stack.enter_context(cut_off(sock, self._deadline))
        if self._session.tls is not None and self._session.implicit_tls:
            return self._session.tls.wrap_socket(sock, server_hostname=host)
        return sock


def _refusal(what: str, code: int, text: bytes | str) -> TransientError | PermanentError:
    told = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    kind = PermanentError if code in REFUSED_FOR_GOOD else TransientError
    return kind(f"{what}: the server answered {code} {redact(' '.join(told.split())[:300])}".rstrip())
