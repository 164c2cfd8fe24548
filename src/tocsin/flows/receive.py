"""Senders' posts: keys are checked, bodies parsed and taken, many in one transaction; what cannot be read is kept for replay."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from tocsin.domain.alerts.limits import Bucket, spend
from tocsin.flows.access import DeniedError
from tocsin.flows.alert_storage import KeptAlert, Renewal
from tocsin.flows.aside import STORE_ERRORS
from tocsin.flows.engine import Engine
from tocsin.flows.inbound import items, let_go, named, reasons, take_in, together, with_the_rest
from tocsin.flows.ingest import Accepted, Remembered, fold_in
from tocsin.flows.pieces import Piece, Post, batches, merged, read
from tocsin.flows.policies import NotConfiguredError, stated
from tocsin.flows.ports import Envelope, InboundPost, OverloadedError, Parsed, Rejected, RejectedError
from tocsin.flows.renewing import Lately, renew_all, renewed
from tocsin.flows.senders import TOGETHER, Credentials, KnownSender, addressed, concerned, known_sender
from tocsin.flows.storage import RAW_LIMIT, Tx
from tocsin.flows.transact import transact

Outcome = Accepted | Exception
KEPT_BYTES = 8 << 20
"""So much of a sender's posts is kept for replay within a minute; of a storm, the beginning."""
BESIDE = 64 << 10
MINUTE = timedelta(minutes=1)
_WITHIN_A_CHARACTER = range(0b1000_0000, 0b1100_0000)  # of UTF-8
_NO_ROWS: Mapping[str, KeptAlert] = {}


def receive(engine: Engine, integration: str, key: str, body: bytes, envelope: Envelope | None = None) -> Accepted:
    """Take one post of an integration, durably, before it is answered.

    Raises:
        DeniedError: no such integration, or not its key (not told apart).
        UnverifiedError: the post's signature does not fit; the body is kept.
        RejectedError: the body is not what that sender sends; it is kept for replay.
        OverloadedError: the integration sends more than its limit allows.
    """
    post = Post(integration=integration, key=key, body=body, envelope=envelope or Envelope())
    (outcome,) = Reception(engine=engine).receive_all([post])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


class _StaleError(Exception):
    """What was remembered of an alert is not its row: nothing was written, the posts must be read."""


class _Done(NamedTuple):
    """A piece that was taken, what became of it, and its alerts' rows."""

    piece: Piece
    accepted: Accepted
    kept: Mapping[str, KeptAlert]


