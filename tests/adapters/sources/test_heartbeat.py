"""A sign of life: any post is one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.posts import a_post

from tocsin.adapters.sources.heartbeat import Heartbeat, validate_options
from tocsin.domain.alerts.heartbeat import Beat
from tocsin.domain.errors import InvalidError
from tocsin.flows.ports import RejectedError


@pytest.mark.parametrize(("path", "name"), [("", "heartbeat"), ("backup", "backup"), ("/a/b/", "a/b")])
def test_the_path_names_who_beats(path: str, name: str) -> None:
    parsed = Heartbeat().parse(a_post(b"\xff", path=path, options={"every": "5m"}))
    assert parsed.beats == (Beat(name=name, every=timedelta(minutes=5), grace=timedelta(minutes=1)),)


@pytest.mark.parametrize(
    ("options", "field"), [({}, "every"), ({"every": "0s"}, "every"), ({"every": "5m", "grace": "x"}, "grace")]
)
def test_what_is_no_interval_is_told_with_its_field(options: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as told:
        validate_options(options)
    assert told.value.field == field
    with pytest.raises(RejectedError, match="options do not hold"):
        Heartbeat().parse(a_post(b"", options=options))
