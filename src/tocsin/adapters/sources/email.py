"""A mail as an alert: for senders that can do nothing else. Its subject says what is wrong, and whether it is over.

`X-Tocsin-Key`, `-Status`, `-Service` and `-Severity` headers say it outright. Otherwise the key is the sender and the
matter of the subject, without the words that come and go, so that the mail of the end finds its alert.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime

import msgspec
import nh3

from tocsin.adapters.options import read_options
from tocsin.adapters.sources.post import options_of
from tocsin.adapters.sources.subject import NOTICES, Subject, read_subject
from tocsin.domain.alerts.fingerprint import identity
from tocsin.flows.ports import InboundAlert, InboundPost, Parsed, RejectedError

MOST_BYTES = 1_048_576  # of a mail with attachments only the beginning is read
LONGEST_HEADER = 2000
LONGEST_TEXT = 4096
MOST_PARTS = 50
FIRING = (
    *("problem", "firing", "alert", "alerting", "alarm", "down", "error", "critical", "crit", "warning", "warn"),
    *("triggered", "re-triggered", "no data"),
)
SEVERITIES = {"critical": "critical", "crit": "critical", "warning": "warning", "warn": "warning"}
AUTOMATIC = frozenset({"auto-replied", "auto-generated-reply"})


class EmailOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words of a subject that tell an end or a beginning (see `subject.py` for where); `senders` keeps those only."""

    resolved_words: tuple[str, ...] = ("resolved", "recovery", "recovered", "ok", "up", "cleared", "closed", "normal")
    firing_words: tuple[str, ...] = FIRING
    senders: tuple[str, ...] = ()


def validate_options(raw: Mapping[str, object]) -> EmailOptions:
    """Return the options in `raw`.

    Raises:
        InvalidError: an option is unknown or has the wrong type.
    """
    return read_options("email", raw, EmailOptions)


class Email:
    """Reads one mail (RFC 5322, MIME)."""

    kind = "email"

    def parse(self, post: InboundPost) -> Parsed:
        """Return the alert of one mail; automatic replies change nothing.

        Raises:
            RejectedError: it is no mail, has no subject, or comes from a sender that the options do not name.
        """
        options = options_of(post, validate_options)
        try:
            mail = message_from_bytes(post.body[:MOST_BYTES])
            return _read(mail, options)
        except (RecursionError, LookupError, ValueError, TypeError, AttributeError) as error:
            # The standard library's parser gives up on broken mail in all of these ways.
            raise RejectedError(f"this is no mail that can be read: {type(error).__name__}: {error}") from error


def _read(mail: Message, options: EmailOptions) -> Parsed:
    subject = _header(mail, "subject")
    address = parseaddr(_header(mail, "from"))[1].lower()
    if not subject:
        raise RejectedError("the mail has no subject: it must say what is wrong")
    if options.senders and address not in {one.lower() for one in options.senders}:
        raise RejectedError(f"{address!r} is not among the integration's `senders`")
    if _header(mail, "auto-submitted").lower() in AUTOMATIC:
        return Parsed(reply={"ignored": "an automatic reply"})
    told = read_subject(subject, resolved=options.resolved_words, firing=options.firing_words)
    status = _header(mail, "x-tocsin-status").lower()
    if not status and (notice := NOTICES.intersection(told.words)):
        return Parsed(reply={"ignored": f"a notice: {min(notice)}"})
    over = status == "resolved" if status else told.over
    return Parsed(alerts=(_alert(mail, address, told, over=over),))


def _alert(mail: Message, address: str, told: Subject, *, over: bool) -> InboundAlert:
    key, at = _header(mail, "x-tocsin-key"), _date(mail)
    said = next((SEVERITIES[word] for word in told.words if word in SEVERITIES), "")
    return InboundAlert(
        fingerprint=identity(key) or hashlib.sha256(f"{address}\0{told.matter.lower()}".encode()).hexdigest()[:32],
        name=told.matter[:120],
        status="resolved" if over else "firing",
        occurrence=not over,
        labels={"from": address} if address else {},
        annotations={"text": text} if (text := _text(mail)) else {},
        summary=told.matter,
        severity=_header(mail, "x-tocsin-severity") or said,
        service=_header(mail, "x-tocsin-service"),
        starts_at=None if over else at,
        ends_at=at if over else None,
        extra={"subject": _header(mail, "subject"), "message_id": _header(mail, "message-id")},
    )


def _header(mail: Message, name: str) -> str:
    """Return a header as text on one line, '' without it; what cannot be decoded stays as it came."""
    raw = str(mail.get(name, ""))[:LONGEST_HEADER]
    try:
        told = str(make_header(decode_header(raw)))
    except (ValueError, LookupError, MessageError):
        told = raw
    return " ".join(_plain(told).split())


def _plain(text: str) -> str:
    """Return text that every database can keep: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _date(mail: Message) -> datetime | None:
    try:
        at = parsedate_to_datetime(_header(mail, "date"))
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _text(mail: Message) -> str:
    """Return the start of the first readable part: plain text, else HTML without its marks."""
    parts = [part for _, part in zip(range(MOST_PARTS), mail.walk(), strict=False) if not part.is_multipart()]
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
                text = _decoded(part)
                return (html.unescape(nh3.clean(text, tags=set())) if kind == "text/html" else text)[:LONGEST_TEXT]
    return ""


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    body = payload if isinstance(payload, bytes) else b""
    try:
        return _plain(body.decode(part.get_content_charset() or "utf-8", "replace")).strip()
    except LookupError:  # a charset that nobody knows
        return _plain(body.decode("utf-8", "replace")).strip()
