"""Logins, tokens, sessions, one-time secrets and remembered answers in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.flows.storage import LOGIN, Answer, Page, Session, Token, User, VerifiedContact
from tocsin.store.cursors import check_limit, read_cursor, write_cursor
from tocsin.store.memory.part import Part
from tocsin.store.stamps import to_us

ANSWER_KEPT = timedelta(hours=24)
CLAIMED = Answer(request_hash="", status=0, body="")
STAMP_EVERY = timedelta(minutes=1)


class AccountRows(Part):
    """The accounts of one transaction."""

    def put_user(self, user: User) -> None:
        """Insert or replace a login."""
        self.rows.users[user.person] = user

    def user(self, person: str) -> User | None:
        """Return a login, None when there is none."""
        return self.rows.users.get(person)

    def put_token(self, token: Token, digest: str) -> None:
        """Insert or replace a token."""
        self.rows.tokens[token.id] = (digest, token)

    def token(self, digest: str) -> Token | None:
        """Return an unexpired token of somebody not disabled; a writing transaction stamps its use, to the minute."""
        found = next((token for kept, token in self.rows.tokens.values() if kept == digest), None)
        if found is None or self._over(found.expires_at) or self._disabled(found.person):
            return None
        if self.writable and (found.last_used_at is None or self.now() - found.last_used_at >= STAMP_EVERY):
            self.rows.tokens[found.id] = (digest, replace(found, last_used_at=self.now()))
        return found

    def tokens(self, person: str, *, cursor: str = "", limit: int = 50) -> Page[Token]:
        """Return a person's tokens ('' for everybody's), oldest first, expired ones too."""
        found = sorted((t for _, t in self.rows.tokens.values() if person in {"", t.person}), key=_age)
        wanted = ("tokens", person)
        if cursor:
            after = read_cursor(wanted, cursor, tuple[int, str])
            found = [token for token in found if _age(token) > after]
        shown = found[: check_limit(limit)]
        more = write_cursor(wanted, *_age(shown[-1])) if len(found) > limit else ""
        return Page(items=tuple(shown), next_cursor=more)

    def token_by_id(self, token_id: str) -> Token | None:
        """Return a token by its id, an expired one too; None when there is none."""
        kept = self.rows.tokens.get(token_id)
        return kept[1] if kept else None

    def drop_token(self, token_id: str) -> bool:
        """Delete a token; False when there was none."""
        return self.rows.tokens.pop(token_id, None) is not None

    def put_session(self, digest: str, session: Session) -> None:
        """Insert or replace a session."""
        self.rows.sessions[digest] = session

    def session(self, digest: str) -> Session | None:
        """Return an unexpired session of somebody not disabled."""
        found = self.rows.sessions.get(digest)
        return None if found is None or self._over(found.expires_at) or self._disabled(found.person) else found

    def drop_session(self, digest: str) -> None:
        """Delete a session; unknown ones too."""
        self.rows.sessions.pop(digest, None)

    def drop_logins(self, person: str, *, keep: str = "") -> int:
        """End a person's sessions but for one, and forget their unspent login links; return how many sessions ended."""
        for purpose, digest in [k for k, (subject, _) in self.rows.once.items() if (k[0], subject) == (LOGIN, person)]:
            del self.rows.once[purpose, digest]
        gone = [d for d, session in self.rows.sessions.items() if session.person == person and d != keep]
        for digest in gone:
            del self.rows.sessions[digest]
        return len(gone)

    def put_once(self, purpose: str, digest: str, subject: str, expires_at: datetime) -> None:
        """Keep a one-time secret (a login link, a contact verification) for `subject`."""
        self.rows.once[purpose, digest] = (subject, expires_at)

    def see_once(self, purpose: str, digest: str) -> str:
        """Return the subject and spend nothing; '' when unknown, used or expired."""
        subject, expires_at = self.rows.once.get((purpose, digest), ("", self.now()))
        return "" if self._over(expires_at) else subject

    def take_once(self, purpose: str, digest: str) -> str:
        """Return the subject and delete the secret; '' when unknown, used or expired."""
        subject, expires_at = self.rows.once.pop((purpose, digest), ("", self.now()))
        return "" if self._over(expires_at) else subject

    def count_try(self, what: str, window: timedelta) -> int:
        """Count a try and return how many there were; `window` after the first, counting begins anew."""
        count, ends_at = self.rows.tries.get(what, (0, self.now()))
        kept = (1, self.now() + window) if self._over(ends_at) else (count + 1, ends_at)
        self.rows.tries[what] = kept
        return kept[0]

    def verify_contact(self, person: str, method: str, *, target: str, by: str) -> None:
        """Remember that a contact method was verified for one target; another takes the place of the former."""
        found = VerifiedContact(person=person, method=method, target=target, by=by, at=self.now())
        self.rows.contacts[person, method] = found

    def verified_contacts(self) -> tuple[VerifiedContact, ...]:
        """Return every verified contact method, by person and method."""
        return tuple(found for _, found in sorted(self.rows.contacts.items()))

    def verified_targets(self) -> frozenset[tuple[str, str, str]]:
        """Return (person, method, target) of every verified contact method."""
        return frozenset((found.person, found.method, found.target) for found in self.rows.contacts.values())

    def answer(self, key: str, actor: str) -> Answer | None:
        """Return what an Idempotency-Key answered before (kept 24 h)."""
        at, found = self.rows.answers.get((key, actor), (self.now(), None))
        return found if found not in {None, CLAIMED} and self.now() - at < ANSWER_KEPT else None

    def claim_answer(self, key: str, actor: str, lasting: timedelta) -> bool:
        """Take it on to answer a key; False where it has been answered, or somebody took it on less than `lasting` ago."""
        at, found = self.rows.answers.get((key, actor), (self.now(), None))
        if found is not None and self.now() - at < (lasting if found == CLAIMED else ANSWER_KEPT):
            return False
        self.rows.answers[key, actor] = (self.now(), CLAIMED)
        return True

    def put_answer(self, key: str, actor: str, answer: Answer) -> None:
        """Remember an answer, in place of the claim on it."""
        self.rows.answers[key, actor] = (self.now(), answer)

    def drop_answer(self, key: str, actor: str) -> None:
        """Forget an answer or the claim on it; unknown ones too."""
        self.rows.answers.pop((key, actor), None)

    def _over(self, expires_at: datetime | None) -> bool:
        return expires_at is not None and expires_at <= self.now()

    def _disabled(self, person: str) -> bool:
        user = self.rows.users.get(person)
        return user is not None and user.disabled


def _age(token: Token) -> tuple[int, str]:
    return to_us(token.created_at), token.id
