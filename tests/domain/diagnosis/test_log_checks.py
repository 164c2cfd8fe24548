"""Every check of logs: what it says, supports and refutes on lines that programs write."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.domain.diagnosis.cases import DEPLOYED, DEPLOYS, HEALTHY, ONSET, judged
from tests.domain.diagnosis.log_lines import START, ordered, stamped, steady
from tests.domain.diagnosis.log_samples import CALM, QUIET, SENTENCES, broken, seen

from tocsin.domain.diagnosis.diagnose import diagnose
from tocsin.domain.diagnosis.facts import Bundle, LogFacts


@pytest.mark.parametrize(
    ("check_id", "line", "cause"),
    SENTENCES,
)  # fmt: skip
def test_a_sentence_that_is_new_speaks_for_its_cause_and_one_as_before_does_not(
    check_id: str, line: str, cause: str | None
) -> None:
    new = judged(f"logs.{check_id}", seen(broken(line)))
    usual = judged(f"logs.{check_id}", seen(ordered(CALM, steady(60, line, every_s=20.0))))
    calm = judged(f"logs.{check_id}", QUIET)

    assert new.verdict == "critical"
    assert cause is None or cause in {weight.hypothesis for weight in new.supports}
    assert (usual.verdict, usual.supports) == ("ok", ())
    assert "as often as before" in usual.observed
    assert (calm.verdict, calm.supports) == ("ok", ())


def test_the_absence_of_pool_timeouts_and_deadlocks_speaks_a_little_against_them() -> None:
    assert [one.hypothesis for one in judged("logs.pool_timeout", QUIET).refutes] == ["connection_exhaustion"]
    assert [one.hypothesis for one in judged("logs.deadlock", QUIET).refutes] == ["deadlocks"]


def test_an_error_that_is_new_is_critical_and_a_rare_one_a_warning() -> None:
    new = judged("logs.new_errors", seen(broken("ERROR [shop] tax table 7 is gone")))
    rare = judged("logs.new_errors", seen(ordered(CALM, [stamped(700, "ERROR [shop] tax table is gone")])))

    assert (new.verdict, rare.verdict) == ("critical", "warn")
    assert "tax table <*> is gone (30 times)" in new.observed
    assert "too rarely to be sure" in rare.observed
    assert judged("logs.new_errors", QUIET).verdict == "ok"


def test_new_errors_after_a_release_speak_for_it_and_errors_of_before_do_not() -> None:
    deploys = replace(DEPLOYS, deploys=(replace(DEPLOYED, at=ONSET - timedelta(seconds=60)),))
    new = replace(seen(broken("ERROR [shop] tax table 7 is gone")), deploys=(deploys,))
    old = replace(seen(ordered(CALM, steady(60, "ERROR [shop] tax table 7 is gone", every_s=20.0))), deploys=(deploys,))

    assert [one.hypothesis for one in judged("logs.new_errors", new).supports] == ["bad_deploy"]
    assert judged("logs.new_errors", old).supports == ()


def test_a_trace_in_a_file_that_a_release_changed_speaks_for_that_release() -> None:
    trace = [line for n in range(10) for line in (
        stamped(650 + n, "ERROR [shop] export failed"), "Traceback (most recent call last):",
        '  File "/srv/app/routes/reports.py", line 3, in export', "    rows[0]", "IndexError: list index out of range",
    )]  # fmt: skip
    log = [*[line for line in CALM if line < stamped(650, "")], *trace]
    deploys = replace(DEPLOYS, deploys=(replace(DEPLOYED, at=ONSET - timedelta(seconds=60)),))

    found = judged("logs.new_traces", replace(seen(log), deploys=(deploys,)))

    assert "IndexError at /srv/app/routes/reports.py:export" in found.observed
    assert [one.hypothesis for one in found.supports] == ["bad_deploy"]


def test_lines_that_are_new_jump_vanish_or_move_are_told_each_by_its_check() -> None:
    assert judged("logs.new_lines", seen(broken("INFO [shop] fallback {n} used"))).verdict == "warn"
    assert (
        "times as often"
        in judged("logs.rate_jump", seen(ordered(CALM, steady(500, "INFO [mail] mail {n} sent", begin_s=620)))).observed
    )
    beat = steady(60, "INFO [cron] beat {n}", every_s=10.0)
    assert "beat <*>: 60 times before, then never" in judged("logs.vanished", seen(ordered(CALM, beat))).observed
    slow = [stamped(n, f"INFO [shop] answered in {40 + n % 7 + (400 if n > 700 else 0)} ms") for n in range(1000)]
    assert "answered in" in judged("logs.drift", seen(slow)).observed
    for check_id in ("new_lines", "rate_jump", "vanished", "drift", "new_traces", "level_mix", "volume"):
        assert judged(f"logs.{check_id}", QUIET).verdict == "ok"


def test_who_failed_first_is_told_and_another_service_is_suspected_no_further_than_time_allows() -> None:
    log = ordered(
        CALM,
        steady(40, "ERROR [web] upstream {n} failed", every_s=5.0, begin_s=640),
        steady(40, "ERROR [auth] session store {n} gone", every_s=5.0, begin_s=610),
    )
    bundle = seen(log)
    bundle = replace(bundle, logs=(replace(bundle.logs[0], service="web"),))

    found = judged("logs.first_error", bundle)

    assert "auth failed first, 30 s before web" in found.observed
    assert [(one.hypothesis, one.kind) for one in found.supports] == [("dependency_outage", "correlation")]


def test_more_lines_without_new_errors_speak_for_a_surge_and_fewer_are_told() -> None:
    surge = [line for _ in range(4) for line in steady(1200, "INFO [shop] order {n} placed", every_s=0.5, begin_s=600)]
    quiet = [line for line in CALM if line < stamped(640, "")] + [stamped(1200, "INFO [shop] order 1 placed")]

    assert [one.hypothesis for one in judged("logs.volume", seen(ordered(CALM, surge))).supports] == ["traffic_spike"]
    assert judged("logs.volume", seen(quiet)).verdict == "warn"
    mix = ordered(
        CALM,
        steady(20, "ERROR [shop] no stock {n}", every_s=30.0),
        steady(200, "ERROR [shop] no stock {n}", begin_s=620),
    )
    assert "of lines are errors" in judged("logs.level_mix", seen(mix)).observed


def test_a_log_that_cannot_be_read_is_a_finding_and_a_blind_spot() -> None:
    unread = LogFacts(target="shop log", at=START, error="denied", error_text="Permission denied: app.log")
    bundle = replace(HEALTHY, logs=(unread,))

    assert judged("logs.read", bundle).verdict == "warn"
    assert any(spot.target == "shop log" for spot in diagnose(bundle, ONSET).blind_spots)
    assert judged("logs.read", replace(HEALTHY, logs=(LogFacts(target="x", at=START),))).verdict == "unknown"
    assert judged("logs.read", QUIET).verdict == "ok"


def test_facts_of_logs_come_through_json_as_they_were() -> None:
    bundle = seen(broken("ERROR [shop] tax table 7 is gone"))

    assert Bundle.from_json(bundle.to_json()) == bundle
