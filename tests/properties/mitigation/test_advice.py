"""Roll back or fix forward: the sources' two lists, as answers (R-MIT-3, R-MIT-8), over generated values."""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.mitigation.samples import changed
from tests.domain.mitigation.test_advice import SMALL_FIX
from tests.domain.tape import MAYBE, choosing

from tocsin.domain.mitigation.advice import DeployQuestion, Order, advise

questions = choosing(
    DeployQuestion,
    **dict.fromkeys(
        (
            "caused_by_last_deploy",
            "pre_existing",
            "code_related",
            "rollback_disruptive",
            "many_changes",
            "hypothesis_verified",
            "fix_understood",
        ),
        MAYBE,
    ),
    migration=(None, "none", "backward_compatible", "irreversible"),
    fix_lines=(None, 1, 19, 20, 500),
    fix_minutes=(None, 1, 29, 30, 31),
    severity_rank=(None, 1, 2, 3, 4),
)


orders = st.sampled_from(["always", "top", "hypothesis_first"])


@given(questions, orders)
@settings(max_examples=60, deadline=None)
def test_every_reason_cites_a_fact_that_was_given(question: DeployQuestion, order: Order) -> None:
    for reason in advise(question, order=order).reasons:
        assert getattr(question, reason.fact) is not None
        assert reason.value == getattr(question, reason.fact)
        assert reason.text


@given(questions, orders)
@settings(max_examples=60, deadline=None)
def test_only_unknown_facts_are_asked_and_a_question_is_never_without_one(
    question: DeployQuestion, order: Order
) -> None:
    advice = advise(question, order=order)
    for one in advice.questions:
        assert getattr(question, one.fact) is None or one.fact == "hypothesis_verified"
    assert advice.choice != "ask" or advice.questions


@given(questions, orders)
@settings(max_examples=60, deadline=None)
def test_when_all_is_known_and_checked_there_is_an_answer(question: DeployQuestion, order: Order) -> None:
    default = SMALL_FIX
    known = {f.name: getattr(question, f.name) for f in fields(question) if getattr(question, f.name) is not None}
    complete = replace(default, **{**known, "hypothesis_verified": True})

    advice = advise(complete, order=order)

    assert advice.choice != "ask"
    assert advice.questions == ()


@given(questions, orders)
@settings(max_examples=60, deadline=None)
def test_a_rollback_is_never_advised_where_it_cannot_help_or_does_harm(question: DeployQuestion, order: Order) -> None:
    if advise(question, order=order).choice == "rollback":
        assert question.caused_by_last_deploy is not False
        assert question.migration != "irreversible"
        assert question.pre_existing is not True
        assert question.rollback_disruptive is not True


@given(questions, orders)
@settings(max_examples=60, deadline=None)
def test_an_answer_that_was_not_asked_for_changes_nothing(question: DeployQuestion, order: Order) -> None:
    advice = advise(question, order=order)
    wanted = {one.fact for one in advice.questions}
    for name in ("caused_by_last_deploy", "pre_existing", "code_related", "many_changes", "fix_understood"):
        if getattr(question, name) is None and name not in wanted:
            for value in (True, False):
                assert advise(changed(question, {name: value}), order=order).choice == advice.choice
