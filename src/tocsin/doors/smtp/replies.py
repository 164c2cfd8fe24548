"""Answers to pages by mail: sent to `reply+CODE@`, whose first word says what to do.

A mail that a machine wrote (somebody is away, nobody is there) answers nothing, and neither does one without a word of
ours: a reply must be meant.
"""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr
from typing import Final

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.doors.smtp.reading import text_of
from tocsin.flows.answers import Verb, answer_by_code, verb_of
from tocsin.flows.engine import Engine

NAME: Final = "reply"
MOST_BYTES: Final = 262_144
NO_WORD: Final = "begin your reply with `ack` to take it, or `escalate` to pass it on; nothing was done"


def answered(engine: Engine, code: str, mail: bytes) -> str:
    """Do what a reply says and return what the sending server is told.

    Raises:
        InvalidError: no word of ours, or a code that is not this sender's.
        RefusedError: there were too many tries; or a rule says no.
    """
    try:
        read = message_from_bytes(mail[:MOST_BYTES])
        sender, automatic, verb = parseaddr(str(read.get("from", "")))[1], _automatic(read), _verb(read)
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError) as error:
        # The standard library's parser gives up on broken mail in all of these ways.
        raise InvalidError(f"this is no mail that can be read: {type(error).__name__}", field="mail") from error
    if automatic:
        return "250 2.0.0 An automatic reply changes nothing"
    if verb is None:
        raise InvalidError(NO_WORD, field="mail")
    answer_by_code(engine, code, verb, kind="email", sender=sender)
    return "250 2.0.0 Done"


def reason_of(error: InvalidError | RefusedError) -> str:
    """Return why a reply was not taken, on one line of plain characters, as SMTP has it."""
    told = f"{error}. {getattr(error, 'mend', '')}".encode("ascii", "replace").decode()
    return f"550 5.7.1 {' '.join(told.split())[:400]}"


def _automatic(mail: Message) -> bool:
    said = str(mail.get("auto-submitted", "no")).strip().lower()
    bulk = str(mail.get("precedence", "")).strip().lower() in {"bulk", "junk", "auto_reply", "list"}
    return said != "no" or bulk or "x-autoreply" in mail or "x-autorespond" in mail


def _verb(mail: Message) -> Verb | None:
    for line in text_of(mail).splitlines():
        words = line.split()
        if words:
            return verb_of(words[0])
    return None
