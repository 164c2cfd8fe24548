"""A person who has a password, as if they had set it long ago: no session of theirs ends by it."""

from __future__ import annotations

from dataclasses import replace

from tocsin.flows.access import Passwords
from tocsin.flows.engine import Engine
from tocsin.flows.storage import User


def give_password(engine: Engine, passwords: Passwords, person: str, password: str) -> None:
    """Keep the hash of `password` for a person."""
    with engine.store.transaction() as tx:
        known = tx.user(person) or User(person=person, password_hash="", scopes=())
        tx.put_user(replace(known, password_hash=passwords.hash(password)))