@dataclass(slots=True, kw_only=True)
class Reception:
    """Takes posts for one thread at a time, and remembers between them: alerts, senders' limits, what was kept for replay."""

    engine: Engine
    remembered: Remembered = field(default_factory=Remembered)
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _kept: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    _overloaded: dict[str, int] = field(default_factory=dict)
    _lately: Lately | None = None

    def receive_all(self, posts: Sequence[Post]) -> list[Outcome]:
        """Take posts, as many together as a transaction holds, and return what became of each: never an answer before its commit."""
        if self._lately is not None:
            renewed_all = renew_all(self.engine, self._lately, posts, self.remembered)
            if renewed_all is not None:
                return renewed_all
        read_at = time.monotonic()
        try:
            with self.engine.store.reading() as tx:
                integrations = {one.key: one for one in stated(tx).integrations}
                version, _ = tx.catalogue()
                now = tx.now()
        except (*STORE_ERRORS, NotConfiguredError) as error:
            return [error] * len(posts)
        senders = {key: known_sender(self.engine, integrations[key]) for key in concerned(posts, integrations)}
        self._overloaded |= {key: getattr(known.source, "overloaded", 503) for key, known in senders.items()}
        outcomes: list[list[Outcome]] = [[] for _ in posts]
        pieces: list[Piece] = []
        known: dict[Credentials, KnownSender | None] = {}
        for number, post in enumerate(posts):
            asked = Credentials(post.integration, post.kind, post.key)
            if asked not in known:  # of a sender's posts that came together, one shows its key
                known[asked] = addressed(asked, senders)
            try:
                pieces += self._read(number, post, known[asked], now)
            except (DeniedError, RejectedError, OverloadedError, *STORE_ERRORS) as error:
                outcomes[number].append(error)
        for batch in batches(pieces):
            self._take(batch, outcomes)
        # Only where nothing was new is it likely that nothing will be.
        repeats = bool(pieces) and all(piece.renewals for piece in pieces)
        self._lately = Lately.read(version, known, read_at, self._lately) if repeats else None
        return [_whole(outcome) for outcome in outcomes]

    def overloaded(self, integration: str) -> int:
        """Return the status that makes an integration's sender try again: 503, unless its source names another."""
        return self._overloaded.get(integration, 503)

    def _read(self, number: int, post: Post, known: KnownSender | None, now: datetime) -> list[Piece]:
        if known is None:
            raise DeniedError(TOGETHER)
        inbound = InboundPost(
            body=post.body, received_at=now, envelope=post.envelope, options=known.options, number=number
        )
        try:
            pieces = read(number, known, inbound, self.remembered)
        except RejectedError as error:
            kept = self._keep_rejected(known, post.body, str(error), now)
            raise type(error)(f"{error} ({kept})") from error
        except Exception as error:  # (a post that its source stumbles over must not cost the others)
            reason = f"this post could not be read: {type(error).__name__}: {error}"
            raise RejectedError(f"{reason} ({self._keep_rejected(known, post.body, reason, now)})") from error
        if known.integration.limit is not None:
            self._limit(known, sum(len(piece.parsed.alerts) + len(piece.renewals) for piece in pieces), now)
        return pieces

    def _limit(self, known: KnownSender, alerts: int, now: datetime) -> None:
        """Let a sender's alerts pass within its limit.

        Raises:
            OverloadedError: they are too many now.
        """
        limit, key = known.integration.limit, known.integration.key
        if limit is None or not alerts:
            return
        spent = spend(limit, self._buckets.get(key), now, alerts)
        self._buckets[key] = spent.bucket
        if not spent.allowed:
            wait_s = min(spent.wait, timedelta(hours=1)).total_seconds()
            raise OverloadedError(f"{key} may send {limit.per_minute:g} alerts a minute", wait_s=wait_s)

    def _take(self, batch: list[Piece], outcomes: list[list[Outcome]]) -> None:
        """Take pieces in one transaction; when that fails, each alone, and then item by item."""
        try:
            finished = transact(self.engine, lambda tx: self._take_in(tx, batch))
        except _StaleError:
            self._take_unremembered(batch, outcomes)
        except STORE_ERRORS as error:
            for piece in batch:
                outcomes[piece.post].append(error)
        except Exception as error:  # noqa: BLE001 (one alert that cannot be taken must not cost the others)
            if len(batch) > 1:
                for piece in batch:
                    self._take([piece], outcomes)
            else:
                outcomes[batch[0].post].append(self._one_by_one(batch[0], error))
        else:
            for done in finished:
                outcomes[done.piece.post].append(done.accepted)
                self._remember(done)

    def _take_in(self, tx: Tx, batch: Sequence[Piece]) -> list[_Done]:
        """Renew what is remembered, and fold the alerts of each sender together, however many posts they came in.

        What repeats an alert after something new of its sender was said is renewed after that, which may be about this alert.
        """
        done: list[_Done] = []
        before: list[Renewal] = []
        after: list[Renewal] = []
        news: dict[str, list[Piece]] = {}
        for piece in batch:
            sender = piece.known.integration.key
            if piece.renewals:
                (after if sender in news else before).extend(piece.renewals)
                done.append(_Done(piece, renewed(len(piece.renewals), silent=piece.parsed.reply is None), _NO_ROWS))
            else:
                news.setdefault(sender, []).append(piece)
        _renew(tx, before)
        for pieces in news.values():
            done += self._fold(tx, pieces)
        _renew(tx, after)
        return done

    def _fold(self, tx: Tx, pieces: Sequence[Piece]) -> list[_Done]:
        sender = pieces[0].known.sender
        alerts = [alert for piece in pieces for alert in piece.parsed.alerts]
        let_go(tx, sender, alerts)
        folded = fold_in(self.engine, tx, sender, alerts)
        done: list[_Done] = []
        start = 0
        for piece in pieces:
            end = start + len(piece.parsed.alerts)
            taken = folded.accepted(start, end)
            accepted = with_the_rest(self.engine, tx, sender, piece.parsed, taken)
            if piece.first and (taken.fired or taken.resolved or _more(accepted)):
                self._keep(tx, piece.known, piece.inbound, reasons(piece.parsed.rejected))
            done.append(_Done(piece, accepted, folded.kept))
            start = end
        return done

    def _remember(self, done: _Done) -> None:
        piece = done.piece
        if piece.looks:
            names = (alert.fingerprint for alert in piece.parsed.alerts)
            seen = list(zip(piece.looks, names, strict=True))
            self.remembered.keep(piece.known.integration.key, seen, done.kept)

    def _take_unremembered(self, batch: Sequence[Piece], outcomes: list[list[Outcome]]) -> None:
        """Forget what a batch rests on, read its posts after all, and take them."""
        fresh: list[Piece] = []
        for piece in batch:
            if not piece.renewals:
                fresh.append(piece)
                continue
            self.remembered.forget(piece.known.integration.key, piece.seen)
            try:
                fresh += read(piece.post, piece.known, piece.inbound, None)
            except RejectedError as error:
                outcomes[piece.post].append(error)
        for again in batches(fresh):
            self._take(again, outcomes)

    def _one_by_one(self, piece: Piece, broken: Exception) -> Outcome:
        """Take what can be taken, each item in a transaction of its own; an error when there is nothing."""
        reason = f"{type(broken).__name__}: {broken}"
        try:
            transact(self.engine, lambda tx: self._keep(tx, piece.known, piece.inbound, reason, always=True))
        except STORE_ERRORS as error:  # of this post alone: the others are committed
            return error
        taken: list[Accepted] = []
        left_out: list[Rejected] = []
        for item in items(piece.parsed):
            try:
                taken.append(transact(self.engine, _taking(self.engine, piece, item)))
            except STORE_ERRORS as error:
                return error
            except Exception as error:  # noqa: BLE001 (the body is kept with its reason; the next alert may be the one that matters)
                left_out.append(Rejected(where=named(item), reason=f"{type(error).__name__}: {error}"))
        if not taken:
            return RejectedError(f"no alert of this post could be taken: {left_out[-1].reason if left_out else reason}")
        return replace(together(taken, piece.parsed), rejected=(*piece.parsed.rejected, *left_out))

    def _keep_rejected(self, known: KnownSender, body: bytes, reason: str, now: datetime) -> str:
        inbound = InboundPost(body=body, received_at=now)
        kept = transact(self.engine, lambda tx: self._keep(tx, known, inbound, reason))
        if not kept:
            return "not kept: too many posts of this sender were, within a minute"
        return f"kept as {kept}" if len(body) <= RAW_LIMIT else f"its first {RAW_LIMIT >> 20} MiB kept as {kept}"

    def _keep(self, tx: Tx, known: KnownSender, inbound: InboundPost, error: str, *, always: bool = False) -> str:
        """Keep a body for replay, without secrets, and return its id; '' when enough of this sender was kept lately."""
        key = known.integration.key
        since, size = self._kept.get(key, (inbound.received_at, 0))
        if inbound.received_at - since >= MINUTE:
            since, size = inbound.received_at, 0
        if size and size + len(inbound.body) > KEPT_BYTES and not always:
            return ""
        self._kept[key] = (since, size + len(inbound.body))
        return tx.keep_raw(key, self.engine.redact(_beginning(inbound.body)), error=error)


