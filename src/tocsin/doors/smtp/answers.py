"""What a mail server is told: 250 once the mail is stored, 4xx to keep it and try again, 5xx to tell its sender."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.flows.access import DeniedError
from tocsin.flows.ingest import Accepted
from tocsin.flows.policies import NotConfiguredError
from tocsin.flows.ports import OverloadedError, RejectedError
from tocsin.flows.receive import Outcome
from tocsin.flows.storage import ConflictError, StoreUnavailableError

STORED = "250 2.0.0 Stored"
NOBODY = "550 5.1.1 Nobody here: mail to INTEGRATION+KEY@ as in docs/reference/ingest.md"
BROKEN = "451 4.3.0 Tocsin has a fault; it is in its log. Try again"
LATER = "451 4.3.0 Tocsin cannot reach its database. Try again"
BUSY = b"421 4.3.2 Too many connections; try again\r\n"
LONGEST = 400


def answer(outcomes: Sequence[Outcome]) -> str:
    """Return one answer for all recipients of a mail: what must come again first, since coming twice does no harm."""
    answers = sorted({_one(outcome) for outcome in outcomes}, key=lambda text: "425".index(text[0]))
    again = [text for text in answers if text.startswith("4")]
    refused = [text for text in answers if text.startswith("5")]
    return (again or refused or answers)[0]


def _one(outcome: Outcome) -> str:
    match outcome:
        case Accepted():
            return STORED
        case DeniedError():
            return _line("550 5.7.1", f"{outcome}: mail to INTEGRATION+KEY@, or send X-Tocsin-Integration-Key")
        case RejectedError():
            return _line("554 5.6.0", str(outcome))
        case OverloadedError() | StoreUnavailableError() | ConflictError() | NotConfiguredError():
            return _line("451 4.3.0", f"{outcome}. Try again")
        case _:
            raise outcome


def _line(code: str, reason: str) -> str:
    """Return a reply on one line of plain characters, as SMTP has it."""
    told = " ".join(reason.encode("ascii", "replace").decode().split())
    return f"{code} {told[:LONGEST]}"
