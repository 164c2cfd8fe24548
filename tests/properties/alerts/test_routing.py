"""The tree of routes, and what a group is called, over generated values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.alerts.grouping import GroupKey, grouped

LABELS = st.dictionaries(st.sampled_from("abc") | st.text(min_size=1, max_size=3), st.text(max_size=3), max_size=3)


NAMES = st.text(st.sampled_from('a/{}",='), max_size=4)


@given(LABELS, LABELS, NAMES, NAMES)
def test_only_equal_groups_read_alike(one: dict[str, str], other: dict[str, str], name: str, second: str) -> None:
    first = GroupKey(receiver=name, labels=grouped(one, ("...",)))
    then = GroupKey(receiver=second, labels=grouped(other, ("...",)))
    if name == second:
        assert (str(first) == str(then)) == (first == then)
