"""How somebody who was paged answers without logging in: by a link, by a code in a reply, by a key of the telephone.

Each page that can be answered carries a token: one incident, one person, one call, for a day, signed. The code is the
token's short name, good only from the address that it was sent to. Neither gives any right but to answer this page, so
that a private incident shows nothing that its holder might not see anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

import msgspec

from tocsin.domain.actor import Actor
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.incident.events import Acknowledged, Escalated, EventBody, ResponderJoined
from tocsin.domain.incident.state import Incident
from tocsin.domain.oncall.escalation import usable_contacts
from tocsin.domain.visibility import WORKER, Viewer, may_see
from tocsin.flows.access import digest
from tocsin.flows.engine import Engine
from tocsin.flows.handle import Change, UnknownIncidentError, find, record
from tocsin.flows.offers import PURPOSE, Claim, code_digest
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import SignatureError
from tocsin.flows.storage import Tx
from tocsin.flows.transact import transact

# `acknowledge` is what a page is answered with: whoever was asked for beside the escalation joins by it, and may `take` it.
Verb = Literal["acknowledge", "escalate", "take"]
# Right ones count too, and a storm brings many; of a million million codes each is good from one address only.
MOST_TRIES: Final = 30
TRIES_SPAN: Final = timedelta(minutes=15)
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_WORDS: Final[dict[str, Verb]] = {
    "ack": "acknowledge", "join": "acknowledge", "acknowledge": "acknowledge", "acknowledged": "acknowledge", "yes": "acknowledge",
    "escalate": "escalate", "no": "escalate",
}  # fmt: skip
_MEND: Final = "Open the incident in Tocsin, or use the newest page."


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What a link is about. What its person may not see is left empty; `taken_by` is somebody's name, or just somebody.

    `request` says that they were asked for beside the escalation, `joined` that they said they come.
    """

    person: str
    ref: str
    severity: str = ""
    title: str = ""
    open: bool = True
    taken_by: str = ""
    current: bool = True
    request: bool = False
    joined: bool = False


def see_offer(engine: Engine, token: str) -> Offered:
    """Return what a link is about; looking changes nothing.

    Raises:
        InvalidError: the link was not made here, or is damaged.
        RefusedError: it has expired, or its incident or person is gone.
    """
    with engine.store.reading() as tx:
        claim = _claim(engine, tx, token)
        return _offered(tx, _incident(tx, claim), claim)


def answer(engine: Engine, token: str, verb: Verb) -> Offered:
    """Do what the person chose, in their name, and return how the incident stands then; said twice, it is done once.

    Raises:
        InvalidError: the token was not made here, or is damaged.
        RefusedError: it has expired; the incident or person is gone; or a rule says no.
    """
    with engine.store.reading() as tx:
        claim = _claim(engine, tx, token)
    return answer_claim(engine, claim, verb)


def answer_claim(engine: Engine, claim: Claim, verb: Verb) -> Offered:
    """Do what the person of a claim chose; who calls has made sure that it is theirs.

    Raises:
        RefusedError: the incident or person is gone; or a rule says no.
    """

    def act(tx: Tx) -> Offered:
        incident = _incident(tx, claim)
        body = _body(incident, claim, verb)
        if body is not None:
            change = Change(body=body, actor=Actor(kind="person", id=claim.person))
            incident = record(engine, tx, incident, [change])
        return _offered(tx, incident, claim)

    done = transact(engine, act)
    engine.store.wake()
    return done


def verb_of(word: str) -> Verb | None:
    """Return what a word of a reply asks for, None when it is none of ours."""
    return _WORDS.get(word.strip(" .,!:;\"'").lower())


def answer_by_code(engine: Engine, code: str, verb: Verb, *, kind: str, sender: str) -> Offered:
    """Do what a reply says; it must come from a verified contact of `kind` of the person who was sent the code.

    Raises:
        InvalidError: the code is wrong or too old, or does not belong to this sender: these look the same.
        RefusedError: there were too many tries; or a rule says no.
    """
    token = transact(engine, lambda tx: _token(tx, code, kind, sender))
    if isinstance(token, Exception):
        raise token
    with engine.store.reading() as tx:
        claim = _claim(engine, tx, token)
        known = usable_contacts(catalogue(tx), claim.person)
    if not any(_via(c.kind) == _via(kind) and is_same(c.address, sender) for c in known):
        raise _wrong()
    return answer(engine, token, verb)


