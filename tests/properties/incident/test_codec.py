"""What is stored is read again exactly, and an earlier version by lifting it, over generated values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.incident.bodies import bodies

from tocsin.domain.incident.codec import TYPES, decode_body, encode_body


@pytest.mark.parametrize("name", sorted(TYPES))
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_every_event_survives_being_stored(name: str, data: st.DataObject) -> None:
    body = data.draw(bodies(TYPES[name]))
    assert decode_body(*encode_body(body)) == body
