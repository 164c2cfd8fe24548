"""R-COM-2: whose words may stand in for whose. That the presets have words for everybody is in `tests/packs`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.policy.samples import PACK

from tocsin.domain.policy.choose import choose_template
from tocsin.domain.policy.pack import Template


def chosen(moment: str, audience: str, *known: str) -> str:
    """What is chosen from templates named `moment/audience`, '' for none."""
    made = [Template(key=k, moment=k.split("/")[0], audience=k.split("/")[1]) for k in known]  # type: ignore[arg-type]  # literals, split
    template = choose_template(replace(PACK, templates=tuple(made)), moment, audience)
    return template.key if template else ""


@pytest.mark.parametrize(
    ("moment", "audience", "known", "expected"),
    [
        ("update", "leadership", ("update/responders", "update/stakeholders"), "update/stakeholders"),
        ("update", "leadership", ("update/responders", "update/leadership"), "update/leadership"),
        ("update", "stakeholders", ("update/responders",), "update/responders"),
        ("findings", "responders", ("update/responders", "findings/responders"), "findings/responders"),
        ("findings", "responders", ("update/responders",), "update/responders"),
        ("acknowledged", "responders", ("declared/responders",), "declared/responders"),
        ("all_clear", "customers", ("resolved/public",), "resolved/public"),
        ("update", "customers", ("update/public", "update/customers"), "update/customers"),
        ("page", "responders", ("update/responders",), ""),
    ],
)
def test_the_nearest_words_that_may_be_shown_are_chosen(
    moment: str, audience: str, known: tuple[str, ...], expected: str
) -> None:
    assert chosen(moment, audience, *known) == expected


def test_another_readers_words_for_the_moment_come_before_ones_own_for_another() -> None:
    assert chosen("findings", "leadership", "update/leadership", "findings/responders") == "findings/responders"


def test_what_is_written_for_people_inside_never_goes_outside_and_the_publics_never_replaces_it() -> None:
    inside = ("update/responders", "update/stakeholders", "update/leadership")
    for audience in ("customers", "public"):
        assert chosen("update", audience, *inside) == ""
    assert chosen("update", "public", "update/customers") == ""
    assert chosen("update", "responders", "update/public", "update/customers") == ""


def test_a_pack_without_words_has_none() -> None:
    assert chosen("update", "responders") == ""
