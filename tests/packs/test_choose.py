"""R-COM-2: every moment has words for everybody who must hear of it."""

from __future__ import annotations

import pytest
from tests.packs.presets import PRESETS, preset

from tocsin.domain.policy.choose import choose_template

MOMENTS = ("acknowledged", "declared", "initial", "update", "findings", "monitoring", "resolved", "all_clear")


@pytest.mark.parametrize("key", PRESETS)
def test_every_moment_has_words_for_everybody(key: str) -> None:
    pack = preset(key)

    for audience in ("responders", "stakeholders", "leadership"):
        for moment in MOMENTS:
            assert choose_template(pack, moment, audience) is not None, (moment, audience)
    for moment in ("initial", "update", "findings", "monitoring", "resolved"):
        for audience in ("customers", "public"):
            assert choose_template(pack, moment, audience) is not None, (moment, audience)


@pytest.mark.parametrize("key", PRESETS)
def test_what_is_written_for_people_inside_never_goes_outside(key: str) -> None:
    pack = preset(key)

    for moment in (*MOMENTS, "page", "reminder", "invite"):
        for audience in ("customers", "public"):
            template = choose_template(pack, moment, audience)
            assert template is None or template.audience in {"customers", "public"}


def test_the_words_for_the_moment_itself_come_first() -> None:
    template = choose_template(preset("sre"), "findings", "responders")

    assert template is not None
    assert template.moment == "findings"
