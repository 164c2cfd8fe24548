"""Both grammars of matchers, against anything that can be typed, over generated values."""

from __future__ import annotations

from typing import get_args

from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.domain.alerts.matchers import (
    Grammar,
    Matcher,
    MatcherError,
    Operator,
    parse_matchers,
    show_matchers,
)  # fmt: skip

GRAMMARS: tuple[Grammar, ...] = get_args(Grammar)


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


SIGNS = st.text(st.sampled_from("ab{}!=~,\\\"'` \n\t:-x0u7é"))


REGEX = st.sampled_from(["", ".*", "a|b", "5..", "db-\\d+", "[^x]+"])


LITERAL = st.builds(
    Matcher, name=TEXT.filter(bool), operator=st.sampled_from(["=", "!="]), value=TEXT | SIGNS
)  # fmt: skip


PATTERN = st.builds(Matcher, name=TEXT.filter(bool), operator=st.sampled_from(["=~", "!~"]), value=REGEX)


@given(st.lists(LITERAL | PATTERN), st.sampled_from(["utf8", "either"]))
@example([Matcher(name="a", operator="=", value="\\n\t\r\"'`{}")], "either")
def test_what_is_printed_reads_back_as_it_was(matchers: list[Matcher], grammar: Grammar) -> None:
    assert parse_matchers(show_matchers(matchers), grammar) == tuple(matchers)


@given(st.sampled_from(["a", "_b:c", "Z9"]), st.sampled_from(get_args(Operator)), TEXT | SIGNS)
def test_the_classic_grammar_reads_what_is_printed(name: str, operator: Operator, value: str) -> None:
    written = Matcher(name=name, operator="=" if "~" in operator else operator, value=value)
    assert parse_matchers(str(written), "classic") == (written,)


@given(
    st.text() | SIGNS | st.builds('{{a{}"{}"}}'.format, st.sampled_from(["=", "=~"]), SIGNS), st.sampled_from(GRAMMARS)
)
def test_nothing_but_the_named_error_comes_of_any_text(text: str, grammar: Grammar) -> None:
    try:
        found = parse_matchers(text, grammar)
    except MatcherError as error:
        assert 0 <= error.position <= len(text) + 1  # noqa: PT017 (the error may come or not)
    else:
        assert parse_matchers(show_matchers(found), "utf8") == found
