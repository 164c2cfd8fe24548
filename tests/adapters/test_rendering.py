"""Templates say what they can, and can do nothing else."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.adapters.rendering import Jinja
from tocsin.domain.errors import InvalidError

JINJA = Jinja()


class _Phase(StrEnum):
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    phone: str | None = None


FIELDS: dict[str, object] = {
    "title": "Orders <5xx>",
    "users": None,
    "percent": 12.300000000000001,
    "count": 5000,
    "at": datetime(2026, 3, 4, 14, 23, 5, tzinfo=UTC),
    "services": ("orders", "billing"),
    "phase": _Phase.ACTIVE,
    "commander": _Person("Ada"),
    "facts": {"items": 3, "owner": None},
    "private": False,
}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ title }}: {{ percent }} % of {{ count }}", "Orders <5xx>: 12.3 % of 5000"),
        ("{{ at }}", "2026-03-04 14:23 UTC"),
        (
            "{{ services }} / {{ services|join(' + ') }} / {{ services|length }}",
            "orders, billing / orders + billing / 2",
        ),
        ("{{ phase }} {{ private }} {{ commander.name }}", "active no Ada"),
        ("{{ facts.items }} {% for k, v in facts.items() %}{{ k }}={{ v }};{% endfor %}", None),
        ("{% for s in services %}{{ loop.index }}. {{ s }}\n{% else %}none{% endfor %}", "1. orders\n2. billing\n"),
        ("{% set n = count / 2 %}{{ n }}", "2500"),
        ("{% if phase == 'active' and count > 10 %}big{% endif %}", "big"),
        ("{{ 'many' if count in [5000, 6000] else 'few' }}", "many"),
        ("{{ title|upper|truncate(9, true, '', 0) }}", "ORDERS <5"),
        ("{{ services|map('upper') }}", "ORDERS, BILLING"),
        ("line\n", "line\n"),
    ],
)
def test_a_template_prints_decides_loops_and_filters(source: str, text: str | None) -> None:
    if text is None:
        source, text = source.replace(".items()", "|items"), "3 items=3;owner=unknown;"
    assert JINJA.render(source, FIELDS) == text


@pytest.mark.parametrize(
    "expression",
    [
        "users", "nobody", "nobody.name.first", "nobody[3]", "facts.owner", "facts.nothing", "commander.phone",
        "users + 1", "1 + users", "users * 2", "users / 2", "-users", "users|upper", "users|round(1)", "nobody|join(',')",
        "users|int", "nobody|length", "nobody.upper()", "users|float|round(2)",
    ],
)  # fmt: skip
def test_what_nobody_told_us_prints_as_unknown(expression: str) -> None:
    assert JINJA.render("{{ " + expression + " }}", FIELDS) == "unknown"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% if users %}yes{% else %}no{% endif %}", "no"),
        ("{% if users > 5 or users < 5 or 5 > users %}yes{% else %}no{% endif %}", "no"),
        ("{% for user in users %}x{% else %}none{% endfor %}", "none"),
        ("{{ users|default('nobody counted') }}", "nobody counted"),
        ("{{ 'known' if users != 'unknown' else 'open' }}", "open"),
        ("{{ 'known' if users is defined else 'open' }}", "open"),
    ],
)
def test_decisions_about_the_unknown_are_no_decisions_for_it(source: str, text: str) -> None:
    assert JINJA.render(source, FIELDS) == text


def test_html_is_escaped_when_asked_for() -> None:
    assert JINJA.render("<b>{{ title }}</b> {{ users }}", FIELDS, html=True) == "<b>Orders &lt;5xx&gt;</b> unknown"
    assert JINJA.render("{{ services|join('<br>') }}", FIELDS, html=True) == "orders&lt;br&gt;billing"


@pytest.mark.parametrize(
    ("source", "line", "told"),
    [
        ("a\n{{ title", "line 2", "unexpected end"),
        ("{% if %}", "line 1", "Expected an expression"),
        ("a\nb {% endif %}", "line 2", "unknown tag 'endif'"),
        ("\n\n{{ title|nosuch }}", "line 3", "No filter named 'nosuch'"),
        ("x\n{{ 1 / 0 }}", "line 2", "division by zero"),
        ("x\n\n{{ title + 1 }}", "line 3", "can only concatenate str"),
        ("{{ title|round }}", "line 1", "__round__"),
    ],
)
def test_a_broken_template_is_named_by_its_line(source: str, line: str, told: str) -> None:
    with pytest.raises(InvalidError, match=told) as broken:
        JINJA.render(source, FIELDS)
    assert broken.value.field == line
    assert broken.value.mend


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}", "{{ title.__class__ }}", "{{ title['__class__'] }}", "{{ title|attr('x') }}",
        "{{ title.format(1) }}", "{{ title['format'](1) }}", "{{ '%1000000000d'|format(1) }}", "{{ '%9999999d' % 1 }}",
        "{{ title.center(1000000000) }}", "{{ title.join(services) }}", "{{ title.replace('', title) }}",
        "{{ 'x' * 1000000000 }}", "{{ 1000000000 * 'x' }}", "{{ [1] * 100000000 }}", "{{ 9 ** 99999999 }}",
        "{% set a = title * 50 %}{% set a = a + a + a + a + a + a + a + a %}{% for i in range(9999) %}{{ a * 90 }}{% endfor %}",
        "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}",
        "{% for a in [[title, title], title] %}{{ a }}{% endfor %}", "{{ range(1000000) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{% set x %}a{% endset %}", "{{ title ~ title }}",
        "{% include 'a' %}", "{% import 'a' as b %}", "{% extends 'a' %}", "{% block a %}{% endblock %}",
        "{% for a in services recursive %}{{ loop(services) }}{% endfor %}", "{{ self }}{{ self.x() }}", "{{ lipsum(9) }}",
        "{{ cycler(1) }}", "{{ namespace() }}", "{{ dict(a=1) }}", "{{ _budget }}", "{{ services|_draw }}",
        "{{ services.append(1) }}", "{% for a in services %}{{ loop.__init__ }}{% endfor %}",
        "{{ services|join(title * 40) }}", "{{ title|safe }}", "{{ {'a': 1} }}", "{% with a = 1 %}{% endwith %}",
        "{{ at.replace(year=1) }}", "{% filter upper %}a{% endfilter %}", "{{ " + "(" * 500 + ")" * 500 + " }}",
        "{{ 99999999999999999999 * 99999999999999999999 * 99999999999999999999 * 99999999999999999999 }}",
        "x" * 70_000,
    ],
)  # fmt: skip
def test_what_a_message_does_not_need_is_refused_quickly(source: str) -> None:
    began = time.perf_counter()
    try:
        text = JINJA.render(source, FIELDS)
    except InvalidError as refused:
        assert str(refused)  # noqa: PT017 (most are refused; a few are harmless)
    else:
        assert text in {"unknown", "unknownunknown"}
    assert time.perf_counter() - began < 2


def test_a_long_text_is_cut_and_says_so() -> None:
    text = Jinja(max_chars=1000).render("{% for i in range(999) %}{{ title }}{% endfor %}", FIELDS)
    assert len(text) == 1000
    assert text.endswith("(cut: the message was too long)")


def test_values_are_plain_and_cannot_be_called() -> None:
    class Trap:
        def fire(self) -> str:
            raise AssertionError

        def __str__(self) -> str:
            return "a trap"

    assert JINJA.render("{{ trap }}", {"trap": Trap()}) == "a trap"
    with pytest.raises(InvalidError):
        JINJA.render("{{ trap.fire() }}", {"trap": Trap()})


def test_a_template_can_be_checked_without_values() -> None:
    JINJA.check("{{ anything.at.all|upper }}")
    with pytest.raises(InvalidError):
        JINJA.check("{{ }")


PIECES = st.lists(
    st.sampled_from(["{{", "}}", "{%", "%}", " if ", " for ", " in ", "endif", "endfor", "title", "users", ".", "|", "upper",
                     "(", ")", "[", "]", "+", "*", "1", "'a'", "\n", "x", "set", "=", "{#", "#}", "loop", "facts"]),
    max_size=25,
).map(" ".join)  # fmt: skip


@given(PIECES | st.text())
def test_any_source_is_text_or_an_invalid_template(source: str) -> None:
    try:
        assert isinstance(JINJA.render(source, FIELDS), str)
    except InvalidError as refused:
        assert str(refused)  # noqa: PT017 (either way is right)
