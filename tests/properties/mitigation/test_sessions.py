"""A session is ended only when it is the one that was planned, over generated values."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from tests.domain.mitigation.samples import NOON
from tests.domain.mitigation.test_sessions import LEAKED
from tests.domain.tape import EITHER, choosing

from tocsin.domain.mitigation.sessions import Session, protected, refuse_ending


@given(
    choosing(
        Session,
        pid=(100, 101),
        backend_start=(NOON, NOON + timedelta(seconds=1)),
        user=("shop", "rdsadmin"),
        application=("orders", "Tocsin", ""),
        state=("idle in transaction", "active", "idle", ""),
        idle_s=(0.0, 300.0, 900.0),
        xact_start=(None, LEAKED.xact_start, NOON),
        kind=("client backend", "walsender", "autovacuum worker"),
        superuser=EITHER,
        replication=EITHER,
        own=EITHER,
    )
)
def test_whatever_may_be_ended_is_the_planned_one_idle_and_unprotected(now: Session) -> None:
    if refuse_ending(LEAKED.id, now, older_than_s=300) is None:
        assert now.id == LEAKED.id
        assert now.state.startswith("idle in transaction")
        assert now.idle_s >= 300
        assert protected(now) is None
