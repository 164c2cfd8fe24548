"""Back to normal is judged from samples, over generated values."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.mitigation.test_gates import BAD, BASELINE, GOOD, NOW, PACK, READY, samples, series

from tocsin.domain.mitigation.gates import Sample, judge
from tocsin.domain.policy.pack import Verification


@given(st.lists(samples, max_size=6), st.integers(1, 4))
@settings(max_examples=80)
def test_a_pass_needs_the_newest_k_samples_to_be_good(found: list[Sample], needed: int) -> None:
    recent = series(*found)
    pack = Verification(gates=(READY,), good_samples=needed)
    (result,) = judge(pack, baseline=(), recent=recent, now=NOW)
    newest = [sample.ready for sample in recent[-needed:]]

    assert (result.verdict == "pass") == (newest == [True] * needed)
    assert (result.verdict == "fail") == (newest == [False] * needed)


@given(st.permutations(series(BAD, GOOD, GOOD, GOOD)))
@settings(max_examples=10)
def test_the_order_in_which_samples_arrive_does_not_matter(shuffled: list[Sample]) -> None:
    results = judge(PACK, baseline=BASELINE, recent=shuffled, now=NOW)

    assert {r.verdict for r in results} == {"pass"}
