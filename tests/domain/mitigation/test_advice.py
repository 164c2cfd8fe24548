"""Roll back or fix forward: the sources' two lists, as answers (R-MIT-3, R-MIT-8)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.mitigation.samples import changed

from tocsin.domain.mitigation.advice import DeployQuestion, Order, advise, lines

NOTHING_KNOWN = DeployQuestion()
# The walkthrough of the `platform` playbook: a deploy at 13:45 leaks sessions, severity 2, rolled back (R-EX-1).
LEAK = DeployQuestion(
    caused_by_last_deploy=True,
    pre_existing=False,
    code_related=True,
    migration="none",
    rollback_disruptive=False,
    severity_rank=2,
)
SMALL_FIX = DeployQuestion(
    caused_by_last_deploy=True,
    pre_existing=False,
    code_related=True,
    migration="backward_compatible",
    rollback_disruptive=False,
    many_changes=False,
    hypothesis_verified=True,
    fix_understood=True,
    fix_lines=5,
    fix_minutes=10,
    severity_rank=3,
)


def asked(question: DeployQuestion, order: Order = "top") -> list[str]:
    return [q.fact for q in advise(question, order=order).questions]


def test_a_deploy_that_leaks_at_severity_two_is_rolled_back_before_a_fix_is_known() -> None:
    advice = advise(LEAK)

    assert advice.choice == "rollback"
    assert {r.fact for r in advice.speaking("rollback", supports=True)} >= {
        "caused_by_last_deploy",
        "migration",
        "severity_rank",
    }


def test_a_small_understood_fix_at_a_low_severity_is_made_forward() -> None:
    assert advise(SMALL_FIX).choice == "hotfix"


@pytest.mark.parametrize(
    ("change", "choice"),
    [
        ({"severity_rank": 1}, "rollback"),
        ({"many_changes": True}, "rollback"),
        ({"fix_understood": False}, "rollback"),
        ({"fix_minutes": 31}, "rollback"),
        ({"fix_lines": 20}, "rollback"),
        ({"migration": "irreversible", "severity_rank": 1}, "hotfix"),
        ({"rollback_disruptive": True, "severity_rank": 1}, "hotfix"),
        ({"pre_existing": True}, "hotfix"),
        ({"caused_by_last_deploy": False}, "hotfix"),
        ({"caused_by_last_deploy": False, "code_related": False}, "neither"),
        ({"migration": "irreversible", "fix_minutes": 45}, "neither"),
        ({"hypothesis_verified": False}, "ask"),
    ],
)
def test_each_line_of_the_two_lists_turns_the_advice(change: dict[str, object], choice: str) -> None:
    assert advise(changed(SMALL_FIX, change)).choice == choice


def test_a_fault_that_is_not_in_code_is_neither_rolled_back_nor_fixed_in_code() -> None:
    """The `responder` example: a pool too small for new traffic; a rollback was considered and was no answer."""
    pool = DeployQuestion(caused_by_last_deploy=False, code_related=False, severity_rank=1)

    assert advise(pool).choice == "neither"


def test_with_nothing_known_everything_that_matters_is_asked() -> None:
    advice = advise(NOTHING_KNOWN)

    assert advice.choice == "ask"
    assert advice.reasons == ()
    assert asked(NOTHING_KNOWN)[:3] == ["caused_by_last_deploy", "migration", "rollback_disruptive"]


def test_people_read_the_choice_the_reasons_and_the_questions() -> None:
    told = lines(advise(LEAK))

    assert told[0] == "roll back: the deploy brought it, going back is safe, and every minute counts"
    assert "for rolling back: it began with the last deploy" in told
    assert "against fixing forward: the fault is new" in told
    assert "find out: Did it begin with the most recent deploy?" in lines(advise(NOTHING_KNOWN))


def test_what_cannot_change_the_advice_is_not_asked() -> None:
    assert asked(LEAK) == []
    assert "many_changes" not in asked(replace(SMALL_FIX, severity_rank=1, many_changes=None))


def test_below_the_top_severities_the_cause_is_checked_first() -> None:
    guess = replace(SMALL_FIX, hypothesis_verified=None)

    assert advise(guess).choice == "ask"
    assert asked(guess) == ["hypothesis_verified"]
    assert advise(guess, order="always").choice == "hotfix"
    assert advise(LEAK, order="hypothesis_first").choice == "ask"
