"""A session is ended only when it is the one that was planned."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.domain.mitigation.samples import NOON, changed

from tocsin.domain.mitigation.sessions import Session, refuse_ending

LEAKED = Session(
    pid=100,
    backend_start=NOON,
    user="shop",
    application="orders",
    state="idle in transaction",
    idle_s=400.0,
    xact_start=NOON + timedelta(seconds=5),
)


def test_the_planned_session_still_idle_may_be_ended() -> None:
    assert refuse_ending(LEAKED.id, LEAKED, older_than_s=300) is None
    assert refuse_ending(LEAKED.id, replace(LEAKED, state="idle in transaction (aborted)"), older_than_s=300) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pid": 101}, "gone"),
        ({"backend_start": NOON + timedelta(microseconds=1)}, "gone"),
        ({"xact_start": NOON + timedelta(seconds=6)}, "changed"),
        ({"state": "active"}, "changed"),
        ({"state": "idle"}, "changed"),
        ({"idle_s": 299.9}, "changed"),
        ({"own": True}, "protected_own"),
        ({"application": "tocsin-probe"}, "protected_own"),
        ({"kind": "walsender"}, "protected_not_a_client"),
        ({"replication": True}, "protected_replication"),
        ({"superuser": True}, "protected_superuser"),
        ({"user": "rds_superuser"}, "protected_forbidden_role"),
    ],
)
def test_any_other_session_is_left_alone(change: dict[str, object], code: str) -> None:
    refusal = refuse_ending(LEAKED.id, changed(LEAKED, change), older_than_s=300)

    assert refusal is not None
    assert refusal.code == code


def test_a_session_that_is_not_there_is_gone() -> None:
    refusal = refuse_ending(LEAKED.id, None, older_than_s=300)

    assert refusal is not None
    assert refusal.code == "gone"
