"""What a telephone provider brings back: that a message was not delivered, a key that was pressed, a reply."""

from __future__ import annotations

from typing import Final

import msgspec

from tocsin.domain.actor import SYSTEM
from tocsin.domain.errors import InvalidError
from tocsin.domain.incident.events import DeliveryFailed
from tocsin.domain.visibility import WORKER
from tocsin.flows import answers
from tocsin.flows.answers import Offered, Verb
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, UnknownIncidentError, handle
from tocsin.flows.offers import Report, read_report
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import PermanentError, SignatureError

KINDS: Final = frozenset({"sms", "voice"})
# What a provider says of what did not reach anybody; everything else is on its way, or has arrived.
LOST: Final = frozenset({"failed", "undelivered", "canceled", "busy", "no-answer"})
_KEYS: Final[dict[str, Verb]] = {"1": "acknowledge", "2": "escalate"}


def token_of(engine: Engine, channel: str) -> str:
    """Return the token that a channel's provider signs with; '' where there is no such channel, or it has none."""
    with engine.store.reading() as tx:
        route = next((c for c in catalogue(tx).channels if c.key == channel and c.kind in KINDS), None)
    if route is None:
        return ""
    try:
        return str(engine.resolve({"token": route.options.get("token", "")})["token"])
    except PermanentError:
        return ""


def reported(engine: Engine, token: str, status: str, code: str) -> bool:
    """Record that a page which the provider had taken did not reach its person; say whether anything was recorded.

    Raises:
        InvalidError: the token was not made here, or is damaged or too old.
    """
    report = _report(engine, token)
    if status not in LOST:
        return False
    reason = f"the provider says: {status}" + (f" (error {code[:20]})" if code else "")
    body = DeliveryFailed(key=report.key, kind="page", to=report.person, via=report.method, reason=reason)
    try:
        handle(engine, report.incident, [Change(body=body, actor=SYSTEM)], viewer=WORKER)
    except UnknownIncidentError:
        return False
    engine.store.wake()
    return True


def pressed(engine: Engine, token: str, keys: str) -> Offered | None:
    """Do what the pressed key means in the name of whom was called; None for a key that means nothing.

    Raises:
        InvalidError: the token was not made here, or is damaged or too old.
        RefusedError: a rule says no.
    """
    verb = _KEYS.get(keys.strip())
    report = _report(engine, token)
    return answers.answer_claim(engine, report.claim, verb) if verb else None


def replied(engine: Engine, sender: str, text: str) -> Offered:
    """Do what a short message says: `ack CODE`, `escalate CODE`, or the code alone, which acknowledges.

    Raises:
        InvalidError: there is no code in it, or one that is not this sender's.
        RefusedError: there were too many tries; or a rule says no.
    """
    first, _, rest = text.strip().partition(" ")
    verb = answers.verb_of(first)
    code = rest if verb else text
    return answers.answer_by_code(engine, code.strip()[:40], verb or "acknowledge", kind="sms", sender=sender)


def is_known(engine: Engine, sender: str) -> bool:
    """Return whether a number is one of our people's."""
    with engine.store.reading() as tx:
        contacts = [c for person in catalogue(tx).people for c in person.contacts if c.kind in KINDS]
    return any(answers.is_same(c.address, sender) for c in contacts)


def _report(engine: Engine, token: str) -> Report:
    mend = "Nothing was done."
    if engine.signing is None:
        raise InvalidError("nothing is signed here", field="token", mend=mend)
    with engine.store.reading() as tx:
        try:
            return read_report(engine.signing, tx, token)
        except (SignatureError, msgspec.DecodeError) as error:
            raise InvalidError(f"this callback cannot be believed: {error}", field="token", mend=mend) from error