def _token(tx: Tx, code: str, kind: str, sender: str) -> str | Exception:
    """Return the token behind a code; the try is counted first, and kept when the code is wrong."""
    if tx.count_try(f"answer/{_via(kind)}/{digest(_plain(sender))[:32]}", TRIES_SPAN) > MOST_TRIES:
        return RefusedError(f"there were more than {MOST_TRIES} tries at codes from this sender", mend=_MEND)
    return tx.see_once(PURPOSE, code_digest(code.upper().translate(_READ_AS))) or _wrong()


def _wrong() -> InvalidError:
    return InvalidError("the code is wrong, too old, or was sent to somebody else", field="code", mend=_MEND)


def _claim(engine: Engine, tx: Tx, token: str) -> Claim:
    if engine.signing is None:
        raise InvalidError("nothing is signed here", field="key", mend=_MEND)
    try:
        return msgspec.json.decode(engine.signing.read(tx, token, purpose=PURPOSE), type=Claim)
    except SignatureError as error:
        if error.expired:
            raise RefusedError("this link has expired", mend=_MEND) from error
        raise InvalidError(f"this link cannot be believed: {error}", field="key", mend=_MEND) from error


def _incident(tx: Tx, claim: Claim) -> Incident:
    if catalogue(tx).person(claim.person) is None:
        raise RefusedError("whom this was sent to is not here any more", mend=_MEND)
    try:
        return find(tx, claim.incident, WORKER)
    except UnknownIncidentError as error:
        raise RefusedError("its incident is not here any more", mend=_MEND) from error


def _body(incident: Incident, claim: Claim, verb: Verb) -> EventBody | None:
    """Return what is to be recorded; nothing when it has been done, or the button is older than the present call."""
    if claim.request and verb == "acknowledge":
        return None if _has_joined(incident, claim) else ResponderJoined(person=claim.person)
    if verb in {"acknowledge", "take"}:
        return None if _taken(incident) else Acknowledged(person=claim.person)
    return Escalated(call=claim.call) if _is_current(incident, claim) else None


def _taken(incident: Incident) -> str:
    """Return who has it; nobody while whoever acknowledged a lesser matter is asked anew."""
    return "" if incident.paging.asked_anew else incident.paging.acknowledged_by


def _is_current(incident: Incident, claim: Claim) -> bool:
    escalates = incident.open and not claim.request and not incident.paging.acknowledged_by
    return escalates and incident.paging.call == claim.call


def _has_joined(incident: Incident, claim: Claim) -> bool:
    asked = incident.request_for(claim.person)
    return asked is not None and asked.joined_at is not None


def _offered(tx: Tx, incident: Incident, claim: Claim) -> Offered:
    seen = may_see(Viewer(person=claim.person), private=incident.private, members=incident.members)
    by = _taken(incident)
    return Offered(
        person=claim.person,
        ref=incident.ref,
        severity=incident.severity if seen else "",
        title=incident.title if seen else "",
        open=incident.open,
        taken_by=(catalogue(tx).names.get(by, by) if seen or by == claim.person else "somebody") if by else "",
        current=_is_current(incident, claim),
        request=claim.request,
        joined=claim.request and _has_joined(incident, claim),
    )


def _via(kind: str) -> str:
    """A telephone number is one address for calls and short messages."""
    return "telephone" if kind in {"sms", "voice"} else kind


def is_same(one: str, other: str) -> bool:
    """Return whether two addresses are one, however they are written."""
    return _plain(one) == _plain(other)


def _plain(address: str) -> str:
    if "@" in address:
        return address.strip().lower()
    digits = "".join(c for c in address if c.isdecimal())
    return digits.removeprefix("00")
