"""Plans to try things on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any, TypeVar

from hypothesis import strategies as st
from tests.domain.tape import EITHER, Tape, tapes

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
_leaf = st.sampled_from([None, True, False, 0, -1, 2**53, 0.1, -1e300]) | st.integers(-(2**53), 2**53) | _text
_nested = st.lists(_leaf, max_size=2) | st.dictionaries(_text, _leaf, max_size=2)
_json = _leaf | st.lists(_leaf | _nested, max_size=2) | st.dictionaries(_text, _leaf | _nested, max_size=2)
# The words and parameters of a plan are drawn together and dealt out to its fields: a draw each would be most of the run.
_words = st.lists(_text, min_size=1, max_size=5)
_params = st.lists(st.dictionaries(_text, _json, max_size=2), min_size=1, max_size=2)
_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _step(deal: Iterator[str], params: dict[str, object], tape: Tape) -> PlannedStep:
    return PlannedStep(
        action=next(deal),
        target=next(deal),
        summary=next(deal),
        before=next(deal),
        after=next(deal),
        blast_radius=next(deal),
        undo=next(deal),
        affected=tuple(next(deal) for _ in range(tape.pick(range(4)))),
        reversible=tape.pick(EITHER),
        destructive=tape.pick(EITHER),
        params=params,
    )


def _plan(words: list[str], params: list[dict[str, object]], created: int, ttl: int, tape: Tape) -> Plan:
    deal = cycle(words[tape.pick(range(len(words))) :] + words)
    steps = tuple(_step(deal, tape.pick(params), tape) for _ in range(tape.pick((1, 2, 3))))
    return Plan(
        created_at=_SINCE + created * _MICROSECOND,
        expires_at=_SINCE + (created + ttl) * _MICROSECOND,
        steps=steps,
        facts_hash=facts_hash(steps),
        id=next(deal),
        incident=next(deal),
        service=next(deal),
        title=next(deal),
        blast_radius=next(deal),
        undo=next(deal),
        risk=tape.pick(("low", "medium", "high")),
        notes=tuple(next(deal) for _ in range(tape.pick(range(3)))),
    )


plans = st.builds(
    _plan,
    _words,
    _params,
    st.integers(0, timedelta(days=36_500) // _MICROSECOND),
    st.integers(1, timedelta(days=1) // _MICROSECOND),
    tapes(16),
)
