"""Redaction, over generated values."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.domain.diagnosis.redaction import redact_sql


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="'\\\0"), max_size=20))
@settings(max_examples=40)
def test_whatever_a_string_holds_is_not_shown(secret: str) -> None:
    assert redact_sql(f"a FROM t WHERE b = '{secret}' AND c = d") == "a FROM t WHERE b = ? AND c = d"
