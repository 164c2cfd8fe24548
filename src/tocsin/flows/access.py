"""Who is asking: passwords, API tokens, browser sessions and one-time links. Secrets are kept as digests only."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.domain.actor import Actor
from tocsin.domain.errors import InvalidError
from tocsin.domain.visibility import Viewer
from tocsin.flows.engine import Engine
from tocsin.flows.policies import stated
from tocsin.flows.storage import LOGIN, Session, Token, Tx

SCOPES = ("read", "respond", "admin")
SESSION_LENGTH = timedelta(hours=12)
LOGIN_LINK_LENGTH = timedelta(minutes=15)
SPENT = "this login link was used or has expired; `tocsin login` prints a new one"
USE_NOTED = timedelta(minutes=10)


class Passwords(Protocol):
    """Hashes passwords slowly."""

    def hash(self, password: str) -> str:
        """Return a salted hash."""
        ...

    def verify(self, digest: str, password: str) -> bool:
        """Return whether the password made that hash; takes the same time for an empty hash."""
        ...


class DeniedError(Exception):
    """Who you are could not be established. Doors answer 401, exit 4."""


class ScopeError(DeniedError):
    """It is known who you are, and your scopes do not allow this. Doors answer 403, exit 4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody whose word is established."""

    person: str
    scopes: frozenset[str]
    actor: Actor
    csrf: str = ""

    @property
    def viewer(self) -> Viewer:
        """The eyes this caller sees with."""
        return Viewer(person=self.person, scopes=self.scopes)

    def need(self, scope: str) -> None:
        """Pass if the caller has `scope` (admin includes all, respond includes read).

        Raises:
            ScopeError: they have not.
        """
        implied = {"read": {"respond", "admin"}, "respond": {"admin"}, "admin": set()}[scope]
        if scope not in self.scopes and not (implied & self.scopes):
            raise ScopeError(f"this needs the scope {scope!r}; you have {', '.join(sorted(self.scopes)) or 'none'}")


def digest(secret: str) -> str:
    """Return the SHA-256 of a random secret; only for secrets with full entropy, never for passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_token(
    engine: Engine, person: str, name: str, scopes: tuple[str, ...], *, valid: timedelta | None = None
) -> tuple[Token, str]:
    """Make an API token; the secret is returned once and never again.

    Raises:
        InvalidError: a scope or the person is not known.
    """
    unknown = [s for s in scopes if s not in SCOPES]
    if unknown or not scopes:
        raise InvalidError(f"no scope is called {unknown}", field="scopes", mend=f"Scopes: {', '.join(SCOPES)}.")
    secret = "tocsin_" + secrets.token_urlsafe(32)
    with engine.store.transaction() as tx:
        if stated(tx).person(person) is None:
            raise InvalidError(f"nobody is called {person!r}", field="person", mend="Use a key of `people`.")
        now = tx.now()
        expires = now + valid if valid else None
        token = Token(id=engine.new_id(), person=person, name=name, scopes=scopes, created_at=now, expires_at=expires)
        tx.put_token(token, digest(secret))
    return token, secret


def by_token(engine: Engine, secret: str, *, agent: str = "") -> Caller:
    """Return whose token this is. `agent` names a program that acts for the person.

    Raises:
        DeniedError: unknown or expired.
    """
    with engine.store.reading() as tx:
        token = tx.token(digest(secret))
        person = stated(tx).person(token.person) if token else None
        stale = token is not None and (token.last_used_at is None or tx.now() - token.last_used_at > USE_NOTED)
    if stale:
        with engine.store.transaction() as tx:
            tx.token(digest(secret))
    if token is None or person is None:
        raise DeniedError("the token is unknown or expired; `tocsin token` makes one, or ask an admin")
    actor = Actor(kind="agent", id=agent, on_behalf_of=token.person) if agent else Actor(kind="person", id=token.person)
    return Caller(person=token.person, scopes=frozenset(token.scopes), actor=actor)


def login_link(engine: Engine, person: str) -> str:
    """Return a path that logs `person` in once, within 15 minutes."""
    secret = secrets.token_urlsafe(32)
    with engine.store.transaction() as tx:
        tx.put_once(LOGIN, digest(secret), person, tx.now() + LOGIN_LINK_LENGTH)
    return f"/login/once?key={secret}"


def whose_link(engine: Engine, secret: str) -> str:
    """Return the name of the person whom a one-time login secret logs in, and spend nothing.

    Raises:
        DeniedError: used, expired or unknown.
    """
    with engine.store.reading() as tx:
        key = tx.see_once(LOGIN, digest(secret))
        person = stated(tx).person(key) if key else None
    if not key:
        raise DeniedError(SPENT)
    return person.name if person and person.name else key


def use_login_link(engine: Engine, secret: str) -> str:
    """Spend a one-time login secret and return a new session's cookie value.

    Raises:
        DeniedError: used, expired or unknown.
    """
    with engine.store.transaction() as tx:
        person = tx.take_once(LOGIN, digest(secret))
        if not person:
            raise DeniedError(SPENT)
        return _open_session(tx, person)


def log_in(engine: Engine, passwords: Passwords, person: str, password: str) -> str:
    """Return a new session's cookie value.

    Raises:
        DeniedError: wrong person or password (not told apart).
    """
    with engine.store.reading() as tx:
        user = tx.user(person)
    good = passwords.verify(user.password_hash if user else "", password)
    if user is None or user.disabled or not good:
        raise DeniedError("that name and password do not go together")
    with engine.store.transaction() as tx:
        return _open_session(tx, person)


def by_session(engine: Engine, cookie: str) -> Caller:
    """Return whose browser this is.

    Raises:
        DeniedError: no such session, or it has expired.
    """
    with engine.store.reading() as tx:
        session = tx.session(digest(cookie))
        if session is None:
            raise DeniedError("you are not logged in")
        scopes = _scopes(tx, session.person)
    actor = Actor(kind="person", id=session.person)
    return Caller(person=session.person, scopes=frozenset(scopes), actor=actor, csrf=session.csrf)


def scopes_of(engine: Engine, person: str) -> tuple[str, ...]:
    """Return the scopes a person has in a browser."""
    with engine.store.reading() as tx:
        return _scopes(tx, person)


def log_out(engine: Engine, cookie: str) -> None:
    """End a session."""
    with engine.store.transaction() as tx:
        tx.drop_session(digest(cookie))


def _scopes(tx: Tx, person: str) -> tuple[str, ...]:
    found = stated(tx).person(person)
    return found.scopes if found else ()


def _open_session(tx: Tx, person: str) -> str:
    cookie = secrets.token_urlsafe(32)
    ends: datetime = tx.now() + SESSION_LENGTH
    tx.put_session(digest(cookie), Session(person=person, csrf=secrets.token_urlsafe(24), expires_at=ends))
    return cookie
