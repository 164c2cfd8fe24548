"""Looking after what opens the door: which tokens there are, withdrawing one, and changing one's own password."""

from __future__ import annotations

from dataclasses import replace

from tocsin.domain.errors import InvalidError, RefusedError
from tocsin.flows.access import Caller, Passwords, digest, scopes_of
from tocsin.flows.engine import Engine
from tocsin.flows.storage import ConflictError, Page, Token, User

SHORTEST_PASSWORD = 10


class UnknownTokenError(Exception):
    """No such token (or it is none of your business, which looks the same)."""


def tokens(
    engine: Engine, who: Caller, *, person: str = "", everybody: bool = False, cursor: str = "", limit: int = 50
) -> Page[Token]:
    """Return a page of the caller's tokens; of another person or of everybody only to an administrator.

    Raises:
        ScopeError: they are others', and the caller does not administer.
        InvalidError: the cursor is damaged or belongs to another listing.
    """
    if everybody or person not in {"", who.person}:
        who.need("admin")
    with engine.store.reading() as tx:
        return tx.tokens("" if everybody else (person or who.person), cursor=cursor, limit=limit)


def revoke_token(engine: Engine, who: Caller, token_id: str) -> Token:
    """Withdraw a token for good and return what it was; who has nothing but a weak token withdraws no stronger one.

    Raises:
        UnknownTokenError: absent, or somebody else's and the caller does not administer.
        ScopeError: it reaches further than the caller does here.
    """
    with engine.store.transaction() as tx:
        found = tx.token_by_id(token_id)
        if found is None or (found.person != who.person and "admin" not in who.scopes):
            raise UnknownTokenError(f"no token has the id {token_id!r}")
        for scope in found.scopes:
            who.need(scope)
        tx.drop_token(found.id)
        return found


def has_password(engine: Engine, person: str) -> bool:
    """Return whether a person has a password."""
    with engine.store.reading() as tx:
        return _hash(tx.user(person)) != ""


def change_password(
    engine: Engine, passwords: Passwords, who: Caller, *, current: str, new: str, cookie: str = ""
) -> int:
    """Change the caller's own password; return how many other sessions ended. The session of `cookie` goes on.

    Whoever has no password yet needs no current one; but what they came with must reach as far as they do, for a
    password opens a session that does.

    Raises:
        InvalidError: `current` is not the password.
        RefusedError: the new one is too short, or no new one.
        ScopeError: a first password, by a token of less reach than its person.
    """
    with engine.store.reading() as tx:
        known = tx.user(who.person)
    _require_known(engine, passwords, who, known, current)
    _require_good(current, new)
    hashed = passwords.hash(new)  # slow on purpose, so outside the transaction
    scopes = scopes_of(engine, who.person)
    with engine.store.transaction() as tx:
        if tx.user(who.person) != known:
            raise ConflictError("the password was changed meanwhile")
        fresh = known or User(person=who.person, password_hash="", scopes=scopes)
        tx.put_user(replace(fresh, password_hash=hashed, scopes=scopes))
        return tx.drop_logins(who.person, keep=digest(cookie) if cookie else "")


def _require_known(engine: Engine, passwords: Passwords, who: Caller, known: User | None, current: str) -> None:
    if not _hash(known):
        for scope in scopes_of(engine, who.person):
            who.need(scope)
    elif not passwords.verify(_hash(known), current):
        mend = "Give the one you log in with. Forgotten? `tocsin login` prints a link that needs none."
        raise InvalidError("that is not your password", field="current", mend=mend)


def _require_good(current: str, new: str) -> None:
    if len(new) < SHORTEST_PASSWORD:
        raise RefusedError("the password is too short", mend=f"Use at least {SHORTEST_PASSWORD} characters.")
    if new == current:
        raise RefusedError("that is the password you have", mend="Choose another one.")


def _hash(user: User | None) -> str:
    return user.password_hash if user else ""
