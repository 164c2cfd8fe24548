"""Try the ways to a person, and let them confirm those that nobody has vouched for yet."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from tocsin.domain.actor import Actor
from tocsin.domain.catalogue import Catalogue, ContactMethod, Person
from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.domain.oncall.verification import target_of
from tocsin.flows.access import Caller, digest
from tocsin.flows.engine import Engine
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import SignatureError
from tocsin.flows.signing import Signing
from tocsin.flows.storage import NewJob, Tx, VerifiedContact
from tocsin.flows.transact import transact

VALID: Final = timedelta(minutes=15)
# Of a hundred million codes; every round of guesses costs its person a message.
MOST_TRIES: Final = 10
CODE_LENGTH: Final = 8
LINK: Final = "contact"
_CHALLENGE: Final = "contact"
_CODE: Final = "contact-code"
_AGAIN: Final = "Send another with `tocsin page --test {person}`."
_PLAIN: Final = "This is a test of how Tocsin reaches you. Nothing is wrong. Nobody waits for an answer."


@dataclass(frozen=True, slots=True, kw_only=True)
class TestPage:
    """Which test pages were queued, by key; `to_confirm` are the methods among them that their person has to confirm."""

    person: str
    keys: tuple[str, ...]
    to_confirm: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A contact method without its address. `by` says who vouches for it, '' for nobody.

    `target` is a digest of where it leads, for who compares configurations; an address can be guessed by it.
    """

    person: str
    method: str
    kind: str
    verified: bool
    by: str = ""
    at: datetime | None = None
    target: str = ""


class _Claim(msgspec.Struct, array_like=True, frozen=True):
    """What a link says; `challenge` is worth nothing without the signature around it."""

    challenge: str
    person: str
    method: str


class _Challenge(msgspec.Struct, array_like=True, frozen=True):
    """What is kept until somebody answers: the method, and where it led when it was asked."""

    person: str
    method: str
    target: str


def page_for_test(engine: Engine, signing: Signing, person: str, method: str) -> TestPage:
    """Queue a test page to each contact method of a person, or to one; an unverified one asks to be confirmed.

    Raises:
        InvalidError: there is no such person, or no such method.
    """

    def queue(tx: Tx) -> TestPage:
        found = _person(catalogue(tx), person)
        contacts = [c for c in found.contacts if method in {"", c.key}]
        if not contacts:
            known = ", ".join(c.key for c in found.contacts) or "none"
            raise InvalidError(
                f"{person} has no contact {method}".rstrip(), field="method", mend=f"Contacts of {person}: {known}."
            )
        jobs = [_test(engine, signing, tx, person, c) for c in contacts]
        tx.enqueue(jobs)
        asked = tuple(c.key for c in contacts if not c.verified)
        return TestPage(person=person, keys=tuple(j.key for j in jobs), to_confirm=asked)

    queued = transact(engine, queue)
    engine.store.wake()
    return queued


def confirm_code(engine: Engine, who: Caller, code: str, person: str = "") -> Way:
    """Take the code that a person was sent as proof that it reached them, and return what is verified now.

    Without `person` it is the caller's own. Somebody else's is confirmed by whoever may respond.

    Raises:
        ScopeError: it is somebody else's, and the caller may only read.
        InvalidError: there is no such person, or the code is wrong, used or too old.
        RefusedError: there were too many tries; or the method leads elsewhere by now.
    """
    person = person or who.person
    if person != who.person:
        who.need("respond")
    digits = code.replace(" ", "").replace("-", "")
    if len(digits) != CODE_LENGTH or not (digits.isascii() and digits.isdecimal()):
        mend = "Write it as the message does, such as 1234-5678."
        raise InvalidError(f"a code has {CODE_LENGTH} digits", field="code", mend=mend)

    def answer(tx: Tx) -> Way | Exception:
        _person(catalogue(tx), person)
        # Counted first, and kept when it is wrong: a refusal is returned, since raising would take the count back.
        if tx.count_try(f"contact/{person}", VALID) > MOST_TRIES:
            minutes = VALID // timedelta(minutes=1)
            mend = f"Wait {minutes} minutes, or use the link in the message."
            return RefusedError(f"there were more than {MOST_TRIES} tries at codes for {person}", mend=mend)
        challenge = tx.take_once(_CODE, _code_digest(person, digits))
        if not challenge:
            mend = _AGAIN.format(person=person)
            return InvalidError("the code is wrong, used or too old", field="code", mend=mend)
        return _answered(tx, challenge, _named(who.actor))

    return _or_raise(transact(engine, answer))


def see_link(engine: Engine, signing: Signing, token: str) -> Way:
    """Return what a link would confirm, or has confirmed; looking spends nothing.

    Raises:
        InvalidError: the link was not made here, or is damaged.
        RefusedError: it has expired; or its person or method is gone.
    """
    with engine.store.reading() as tx:
        claim = _claim(tx, signing, token)
        return _way(tx.verified_contacts(), claim.person, _contact(tx, claim.person, claim.method))


def confirm_link(engine: Engine, signing: Signing, token: str) -> Way:
    """Take the link that a person was sent as proof that it reached them; pressed again, it is still confirmed.

    Raises:
        InvalidError: the link was not made here, or is damaged.
        RefusedError: it has expired, or the method leads elsewhere by now.
    """

    def answer(tx: Tx) -> Way | Exception:
        claim = _claim(tx, signing, token)
        contact = _contact(tx, claim.person, claim.method)
        if contact.verified:
            return _way(tx.verified_contacts(), claim.person, contact)
        return _answered(tx, claim.challenge, f"{claim.person} by link")

    return _or_raise(transact(engine, answer))


