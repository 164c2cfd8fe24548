"""Silences as people use them: make one, edit it, end it early, list them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tocsin.domain.actor import Actor
from tocsin.domain.alerts import silences as rules
from tocsin.domain.alerts.matchers import show_matchers
from tocsin.domain.alerts.silences import Former, Silence, SilenceState, Terms
from tocsin.flows.engine import Engine
from tocsin.flows.ingest import look_soon
from tocsin.flows.storage import Tx
from tocsin.flows.transact import transact

MOST_LISTED: Final = 500


class UnknownSilenceError(Exception):
    """There is no silence of that id: `tocsin silence list --all` shows every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The name that somebody gives, '' for none, and the integration through which it came: nobody vouches for it."""

    name: str
    via: str

    @property
    def shown(self) -> str:
        """Both, as people are shown them."""
        return f"{self.name} via {self.via}" if self.name else self.via


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceView:
    """A silence as people see it; `silences_now` is false outside the times of one that recurs, `former` is what it said before."""

    id: str
    state: SilenceState
    silences_now: bool
    matchers: tuple[str, ...]
    shown: str
    starts_at: datetime
    ends_at: datetime
    during: tuple[str, ...]
    created_by: str
    comment: str
    created_at: datetime
    updated_at: datetime
    updated_by: str
    replaces: str
    former: tuple[Former, ...]


def create(engine: Engine, terms: Terms, by: Actor) -> SilenceView:
    """Make a silence and return it.

    Raises:
        InvalidError: the terms make no silence.
    """
    new_id = engine.new_id()

    def work(tx: Tx) -> SilenceView:
        made = rules.silence(new_id, terms, _name(by), tx.now())
        tx.put_silence(made)
        return _view(made, tx.now())

    return transact(engine, work)


def edit(engine: Engine, silence_id: str, terms: Terms, by: Actor) -> SilenceView:
    """Expire a silence and return the new one that takes its place.

    Raises:
        UnknownSilenceError: there is none of that id.
        InvalidError: the terms make no silence.
        RefusedError: the silence says that already.
    """
    new_id = engine.new_id()

    def work(tx: Tx) -> SilenceView:
        both = rules.edit(_found(tx, silence_id), new_id, terms, _name(by), tx.now())
        tx.put_silence(both.old)
        tx.put_silence(both.new)
        look_soon(tx)
        return _view(both.new, tx.now())

    return transact(engine, work)


def put(engine: Engine, terms: Terms, by: Said, *, replaces: str = "") -> str:
    """Make a silence by an Alertmanager's rules, or change one, and return its id: another one where it had to be another silence.

    Raises:
        UnknownSilenceError: there is none to change.
        InvalidError: the terms make no silence.
    """
    new_id = engine.new_id()

    def work(tx: Tx) -> str:
        if not replaces:
            tx.put_silence(_came(rules.silence(new_id, terms, by.name, tx.now()), by))
            return new_id
        old = _found(tx, replaces)
        said = replace(terms, during=old.during)  # an Alertmanager's client cannot say them
        same = rules.changed(old, said, by.name, tx.now())
        if same is not None:
            tx.put_silence(_came(same, by) if same != old else old)
        else:
            new = rules.silence(new_id, said, by.name, tx.now())
            tx.put_silence(rules.expire(old, by.shown, tx.now()))
            tx.put_silence(replace(_came(new, by), replaces=old.id))
        look_soon(tx)
        return replaces if same is not None else new_id

    return transact(engine, work)


def _came(one: Silence, by: Said) -> Silence:
    return replace(one, via=by.via, updated_by=by.shown)


def expire(engine: Engine, silence_id: str, by: Actor) -> SilenceView:
    """End a silence now and return it; one that is over stays as it was.

    Raises:
        UnknownSilenceError: there is none of that id.
    """

    def work(tx: Tx) -> SilenceView:
        over = rules.expire(_found(tx, silence_id), _name(by), tx.now())
        tx.put_silence(over)
        look_soon(tx)
        return _view(over, tx.now())

    return transact(engine, work)


def listed(engine: Engine, *, expired: bool = False) -> list[SilenceView]:
    """Return the silences that are pending or active, also the expired ones if asked; the last to end first."""
    with engine.store.reading() as tx:
        now = tx.now()
        found = tx.silences(ending_after=None if expired else now, limit=MOST_LISTED)
        return [_view(one, now) for one in found]


def _found(tx: Tx, silence_id: str) -> Silence:
    found = tx.silence(silence_id)
    if found is None:
        raise UnknownSilenceError(f"there is no silence {silence_id!r}")
    return found


def _name(by: Actor) -> str:
    return by.person or by.id


def _view(one: Silence, now: datetime) -> SilenceView:
    return SilenceView(
        id=one.id,
        state=rules.state_of(one, now),
        silences_now=rules.in_force(one, now),
        matchers=tuple(str(matcher) for matcher in one.matchers),
        shown=show_matchers(one.matchers),
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        during=tuple(str(span) for span in one.during),
        created_by=one.author,
        comment=one.comment,
        created_at=one.created_at,
        updated_at=one.updated_at,
        updated_by=one.updated_by,
        replaces=one.replaces,
        former=one.former,
    )
