"""Plans to try things on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st

from tocsin.domain.mitigation.plan import Plan, PlannedStep, facts_hash

Value = TypeVar("Value")


def changed(value: Value, changes: dict[str, Any]) -> Value:
    """Return `value` with fields changed by name; a table of cases cannot be typed field by field."""
    new: Value = replace(value, **changes)  # type: ignore[type-var]  # any dataclass will do
    return new


NOON = datetime(2025, 3, 15, 14, 10, tzinfo=UTC)

STEP = PlannedStep(
    action="postgres.terminate_idle_in_transaction",
    target="orders-db",
    summary="End 48 sessions",
    before="48 idle in transaction",
    after="0 idle in transaction",
    affected=("pid 100", "pid 101"),
    blast_radius="48 of 50 sessions",
    reversible=False,
    undo="none: rolled back",
    destructive=True,
    params={"older_than_s": 300.0, "sessions": [{"pid": 100, "backend_start": "2025-03-15T13:50:00.000001Z"}]},
)
BACK = PlannedStep(
    action="service.rollback",
    target="orders-deploy",
    summary="Roll orders back from v2.4.1 to v2.4.0",
    before="v2.4.1",
    after="v2.4.0",
    reversible=True,
    undo="the same command back to v2.4.1",
    params={"argv": ["deploy", "v2.4.0"], "from_version": "v2.4.1", "to_version": "v2.4.0"},
)
PLAN = Plan(
    id="0195-plan",
    incident="0195-incident",
    service="orders",
    title="End leaked sessions, roll back",
    steps=(STEP, BACK),
    blast_radius="48 of 50 sessions",
    undo="partly",
    risk="medium",
    created_at=NOON,
    expires_at=NOON + timedelta(minutes=10),
    facts_hash=facts_hash((STEP, BACK)),
)

_text = st.text(max_size=12)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=6,
)
steps = st.builds(
    PlannedStep,
    action=_text,
    target=_text,
    summary=_text,
    before=_text,
    after=_text,
    affected=st.lists(_text, max_size=3).map(tuple),
    blast_radius=_text,
    reversible=st.booleans(),
    undo=_text,
    destructive=st.booleans(),
    params=st.dictionaries(_text, _json, max_size=3),
)
_times = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (hypothesis adds the zone)
plans = st.builds(
    lambda created, ttl, chosen, **rest: Plan(
        created_at=created, expires_at=created + ttl, steps=chosen, facts_hash=facts_hash(chosen), **rest
    ),
    _times,
    st.timedeltas(timedelta(microseconds=1), timedelta(days=1)),
    st.lists(steps, min_size=1, max_size=3).map(tuple),
    id=_text,
    incident=_text,
    service=_text,
    title=_text,
    blast_radius=_text,
    undo=_text,
    risk=st.sampled_from(("low", "medium", "high")),
    notes=st.lists(_text, max_size=2).map(tuple),
)
