"""Both grammars of matchers, against anything that can be typed."""

from __future__ import annotations

import pytest

from tocsin.domain.alerts.matchers import (
    MatcherError,
    all_match,
    parse_matcher,
    parse_matchers,
)  # fmt: skip
from tocsin.domain.alerts.matchers.matcher import made


def _is(text: str, **labels: str) -> bool:
    return parse_matcher(text).matches(labels)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('"a label with spaces"="x"', "a label with spaces"),
        ("größe=x", "größe"),
        ("k8s.pod.name=x", "k8s.pod.name"),
        ('{"say \\"so\\""=x,}', 'say "so"'),
        ('"\\u00e9\\x41\\101\\U0001F525"=x', "éAA\U0001f525"),
        ("🔥=x", "🔥"),
    ],
)
def test_the_utf8_grammar_takes_any_label_name(text: str, names: str) -> None:
    assert [m.name for m in parse_matchers(text, "utf8")] == [names]
    assert [m.name for m in parse_matchers(text)] == [names]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("foo", 4), ("=x", 1), ("foo=", 5), ("{foo=bar", 9), ("foo=bar}", 8), ("foo=bar baz=q", 9), ("{,}", 2),
        ("a=b,,c=d", 5), ('a="b', 3), ('a="b\\q"', 5), ('a="\\ud800"', 4), ('a="\\xff"', 3), ('""=x', 4),
        ('a=~"("', 4), ("a=b}x", 4), ('a="x\ny"', 5), ("é=é =", 5),
    ],
)  # fmt: skip
def test_the_utf8_grammar_names_the_character_that_is_wrong(text: str, position: int) -> None:
    with pytest.raises(MatcherError) as told:
        parse_matchers(text, "utf8")
    assert told.value.position == position
    assert f"at character {position}" in str(told.value)


@pytest.mark.parametrize(
    ("text", "position"),
    [("{foo", 5), ("{,}", 2), ("a=b, =c", 6), ('a="b', 3), ('a=b"c', 4), ('{a=b, c=~"("}', 10), ("7a=b", 1)],
)
def test_the_classic_grammar_names_the_character_that_is_wrong(text: str, position: int) -> None:
    with pytest.raises(MatcherError) as told:
        parse_matchers(text, "classic")
    assert told.value.position == position


def test_a_missing_label_is_an_empty_one() -> None:
    assert _is('team=""')
    assert _is('team!="db"')
    assert _is('team=~""')
    assert _is('team=~"|db"')
    assert _is('team!~"db"')
    assert not _is('team=~".+"')
    assert not _is('team!=""')


def test_a_regular_expression_matches_the_whole_value() -> None:
    assert _is('code=~"5.."', code="503")
    assert not _is('code=~"5.."', code="1503")
    assert not _is('code=~"a|b"', code="ab")
    assert _is('code!~"5"', code="55")
    assert not _is('code=~"a.b"', code="a\nb")


def test_a_regular_expression_that_climbs_out_of_its_anchors_means_what_it_means_in_alertmanager() -> None:
    assert _is(r'team=~"a)\|(b"', team="a|b")
    assert _is('team=~"a)|(?:b"', team="ax")
    assert not _is('team=~"a)|(?:b"', team="xa")


@pytest.mark.parametrize("value", [r"\C+", r"a\C", r"\\\C", r"\Qx\E\C", r"\Qx", "a)", "(", r"a\\"[:-1]])
def test_what_go_takes_for_no_regular_expression_is_none(value: str) -> None:
    with pytest.raises(MatcherError, match="no regular expression"):
        made("team", "=~", value, position=1)


@pytest.mark.parametrize("value", [r"\\C", r"\Q\C\E", "C", r"\Q\\C\Ex"])
def test_a_capital_c_may_stand_in_a_regular_expression(value: str) -> None:
    assert made("team", "=~", value, position=1)


def test_half_a_character_in_a_value_is_matched_as_one_that_cannot_be_read() -> None:
    broken = "a\ud800b"
    assert _is('team=~"a.b"', team=broken)
    assert _is('team=~"a\ufffdb"', team=broken)
    assert not _is('team!~"a.*"', team=broken)
    assert not _is('team=~"ab"', team=broken)
    assert not _is('team="a\ufffdb"', team=broken)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("foo=bar\u00a0", "bar"), ("foo=bar\v", "bar"), ("\u00a0foo=bar", "bar"), ("{\x85foo=bar\u3000}", "bar"),
        ("foo=bar\x1f", "bar\x1f"), ("a=x,foo=bar\u2003", "bar"), ("foo=\u00a0bar", "\u00a0bar"),
        ("foo=bar\v, a=x", "bar\v"),
    ],
)  # fmt: skip
def test_the_classic_grammar_trims_where_go_does(text: str, said: str) -> None:
    found = {one.name: one.value for one in parse_matchers(text, "classic")}
    assert found["foo"] == said


def test_only_the_last_part_of_the_classic_grammar_may_begin_with_any_space() -> None:
    assert len(parse_matchers("a=x,\u00a0foo=bar", "classic")) == 2
    with pytest.raises(MatcherError):
        parse_matchers("\u00a0foo=bar,a=x", "classic")


def test_a_comma_leaves_the_backslash_before_it_in_force() -> None:
    with pytest.raises(MatcherError):
        parse_matchers(r'foo="a\,",bar=x', "classic")
    assert parse_matcher(r'foo="a\,b"').value == r"a\,b"


def test_all_conditions_must_hold_and_none_always_does() -> None:
    both = parse_matchers('team="db", severity=~"critical|page"')
    assert all_match(both, {"team": "db", "severity": "page"})
    assert not all_match(both, {"team": "db", "severity": "info"})
    assert all_match((), {})


def test_one_matcher_is_one() -> None:
    for text in ("", "{}", "a=b,c=d"):
        with pytest.raises(MatcherError, match="where one belongs"):
            parse_matcher(text)
