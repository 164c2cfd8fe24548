"""A sender's post once more: one that was kept, or one from a file, taken as if it had just come, or only tried."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.domain.errors import InvalidError
from tocsin.flows.engine import Engine
from tocsin.flows.inbound import take_in, together
from tocsin.flows.ingest import Accepted
from tocsin.flows.pieces import Piece, read
from tocsin.flows.policies import catalogue
from tocsin.flows.ports import InboundPost, Parsed, RejectedError
from tocsin.flows.senders import known_sender
from tocsin.flows.storage import Tx
from tocsin.flows.transact import transact


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A post to be taken again: by which integration, and why it could not be taken at first ('' when it was)."""

    integration: str
    body: bytes
    error: str = ""


class _OnlyTriedError(Exception):
    """Everything was done, and nothing of it is kept."""

    def __init__(self, taken: Accepted) -> None:
        super().__init__("only tried")
        self.taken = taken


def kept_post(engine: Engine, raw_id: str) -> Kept:
    """Return a post that was kept.

    Raises:
        InvalidError: there is none with that id.
    """
    with engine.store.reading() as tx:
        found = tx.raw(raw_id)
    if found is None:
        mend = "Ids stand in the answer to a post that was refused; what is older than TOCSIN_KEEP_RAW_DAYS is gone."
        raise InvalidError(f"no post was kept as {raw_id!r}", field="post", mend=mend)
    return Kept(integration=found.source, body=found.body, error=found.error)


def replay(engine: Engine, post: Kept, *, dry_run: bool = False) -> Accepted:
    """Take a post again and say what it changed; with `dry_run`, what it would change.

    Raises:
        InvalidError: no integration is called so, or its source still cannot read the post.
    """
    pieces = _pieces(engine, post)
    taken: list[Accepted] = []
    for piece in pieces:
        try:
            taken.append(transact(engine, lambda tx, piece=piece: _take(engine, tx, piece, dry_run=dry_run)))  # type: ignore[misc]  # bound now
        except _OnlyTriedError as tried:
            taken.append(tried.taken)
    engine.store.wake()
    return together(taken, Parsed(rejected=pieces[-1].parsed.rejected))


def _pieces(engine: Engine, post: Kept) -> list[Piece]:
    with engine.store.reading() as tx:
        known = {one.key: one for one in catalogue(tx).integrations}
        now = tx.now()
    if post.integration not in known:
        names = ", ".join(known) or "none"
        raise InvalidError(
            f"no integration is called {post.integration!r}", field="integration", mend=f"One of: {names}."
        )
    sender = known_sender(engine, known[post.integration])
    inbound = InboundPost(body=post.body, received_at=now, options=sender.options, replayed=True)
    try:
        return read(0, sender, inbound, None)
    except RejectedError as error:
        raise InvalidError(str(error), field="post", mend="Mend the post in a file and replay that.") from error


def _take(engine: Engine, tx: Tx, piece: Piece, *, dry_run: bool) -> Accepted:
    taken = take_in(engine, tx, piece.known.sender, piece.parsed)
    if dry_run:
        raise _OnlyTriedError(taken)
    return taken
