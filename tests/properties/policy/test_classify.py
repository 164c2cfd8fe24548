"""R-SEV-3, R-SEV-4, R-SEV-6: severity from facts, with reasons, over generated values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.policy.samples import PACK
from tests.domain.tape import MAYBE, choosing

from tocsin.domain.impact import Impact
from tocsin.domain.policy.classify import classify

PERCENT = (None, 0.0, 0.1, 4.9, 5.0, 5.1, 9.9, 10.0, 10.1, 19.9, 20.0, 20.1, 99.9, 100.0)


impacts = choosing(
    Impact,
    users_percent=PERCENT,
    error_percent=PERCENT,
    latency_multiple=(None, 0.0, 1.0, 2.9, 3.0, 3.1, 50.0),
    scope=("all", "subset", "isolated", "none", "unknown"),
    core_feature_down=MAYBE,
    data_loss=MAYBE,
    cosmetic=MAYBE,
)


@given(impacts, st.sampled_from(["users_percent", "error_percent", "latency_multiple"]), st.floats(0, 50))
def test_a_worse_figure_never_lowers_the_severity(facts: Impact, fact: str, more: float) -> None:
    now = getattr(facts, fact)
    worse: dict[str, Any] = {fact: more if now is None else min(100.0, now + more)}
    if now is not None:
        assert classify(replace(facts, **worse), PACK).rank <= classify(facts, PACK).rank


@given(impacts, st.sampled_from(["data_loss", "breach", "core_feature_down"]))
def test_a_grave_fact_never_lowers_the_severity(facts: Impact, fact: str) -> None:
    no: dict[str, Any] = {fact: False}
    yes: dict[str, Any] = {fact: True}
    assert classify(replace(facts, **yes), PACK).rank <= classify(replace(facts, **no), PACK).rank
