"""The one predicate: what is private shows to its members and to the worker, and to nobody who is nobody."""

from __future__ import annotations

import pytest

from tocsin.domain.visibility import NOBODY, WORKER, Viewer, may_see


@pytest.mark.parametrize(
    ("viewer", "private", "members", "seen"),
    [
        (Viewer(person="ana"), False, (), True),
        (NOBODY, False, (), True),
        (Viewer(person="ana"), True, ("ana",), True),
        (WORKER, True, (), True),
        (Viewer(person="ana"), True, ("bo",), False),
        (Viewer(person="ana", scopes=frozenset({"admin"})), True, ("bo",), False),
        (NOBODY, True, ("bo",), False),
        (NOBODY, True, ("",), False),
    ],
)
def test_who_may_see_an_incident(viewer: Viewer, private: bool, members: tuple[str, ...], seen: bool) -> None:  # noqa: FBT001 (a table's column)
    assert may_see(viewer, private=private, members=members) is seen