def ways(engine: Engine, *, with_targets: bool = False) -> list[Way]:
    """Return every contact method and who vouches for it."""
    with engine.store.reading() as tx:
        stored, people = tx.verified_contacts(), catalogue(tx).people
    found = [(c, _way(stored, person.key, c)) for person in people for c in person.contacts]
    return [replace(way, target=target_of(c)) if with_targets else way for c, way in found]


def ways_of(tx: Tx, person: Person) -> tuple[Way, ...]:
    """Return a person's contact methods and who vouches for each."""
    stored = tx.verified_contacts()
    return tuple(_way(stored, person.key, contact) for contact in person.contacts)


def _test(engine: Engine, signing: Signing, tx: Tx, person: str, contact: ContactMethod) -> NewJob:
    subject, text = (
        ("Tocsin test page", _PLAIN) if contact.verified else _question(engine, signing, tx, person, contact)
    )
    return NewJob(
        key=f"test/{engine.new_id()}/{person}/{contact.key}",
        kind="page",
        incident="",
        payload={
            "to": person,
            "method": contact.key,
            "via": contact.kind,
            "over": contact.channel,
            "address": contact.address,
            "subject": subject,
            "text": text,
            "facts": {"moment": "test"},
        },
        due=tx.now(),
        urgent=True,
    )


def _question(engine: Engine, signing: Signing, tx: Tx, person: str, contact: ContactMethod) -> tuple[str, str]:
    """Return subject and text that ask for a confirmation, by a code and a link that lead to the same challenge."""
    challenge, code = secrets.token_urlsafe(16), f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}}"
    ends = tx.now() + VALID
    asked = _Challenge(person=person, method=contact.key, target=target_of(contact))
    tx.put_once(_CHALLENGE, digest(challenge), msgspec.json.encode(asked).decode(), ends)
    tx.put_once(_CODE, _code_digest(person, code), challenge, ends)
    lines = [
        "This is a test of how Tocsin reaches you. Nothing is wrong.",
        f"Nobody is paged this way before it is confirmed. Confirm it within {VALID // timedelta(minutes=1)} minutes:",
        f"  tocsin page --confirm {code[:4]}-{code[4:]}",
    ]
    if engine.public_url:
        claim = _Claim(challenge=challenge, person=person, method=contact.key)
        token = signing.sign(tx, msgspec.json.encode(claim).decode(), purpose=LINK, valid=VALID)
        lines.append(f"  or in a browser: {engine.public_url}/contacts/confirm?key={token}")
    return "Tocsin: confirm that this reaches you", "\n".join(lines)


def _answered(tx: Tx, challenge: str, by: str) -> Way | Exception:
    """Spend a challenge and return what it verified, or why it did not."""
    kept = tx.take_once(_CHALLENGE, digest(challenge))
    if not kept:
        return RefusedError("this was used before, or is too old", mend="Send another test page.")
    asked = msgspec.json.decode(kept, type=_Challenge)
    contact = _contact(tx, asked.person, asked.method)
    if target_of(contact) != asked.target:
        mend = _AGAIN.format(person=asked.person)
        return RefusedError(f"{asked.method} of {asked.person} leads elsewhere since this was sent", mend=mend)
    if contact.verified:  # by an earlier test page: who was first, and when, stays
        return _way(tx.verified_contacts(), asked.person, contact)
    tx.verify_contact(asked.person, asked.method, target=asked.target, by=by)
    return _way(tx.verified_contacts(), asked.person, contact)


def _claim(tx: Tx, signing: Signing, token: str) -> _Claim:
    try:
        return msgspec.json.decode(signing.read(tx, token, purpose=LINK), type=_Claim)
    except SignatureError as error:
        mend = "Send another test page: `tocsin page --test PERSON`."
        if error.expired:
            raise RefusedError("this link has expired", mend=mend) from error
        raise InvalidError(f"this link cannot be believed: {error}", field="key", mend=mend) from error


def _person(known: Catalogue, person: str) -> Person:
    found = known.person(person)
    if found is None:
        raise InvalidError(f"nobody is called {person!r}", field="person", mend="Use a key of `people`.")
    return found


def _contact(tx: Tx, person: str, method: str) -> ContactMethod:
    found = catalogue(tx).person(person)
    contact = next((c for c in found.contacts if c.key == method), None) if found else None
    if contact is None:
        raise RefusedError(f"{person} has no contact {method} any more", mend="Look into tocsin.yaml.")
    return contact


def _way(stored: Sequence[VerifiedContact], person: str, contact: ContactMethod) -> Way:
    target = target_of(contact)
    found = next((v for v in stored if (v.person, v.method, v.target) == (person, contact.key, target)), None)
    by = found.by if found else "tocsin.yaml" if contact.verified else ""
    at = found.at if found else None
    return Way(person=person, method=contact.key, kind=contact.kind, verified=bool(by), by=by, at=at)


def _code_digest(person: str, code: str) -> str:
    return digest(f"{person}\n{code}")


def _named(actor: Actor) -> str:
    return f"{actor.id} for {actor.on_behalf_of}" if actor.on_behalf_of else actor.id


def _or_raise(found: Way | Exception) -> Way:
    if isinstance(found, Exception):
        raise found
    return found
