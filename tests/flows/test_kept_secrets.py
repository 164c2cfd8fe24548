"""Who reads the database can log in as nobody: what opens a door is kept as a digest alone."""

from __future__ import annotations

from dataclasses import fields

from tests.fakes import MemoryStore
from tests.flows.world import World

from tocsin.flows import access


def everything(world: World) -> str:
    assert isinstance(world.store, MemoryStore)
    rows = world.store.rows
    return repr({f.name: getattr(rows, f.name) for f in fields(rows)})


def test_tokens_sessions_and_login_links_are_not_in_the_database() -> None:
    world = World()
    token, secret = access.make_token(world.engine, "ana", "laptop", ("read",))
    spent, unspent = (access.login_link(world.engine, "ana").partition("key=")[2] for _ in range(2))
    cookie = access.use_login_link(world.engine, spent)

    kept = everything(world)

    assert token.id in kept
    assert [one for one in (secret, spent, unspent, cookie) if one in kept] == []
    assert access.by_token(world.engine, secret).person == access.by_session(world.engine, cookie).person == "ana"
