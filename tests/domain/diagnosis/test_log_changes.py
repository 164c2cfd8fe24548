"""What logs did differently after a moment than before it."""

from __future__ import annotations

from datetime import timedelta

from tests.domain.diagnosis.log_lines import NAMES, START, facts, mined, ordered, stamped, steady

from tocsin.domain.diagnosis.facts.logs import LogFacts
from tocsin.domain.diagnosis.logs.changes import changes
from tocsin.domain.diagnosis.logs.statistics import discoveries, dispersion, separation, spread, surprise

ONSET = START + timedelta(seconds=600)
CALM = ordered(
    steady(1200, "INFO [shop] order {n} placed"),
    steady(300, "INFO [mail] mail {n} sent", every_s=4.0),
    steady(120, "WARNING [shop] retry {n} of stock", every_s=10.0),
)


def test_a_calm_log_has_no_changes() -> None:
    found = changes(facts(CALM), ONSET)

    assert found.comparable
    assert (found.new, found.first_seen, found.jumped, found.vanished, found.first_errors, found.mix) == ((),) * 5 + (
        None,
    )


def test_an_error_that_was_never_seen_before_is_new() -> None:
    log = ordered(CALM, steady(30, "ERROR [shop] QueuePool limit of size {n} reached", every_s=10.0, begin_s=620))

    found = changes(facts(log), ONSET)

    assert [one.template.text for one in found.new] == ["QueuePool limit of size <*> reached"]
    assert (found.new[0].before, found.new[0].after) == (0, 30)


def test_one_rare_error_after_the_onset_is_told_apart_from_what_is_surely_new() -> None:
    found = changes(facts(ordered(CALM, [stamped(700, "ERROR [shop] disk sda is gone")])), ONSET)

    assert found.new == ()
    assert [one.template.text for one in found.first_seen] == ["disk sda is gone"]


def test_where_every_error_is_seen_once_none_is_news() -> None:
    once = [
        stamped(n * 60, f"ERROR [shop] {name} {name} {name} gave up") for n, name in enumerate((*NAMES, "alan", "kurt"))
    ]

    assert changes(facts(ordered(CALM, once)), ONSET).first_seen == ()


def test_a_rate_that_jumps_is_found_and_one_that_grows_with_everything_is_not() -> None:
    jump = ordered(CALM, steady(300, "WARNING [shop] retry {n} of stock", begin_s=650))
    surge = ordered(CALM, *(steady(1200, "INFO [shop] order {n} placed", every_s=0.5, begin_s=600) for _ in range(3)))

    assert [one.template.text for one in changes(facts(jump), ONSET).jumped] == ["retry <*> of stock"]
    assert changes(facts(surge), ONSET).jumped == ()
    assert changes(facts(surge), ONSET).volume_ratio > 5


def test_a_line_that_came_all_the_time_and_then_did_not_has_vanished() -> None:
    beat = steady(60, "INFO [cron] beat {n}", every_s=10.0)

    assert [one.template.text for one in changes(facts(ordered(CALM, beat)), ONSET).vanished] == ["beat <*>"]


def test_the_service_whose_error_came_first_is_named_first() -> None:
    log = ordered(
        CALM,
        steady(40, "ERROR [web] upstream {n} failed", every_s=5.0, begin_s=640),
        steady(40, "ERROR [auth] session store {n} refused", every_s=5.0, begin_s=610),
    )

    assert [one.service for one in changes(facts(log), ONSET).first_errors] == ["auth", "web"]


def test_more_errors_among_the_same_lines_are_a_shift_of_levels() -> None:
    log = ordered(
        CALM,
        steady(20, "ERROR [shop] no stock {n}", every_s=30.0),
        steady(200, "ERROR [shop] no stock {n}", begin_s=620),
    )

    mix = changes(facts(log), ONSET).mix

    assert mix is not None
    assert mix.after > 3 * mix.before


def test_a_number_that_moves_is_found_with_its_field_and_a_counter_is_not() -> None:
    slow = [
        stamped(n, f"INFO [shop] answered in {40 + n % 7 + (400 if n > 700 else 0)} ms offset={n}") for n in range(1000)
    ]

    drifts = facts(slow).drifts

    assert [(one.field, one.first < 50, one.last > 400) for one in drifts] == [("in", True, True)]


def test_what_is_kept_is_redacted_by_whoever_keeps_it() -> None:
    log = [stamped(0, "ERROR [shop] login with password hunter of ada refused")]

    seen = facts(log, redact=lambda text: text.replace("hunter", "***"))

    assert "hunter" not in str(seen)
    assert seen.templates[0].text == "login with password *** of ada refused"


def test_the_period_before_a_moment_outside_the_log_is_its_first_half() -> None:
    log = ordered(CALM, steady(30, "ERROR [shop] lost {n}", every_s=10.0, begin_s=620))

    assert changes(facts(log), START + timedelta(days=1)).new
    assert changes(facts(log), None).new
    assert not changes(LogFacts(target="logs", at=START), ONSET).comparable


def test_figures_are_what_their_names_say() -> None:
    assert surprise(100, 100, 1.0) == 0
    assert surprise(10, 100, 1.0) > 5
    assert surprise(100, 10, 1.0) < -5
    assert dispersion([5, 5, 5, 5]) == 1.0
    assert dispersion([0, 40, 0, 0, 40, 0]) > 10
    assert separation([1, 2], [3, 4]) == 1.0
    assert spread([1.0, 2.0, 3.0]) > 1.4
    assert discoveries([0.001, 0.5], tried=10, rate=0.05) == 0.001
    assert discoveries([0.4], tried=10, rate=0.05) == 0.0
    assert mined([]) == []
