"""Logins, tokens, sessions, one-time secrets and remembered answers in SQL. Secrets arrive as SHA-256 hex digests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Column, Select, case, delete, or_, select, tuple_, update

from tocsin.flows.storage import LOGIN, Answer, Page, Session, Token, User, VerifiedContact
from tocsin.store.cursors import check_limit, read_cursor, write_cursor
from tocsin.store.sql.part import AnyRow, Part, putting
from tocsin.store.stamps import MICROSECOND, SECOND_US, from_us, maybe_at, maybe_us, to_us
from tocsin.store.tables import answers, contact_verifications, once, sessions, tokens, tries, users

ANSWER_KEPT_US = 24 * 3600 * SECOND_US
CLAIMED = 0  # the status of a row that is being answered
STAMP_EVERY_US = 60 * SECOND_US
_TARGETS = select(contact_verifications.c.person, contact_verifications.c.method, contact_verifications.c.target)

_PUT_ONCE = {on_postgres: putting(once, on_postgres=on_postgres) for on_postgres in (False, True)}


class AccountRows(Part):
    """The accounts of one transaction."""

    _targets: frozenset[tuple[str, str, str]] | None = None

    def put_user(self, user: User) -> None:
        """Insert or replace a login."""
        scopes = msgspec.json.encode(user.scopes).decode()
        values = {"person": user.person, "password_hash": user.password_hash, "scopes": scopes}
        self.upsert(users, values | {"disabled": user.disabled})

    def user(self, person: str) -> User | None:
        """Return a login, None when there is none."""
        row = self.one(select(users).where(users.c.person == person))
        if row is None:
            return None
        scopes = msgspec.json.decode(row.scopes, type=tuple[str, ...])
        return User(person=row.person, password_hash=row.password_hash, scopes=scopes, disabled=row.disabled)

    def put_token(self, token: Token, digest: str) -> None:
        """Insert or replace a token."""
        values = {
            "id": token.id,
            "digest": digest,
            "person": token.person,
            "team": token.team,
            "name": token.name,
            "scopes": msgspec.json.encode(token.scopes).decode(),
            "created_at": to_us(token.created_at),
            "expires_at": maybe_us(token.expires_at),
            "last_used_at": maybe_us(token.last_used_at),
        }
        self.upsert(tokens, values)

    def token(self, digest: str) -> Token | None:
        """Return an unexpired token of somebody not disabled; a writing transaction stamps its use, to the minute."""
        now = self.now_us()
        live = or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now)
        row = self.one(_of_enabled(select(tokens).where(tokens.c.digest == digest, live), tokens.c.person))
        if row is None:
            return None
        if self.writable and (row.last_used_at is None or now - row.last_used_at >= STAMP_EVERY_US):
            self.run(update(tokens).where(tokens.c.id == row.id).values(last_used_at=now))
        return _token(row)

    def tokens(self, person: str, *, cursor: str = "", limit: int = 50) -> Page[Token]:
        """Return a person's tokens ('' for everybody's), oldest first, expired ones too."""
        wanted, place = ("tokens", person), (tokens.c.created_at, tokens.c.id)
        statement = select(tokens).where(tokens.c.person == person) if person else select(tokens)
        if cursor:
            statement = statement.where(tuple_(*place) > tuple_(*read_cursor(wanted, cursor, tuple[int, str])))
        found = self.rows(statement.order_by(*place).limit(check_limit(limit) + 1))
        last = found[limit - 1] if len(found) > limit else None
        more = write_cursor(wanted, last.created_at, last.id) if last else ""
        return Page(items=tuple(_token(row) for row in found[:limit]), next_cursor=more)

    def token_by_id(self, token_id: str) -> Token | None:
        """Return a token by its id, an expired one too; None when there is none."""
        row = self.one(select(tokens).where(tokens.c.id == token_id))
        return _token(row) if row else None

    def drop_token(self, token_id: str) -> bool:
        """Delete a token; False when there was none."""
        return self.run(delete(tokens).where(tokens.c.id == token_id)) == 1

    def put_session(self, digest: str, session: Session) -> None:
        """Insert or replace a session."""
        values = {"person": session.person, "csrf": session.csrf, "expires_at": to_us(session.expires_at)}
        self.upsert(sessions, {"digest": digest} | values)

    def session(self, digest: str) -> Session | None:
        """Return an unexpired session of somebody not disabled."""
        live = select(sessions).where(sessions.c.digest == digest, sessions.c.expires_at > self.now_us())
        row = self.one(_of_enabled(live, sessions.c.person))
        return Session(person=row.person, csrf=row.csrf, expires_at=from_us(row.expires_at)) if row else None

    def drop_session(self, digest: str) -> None:
        """Delete a session; unknown ones too."""
        self.run(delete(sessions).where(sessions.c.digest == digest))

    def drop_logins(self, person: str, *, keep: str = "") -> int:
        """End a person's sessions but for one, and forget their unspent login links; return how many sessions ended."""
        self.run(delete(once).where(once.c.purpose == LOGIN, once.c.subject == person))
        return self.run(delete(sessions).where(sessions.c.person == person, sessions.c.digest != keep))

    def put_once(self, purpose: str, digest: str, subject: str, expires_at: datetime) -> None:
        """Keep a one-time secret (a login link, a contact verification) for `subject`."""
        values = {"purpose": purpose, "digest": digest, "subject": subject, "expires_at": to_us(expires_at)}
        self.defer(_PUT_ONCE[self.on_postgres], values)

    def see_once(self, purpose: str, digest: str) -> str:
        """Return the subject and spend nothing; '' when unknown, used or expired."""
        kept = select(once.c.subject).where(once.c.purpose == purpose, once.c.digest == digest)
        row = self.one(kept.where(once.c.expires_at > self.now_us()))
        return str(row.subject) if row else ""

    def take_once(self, purpose: str, digest: str) -> str:
        """Return the subject and delete the secret; '' when unknown, used or expired."""
        taken = delete(once).where(once.c.purpose == purpose, once.c.digest == digest)
        row = self.one(taken.returning(once.c.subject, once.c.expires_at))
        return str(row.subject) if row and row.expires_at > self.now_us() else ""

    def count_try(self, what: str, window: timedelta) -> int:
        """Count a try and return how many there were; `window` after the first, counting begins anew."""
        now = self.now_us()
        fresh = self.insert(tries).values(what=what, count=1, ends_at=now + window // MICROSECOND)
        over = tries.c.ends_at <= now
        counted = {
            "count": case((over, 1), else_=tries.c.count + 1),
            "ends_at": case((over, fresh.excluded.ends_at), else_=tries.c.ends_at),
        }
        # One statement: whoever comes at the same time waits for the row and counts on from it.
        wanted = fresh.on_conflict_do_update(index_elements=["what"], set_=counted).returning(tries.c.count)
        return int(self.connection.execute(wanted).scalar_one())

    def verify_contact(self, person: str, method: str, *, target: str, by: str) -> None:
        """Remember that a contact method was verified for one target; another takes the place of the former."""
        self._targets = None
        values = {"person": person, "method": method, "target": target, "verified_by": by}
        self.upsert(contact_verifications, values | {"verified_at": self.now_us()})

    def verified_contacts(self) -> tuple[VerifiedContact, ...]:
        """Return every verified contact method, by person and method."""
        found = self.rows(select(contact_verifications))
        verified = [_verified(row) for row in found]
        return tuple(sorted(verified, key=lambda one: (one.person, one.method)))

    def verified_targets(self) -> frozenset[tuple[str, str, str]]:
        """Return (person, method, target) of every verified contact method."""
        if self._targets is None:
            found = self.connection.execute(_TARGETS)
            self._targets = frozenset((person, method, target) for person, method, target in found)
        return self._targets

    def answer(self, key: str, actor: str) -> Answer | None:
        """Return what an Idempotency-Key answered before (kept 24 h)."""
        fresh = answers.c.created_at > self.now_us() - ANSWER_KEPT_US
        its = (answers.c.key == key, answers.c.actor == actor, answers.c.status != CLAIMED)
        row = self.one(select(answers).where(*its, fresh))
        return Answer(request_hash=row.request_hash, status=row.status, body=row.body) if row else None

    def claim_answer(self, key: str, actor: str, lasting: timedelta) -> bool:
        """Take it on to answer a key; False where it has been answered, or somebody took it on less than `lasting` ago."""
        now = self.now_us()
        claim = {"request_hash": "", "status": CLAIMED, "body": "", "created_at": now}
        given_up = (answers.c.status == CLAIMED) & (answers.c.created_at <= now - lasting // MICROSECOND)
        over = or_(given_up, answers.c.created_at <= now - ANSWER_KEPT_US)
        # One statement: of two that come at the same time one waits for the other's row and finds it fresh.
        taken = self.insert(answers).values(key=key, actor=actor, **claim)
        taken = taken.on_conflict_do_update(index_elements=["key", "actor"], set_=claim, where=over)
        return self.one(taken.returning(answers.c.key)) is not None

    def put_answer(self, key: str, actor: str, answer: Answer) -> None:
        """Remember an answer, in place of the claim on it."""
        values = {"key": key, "actor": actor, "request_hash": answer.request_hash, "status": answer.status}
        self.upsert(answers, values | {"body": answer.body, "created_at": self.now_us()})

    def drop_answer(self, key: str, actor: str) -> None:
        """Forget an answer or the claim on it; unknown ones too."""
        self.run(delete(answers).where(answers.c.key == key, answers.c.actor == actor))


def _of_enabled(wanted: Select[Any], person: Column[str]) -> Select[Any]:
    disabled = select(users.c.person).where(users.c.person == person, users.c.disabled).exists()
    return wanted.where(~disabled)


def _verified(row: AnyRow) -> VerifiedContact:
    at = from_us(row.verified_at)
    return VerifiedContact(person=row.person, method=row.method, target=row.target, by=row.verified_by, at=at)


def _token(row: AnyRow) -> Token:
    return Token(
        id=row.id,
        person=row.person,
        name=row.name,
        scopes=msgspec.json.decode(row.scopes, type=tuple[str, ...]),
        created_at=from_us(row.created_at),
        expires_at=maybe_at(row.expires_at),
        last_used_at=maybe_at(row.last_used_at),
        team=row.team,
    )
