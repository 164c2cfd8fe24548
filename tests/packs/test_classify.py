"""R-SEV-3, R-SEV-4, R-SEV-6: severity from facts, with reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.packs.presets import PRESETS, preset

from tocsin.domain.impact import Impact
from tocsin.domain.policy.classify import classify


@pytest.mark.parametrize(
    ("pack", "facts", "severity"),
    [
        ("platform", Impact(scope="all"), "SEV1"),
        ("platform", Impact(data_loss=True), "SEV1"),
        ("platform", Impact(breach=True), "SEV1"),
        ("platform", Impact(latency_multiple=10), "SEV2"),
        ("platform", Impact(core_feature_down=True), "SEV2"),
        ("platform", Impact(error_percent=30), "SEV2"),
        ("platform", Impact(workaround=True), "SEV3"),
        ("platform", Impact(cosmetic=True), "SEV4"),
        ("startup", Impact(users_percent=100), "CRITICAL"),
        ("startup", Impact(core_feature_down=True), "CRITICAL"),
        ("startup", Impact(users_percent=50), "HIGH"),
        ("startup", Impact(error_percent=5.1), "HIGH"),
        ("startup", Impact(users_percent=49, workaround=True), "MEDIUM"),
        ("startup", Impact(users_percent=0), "LOW"),
        ("ops", Impact(scope="all"), "SEV-1"),
        ("ops", Impact(feature_critical=True), "SEV-2"),
        ("ops", Impact(feature_critical=False), "SEV-3"),
        ("ops", Impact(cosmetic=True), "SEV-4"),
        ("responder", Impact(core_feature_down=True), "SEV-1"),
        ("responder", Impact(latency_multiple=2.5), "SEV-2"),
        ("responder", Impact(error_percent=6), "SEV-2"),
        ("responder", Impact(scope="isolated"), "SEV-3"),
        ("responder", Impact(latency_multiple=1.5), "SEV-3"),
        ("responder", Impact(false_positive=True), "SEV-4"),
        ("responder", Impact(internal_only=True), "SEV-4"),
        ("sre", Impact(users_percent=100), "P0"),
        ("sre", Impact(users_percent=30), "P1"),
        ("sre", Impact(users_percent=10), "P2"),
        ("sre", Impact(workaround=True), "P3"),
        # The worked examples: about 30 % of orders failing, 15 % of requests timing out, everybody locked out.
        ("ops", Impact(error_percent=30), "SEV-2"),
        ("sre", Impact(error_percent=15), "P1"),
        ("sre", Impact(scope="all", error_percent=100), "P0"),
    ],
)
def test_facts_lead_to_the_level_the_source_names(pack: str, facts: Impact, severity: str) -> None:
    found = classify(facts, preset(pack))

    assert found.severity == severity
    assert found.matched
    assert not found.defaulted


def test_exactly_on_a_line_the_source_does_not_draw_takes_the_higher_level_and_says_so() -> None:
    found = classify(Impact(users_percent=20), preset("sre"))

    assert found.severity == "P1"
    assert "exactly 20" in found.boundary_note
    assert "higher level, P1" in found.boundary_note


@pytest.mark.parametrize(
    ("pack", "facts", "severity"),
    [
        ("startup", Impact(error_percent=5), "HIGH"),
        ("responder", Impact(latency_multiple=2), "SEV-2"),
        ("responder", Impact(error_percent=5), "SEV-2"),
    ],
)
def test_an_unstated_boundary_is_always_the_higher_level(pack: str, facts: Impact, severity: str) -> None:
    found = classify(facts, preset(pack))

    assert (found.severity, "exactly" in found.boundary_note) == (severity, True)


@pytest.mark.parametrize("pack", PRESETS)
def test_what_is_normal_is_no_boundary(pack: str) -> None:
    normal = Impact(latency_multiple=1, error_percent=0, users_percent=0)

    assert classify(normal, preset(pack)).rank == len(preset(pack).severities)


@pytest.mark.parametrize("pack", PRESETS)
def test_a_third_partys_outage_counts_by_itself_in_responder_only(pack: str) -> None:
    found = classify(Impact(third_party=True), preset(pack))

    assert found.defaulted is (pack != "responder")
    assert classify(Impact(third_party=True, scope="all"), preset(pack)).rank == 1


@pytest.mark.parametrize("pack", PRESETS)
def test_knowing_nothing_is_the_lowest_level_and_says_that_nothing_matched(pack: str) -> None:
    found = classify(Impact(), preset(pack))

    assert found.rank == len(preset(pack).severities)
    assert found.matched == ()
    assert "no criterion matched" in found.boundary_note


def test_a_team_may_choose_another_level_to_start_from() -> None:
    found = classify(Impact(), replace(preset("platform"), default_severity="SEV3"))

    assert found.severity == "SEV3"
    assert "the pack's default" in found.boundary_note


def test_the_reasons_name_the_fact_and_the_line() -> None:
    assert classify(Impact(error_percent=30), preset("responder")).matched == (
        "More than 5 % errors, now and then (error % 30, above 5)",
    )


def test_an_answer_that_rests_on_our_reading_says_so() -> None:
    assert "our reading" in classify(Impact(error_percent=30), preset("ops")).boundary_note
    assert classify(Impact(error_percent=30), preset("responder")).boundary_note == ""


def test_the_error_share_follows_from_failed_and_total_requests() -> None:
    assert classify(Impact(failed_requests=30, total_requests=100), preset("responder")).severity == "SEV-2"


def test_everybody_means_all_of_them() -> None:
    assert classify(Impact(users_percent=100), preset("ops")).severity == "SEV-1"


def with_fact(facts: Impact, fact: str, value: float) -> Impact:
    changed: dict[str, Any] = {fact: value}
    return replace(facts, **changed)


percent = st.none() | st.floats(min_value=0, max_value=100)
impacts = st.builds(
    Impact,
    users_percent=percent,
    error_percent=percent,
    latency_multiple=st.none() | st.floats(min_value=0, max_value=50),
    scope=st.sampled_from(["all", "subset", "isolated", "none", "unknown"]),
    workaround=st.none() | st.booleans(),
    feature_critical=st.none() | st.booleans(),
    core_feature_down=st.none() | st.booleans(),
    data_loss=st.none() | st.booleans(),
    cosmetic=st.none() | st.booleans(),
)


@pytest.mark.parametrize("pack", PRESETS)
@given(
    facts=impacts, fact=st.sampled_from(["users_percent", "error_percent", "latency_multiple"]), more=st.floats(0, 50)
)
def test_a_worse_figure_never_lowers_the_severity(pack: str, facts: Impact, fact: str, more: float) -> None:
    now = getattr(facts, fact)
    worse = with_fact(facts, fact, more if now is None else min(100.0, now + more))

    if now is not None:
        assert classify(worse, preset(pack)).rank <= classify(facts, preset(pack)).rank


@pytest.mark.parametrize("pack", PRESETS)
@given(facts=impacts, fact=st.sampled_from(["data_loss", "breach", "core_feature_down"]))
def test_a_grave_fact_never_lowers_the_severity(pack: str, facts: Impact, fact: str) -> None:
    without = with_fact(facts, fact, False)

    assert classify(with_fact(facts, fact, True), preset(pack)).rank <= classify(without, preset(pack)).rank
