"""What is stored is read again exactly, and an earlier version by lifting it; the frozen events are read in `tests/store`."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from tocsin.domain.incident import codec
from tocsin.domain.incident import events as e
from tocsin.domain.incident.codec import VERSIONS, decode_body


def test_a_type_of_newer_code_is_named() -> None:
    with pytest.raises(KeyError, match="Teleported"):
        decode_body("Teleported", 1, "{}")


def test_a_version_of_newer_code_is_not_guessed_at() -> None:
    with pytest.raises(KeyError, match="Noted"):
        decode_body("Noted", VERSIONS["Noted"] + 1, '{"text": "x"}')


@pytest.mark.parametrize("raw", ["", "{", "[]", "{}", '{"text": 3}'])
def test_what_is_no_such_event_is_refused(raw: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_body("Noted", 1, raw)


def test_an_old_version_is_lifted_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    lifts: dict[tuple[str, int], Callable[[dict[str, object]], dict[str, object]]] = {
        ("FollowUpAdded", 1): lambda body: {"followup": body["id"], "title": body["title"], "until": body["until"]},
        ("FollowUpAdded", 2): lambda body: {
            "followup": body["followup"],
            "title": str(body["title"]).upper(),
            "due": body["until"],
        },
    }
    monkeypatch.setattr(codec, "UPCASTERS", lifts)
    monkeypatch.setattr(codec, "VERSIONS", {**VERSIONS, "FollowUpAdded": 3})
    lifted = decode_body("FollowUpAdded", 1, '{"id": "f1", "title": "test it", "until": "2026-01-20T12:00:00Z"}')
    assert isinstance(lifted, e.FollowUpAdded)
    assert (lifted.followup, lifted.title) == ("f1", "TEST IT")
    assert lifted.due is not None
    assert lifted.due.utcoffset() is not None


def test_the_causes_of_an_older_diagnosis_are_called_what_they_are_called_today() -> None:
    causes = ", ".join(
        f'{{"key": "k", "title": "t", "state": "{state}", "score": 0.5}}'
        for state in ("supported", "proposed", "refuted")
    )

    lifted = decode_body("Diagnosed", 1, f'{{"bundle": "b", "causes": [{causes}], "checks": 3}}')

    assert isinstance(lifted, e.Diagnosed)
    assert [cause.state for cause in lifted.causes] == ["likely", "possible", "refuted"]


def test_a_version_nobody_can_lift_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "VERSIONS", {**VERSIONS, "Noted": 2})
    with pytest.raises(KeyError, match="Noted"):
        decode_body("Noted", 1, '{"text": "x"}')
