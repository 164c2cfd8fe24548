"""R-DET-7, R-DET-9: references and channels in a pack's format, over generated values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.policy.names import slug


@given(st.text())
def test_a_slug_is_always_short_plain_and_not_empty(title: str) -> None:
    text = slug(title)
    assert 0 < len(text) <= 40
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not text.startswith("-")
    assert not text.endswith("-")
