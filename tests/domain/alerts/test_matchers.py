"""Both grammars of matchers, against anything that can be typed."""

from __future__ import annotations

import pytest

from tocsin.domain.alerts.matchers import (
    MatcherError,
    all_match,
    parse_matcher,
    parse_matchers,
)  # fmt: skip


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


def test_a_regular_expression_cannot_climb_out_of_its_anchors() -> None:
    with pytest.raises(MatcherError, match="no regular expression"):
        parse_matchers('team=~"a)|(?:b"')


def test_all_conditions_must_hold_and_none_always_does() -> None:
    both = parse_matchers('team="db", severity=~"critical|page"')
    assert all_match(both, {"team": "db", "severity": "page"})
    assert not all_match(both, {"team": "db", "severity": "info"})
    assert all_match((), {})


def test_one_matcher_is_one() -> None:
    for text in ("", "{}", "a=b,c=d"):
        with pytest.raises(MatcherError, match="where one belongs"):
            parse_matcher(text)
