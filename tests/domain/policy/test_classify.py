"""R-SEV-3, R-SEV-4, R-SEV-6: severity from facts, with reasons. What the presets say of facts is in `tests/packs`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.policy.samples import PACK, condition, criterion

from tocsin.domain.impact import Impact
from tocsin.domain.policy.classify import classify, holds, known_facts, with_derived
from tocsin.domain.policy.pack import Comparison, Condition, Criterion, Pack, Severity


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        (Impact(scope="all"), "HIGH"),
        (Impact(users_percent=100), "HIGH"),
        (Impact(error_percent=21), "HIGH"),
        (Impact(failed_requests=30, total_requests=100), "HIGH"),
        (Impact(data_loss=True, cosmetic=True), "HIGH"),
        (Impact(core_feature_down=True), "MIDDLE"),
        (Impact(latency_multiple=3), "MIDDLE"),
        (Impact(error_percent=6), "MIDDLE"),
        (Impact(users_percent=3), "LOW"),
        (Impact(cosmetic=True), "LOW"),
    ],
)
def test_the_gravest_level_with_a_matching_criterion_is_taken(facts: Impact, severity: str) -> None:
    found = classify(facts, PACK)
    assert (found.severity, found.defaulted) == (severity, False)
    assert found.matched


def test_a_value_on_a_line_the_pack_does_not_draw_takes_the_higher_level_and_says_so() -> None:
    assert classify(Impact(error_percent=20), PACK).severity == "HIGH"
    edge = classify(Impact(error_percent=5), PACK)
    assert edge.severity == "MIDDLE"
    assert (
        edge.boundary_note == "error % is exactly 5, which the pack does not place; the higher level, MIDDLE, is taken"
    )


def test_a_line_the_pack_draws_is_kept() -> None:
    above = Condition(fact="users_percent", op=">", value=20.0)
    up_to = Condition(fact="users_percent", op="<=", value=20.0)
    pack = Pack(
        key="own",
        title="",
        source="",
        severities=(
            Severity(key="A", rank=1, name="", criteria=(Criterion(key="above", text="many", all=(above,)),)),
            Severity(key="B", rank=2, name="", criteria=(Criterion(key="up_to", text="few", all=(up_to,)),)),
        ),
    )

    assert classify(Impact(users_percent=20), pack).severity == "B"
    assert classify(Impact(users_percent=20), pack).boundary_note == ""


def test_an_unknown_fact_matches_nothing_and_no_criterion_matches_without_conditions() -> None:
    found = classify(Impact(), PACK)
    assert (found.severity, found.rank, found.matched, found.defaulted) == ("LOW", 3, (), True)
    assert found.boundary_note == "no criterion matched; LOW was chosen as the lowest level"


def test_a_team_may_choose_another_level_to_start_from() -> None:
    found = classify(Impact(), replace(PACK, default_severity="MIDDLE"))
    assert found.severity == "MIDDLE"
    assert "the pack's default" in found.boundary_note


def test_the_reasons_name_the_fact_and_the_line() -> None:
    assert classify(Impact(error_percent=30, data_loss=True), PACK).matched == (
        "data is lost (data loss: yes)",
        "many fail (error % 30, above 20)",
    )


def test_an_answer_that_rests_on_our_reading_says_so() -> None:
    assert "our reading" in classify(Impact(latency_multiple=4), PACK).boundary_note
    assert classify(Impact(latency_multiple=4, breach=True), PACK).boundary_note == ""


@pytest.mark.parametrize(
    ("facts", "derived"),
    [
        (Impact(users_percent=0), Impact(users_percent=0, scope="none")),
        (Impact(users_percent=1), Impact(users_percent=1, scope="subset")),
        (Impact(users_percent=100, scope="isolated"), Impact(users_percent=100, scope="isolated")),
        (Impact(failed_requests=3, total_requests=0), Impact(failed_requests=3, total_requests=0)),
        (
            Impact(failed_requests=3, total_requests=4, error_percent=1),
            Impact(failed_requests=3, total_requests=4, error_percent=1),
        ),
    ],
)
def test_what_follows_from_other_facts_never_overrules_what_was_said(facts: Impact, derived: Impact) -> None:
    assert with_derived(facts) == derived


def test_only_what_somebody_said_is_a_known_fact() -> None:
    assert known_facts(Impact()) == {}
    assert known_facts(Impact(data_loss=False, trend="worse")) == {"data_loss": False, "trend": "worse"}


@pytest.mark.parametrize(
    ("op", "held"),
    [
        (">", ["no", "at_boundary", "yes"]),
        (">=", ["no", "yes", "yes"]),
        ("<", ["yes", "at_boundary", "no"]),
        ("<=", ["yes", "yes", "no"]),
        ("==", ["no", "yes", "no"]),
    ],
)
def test_a_comparison_holds_on_its_side_of_the_line(op: Comparison, held: list[str]) -> None:
    assert [holds(condition("users_percent", op, 5.0), Impact(users_percent=n)) for n in (4, 5, 6)] == held


def test_the_order_levels_are_written_in_does_not_matter() -> None:
    backwards = replace(PACK, severities=PACK.severities[::-1])
    for facts in (Impact(), Impact(error_percent=30), Impact(users_percent=3), Impact(users_percent=10)):
        assert classify(facts, backwards) == classify(facts, PACK)


def test_a_line_drawn_for_another_value_is_not_the_line() -> None:
    above, up_to = condition("users_percent", ">", 20.0), condition("users_percent", "<=", 15.0)
    levels = (
        Severity(key="A", rank=1, name="", criteria=(criterion("above", above),)),
        Severity(key="B", rank=2, name="", criteria=(criterion("up_to", up_to),)),
    )
    assert classify(Impact(users_percent=20), Pack(key="own", title="", source="", severities=levels)).severity == "A"