def _beginning(body: bytes) -> bytes:
    """Return what is looked through for secrets of a body: what is kept, and a little more, so that none is cut in two."""
    end = RAW_LIMIT + BESIDE
    while end < len(body) and body[end] in _WITHIN_A_CHARACTER:
        end += 1
    return body[:end]


def _renew(tx: Tx, renewals: Sequence[Renewal]) -> None:
    """Renew leases.

    Raises:
        _StaleError: one is not what was remembered of it.
    """
    once = merged(renewals)
    if once is None or (once and not tx.renew_alerts(once)):
        raise _StaleError


def _more(accepted: Accepted) -> bool:
    return bool(accepted.acknowledged or accepted.changes or accepted.rejected)


def _taking(engine: Engine, piece: Piece, item: Parsed) -> Callable[[Tx], Accepted]:
    return lambda tx: take_in(engine, tx, piece.known.sender, item)


def _whole(outcomes: Sequence[Outcome]) -> Outcome:
    """Return what became of a post from what became of its pieces: an error of one is the answer, since the rest will be sent again."""
    if len(outcomes) == 1:
        return outcomes[0]
    broken = [one for one in outcomes if isinstance(one, Exception)]
    taken = [one for one in outcomes if isinstance(one, Accepted)]
    if broken:
        return broken[0]
    left_out = tuple(item for one in taken for item in one.rejected)
    return replace(together(taken, Parsed()), rejected=left_out, reply=taken[-1].reply)
