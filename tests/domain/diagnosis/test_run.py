"""A kept run is replayed as it was concluded, and two of them are told apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.domain.diagnosis.cases import HTTP, NOW, ONSET, POSTGRES, UNREADY

from tocsin.domain.diagnosis.compare import changed_causes, compare
from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import Bundle, Facts, bundle_of
from tocsin.domain.diagnosis.limits import Limits
from tocsin.domain.diagnosis.run import KeptCause, Run, run_of, verdict_of
from tocsin.domain.errors import InvalidError


def seen(*facts: Facts) -> Bundle:
    return bundle_of(facts, started_at=NOW, ended_at=NOW, targets=[one.target for one in facts])


def run(bundle: Bundle, limits: Limits | None = None) -> Run:
    found = diagnose(bundle, ONSET, limits)
    return run_of(bundle, found, onset=ONSET, limits=limits or Limits(), version="1.0")


WELL, ILL = run(seen(HTTP, POSTGRES)), run(seen(UNREADY, POSTGRES))


@pytest.mark.parametrize("kept", [WELL, ILL, run(seen(UNREADY), Limits(slow_answer_s=0.001, leak_sessions=1))])
def test_a_run_comes_back_from_json_and_concludes_the_same_again(kept: Run) -> None:
    again = Run.from_json(kept.to_json())

    assert again == kept
    assert verdict_of(again.replayed()) == kept.verdict


def test_only_limits_that_were_moved_are_kept() -> None:
    assert run(seen(HTTP), Limits(slow_answer_s=0.5)).limits == {"slow_answer_s": 0.5}


def test_bare_facts_of_an_earlier_version_are_a_run_too() -> None:
    bundle = seen(UNREADY)

    assert Run.from_json(bundle.to_json()) == Run(facts=bundle, verdict=verdict_of(diagnose(bundle)))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"facts": 1}', b"\xff"])
def test_what_is_no_bundle_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidError, match="not a diagnosis bundle"):
        Run.from_json(body)


def test_a_limit_that_is_no_number_is_refused_by_name() -> None:
    broken = Run.from_json(WELL.to_json().replace(b'"limits":{}', b'"limits":{"leak_sessions":1.5}'))

    with pytest.raises(InvalidError, match="limits"):
        broken.replayed()


def test_nothing_changed_between_a_run_and_itself() -> None:
    assert compare(ILL.verdict, ILL.verdict) == ()


def test_what_came_and_what_went_are_told_apart() -> None:
    worse, better = compare(WELL.verdict, ILL.verdict), compare(ILL.verdict, WELL.verdict)

    assert {one.name for one in worse} == {one.name for one in better}
    readiness = next(one for one in worse if one.what == "finding" and "ready" in one.name)
    assert readiness.before.startswith("ok")
    assert readiness.after.startswith(("warn", "critical"))
    causes = [one for one in worse if one.what == "cause"]
    assert causes
    assert all(str(one).startswith("new cause: ") for one in causes)


def test_what_is_not_seen_any_more_is_a_change() -> None:
    lost = compare(WELL.verdict, run(seen(HTTP)).verdict)

    assert any(one.what == "blind spot" and one.after == "not seen" for one in lost)


@pytest.mark.parametrize(
    ("score", "state", "told"),
    [(0.62, "likely", 0), (0.75, "likely", 1), (0.6, "confirmed", 1)],
)
def test_a_cause_changes_by_a_tenth_or_by_its_state(score: float, state: str, told: int) -> None:
    was = KeptCause(key="leak", title="A leak", state="likely", score=0.6)

    assert len(changed_causes([was], [replace(was, score=score, state=state)])) == told


def test_later_facts_are_other_facts() -> None:
    later = replace(ILL.facts, ended_at=NOW + timedelta(seconds=2))

    assert compare(ILL.verdict, run(later).verdict) == ()
