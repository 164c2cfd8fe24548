"""R-DET-7, R-DET-9: references and channels in a pack's format. What the presets' look like is in `tests/packs`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.domain.policy.samples import PACK

from tocsin.domain.policy.names import Mode, channel_names, counter_prefix, render_ref, slug

DAY = date(2025, 1, 20)


@pytest.mark.parametrize(
    ("form", "mode", "prefix", "ref"),
    [
        ("INC-{yyyy}-{nnn}", "standard", "INC-2025-", "INC-2025-007"),
        ("{yyyy}{mm}{dd}/{n}", "backfill", "20250120/", "20250120/7"),
        ("", "standard", "INC-", "INC-7"),
        ("INC-{yyyy}-{nnn}", "drill", "DRILL-", "DRILL-7"),
    ],
)
def test_a_reference_follows_the_packs_format(form: str, mode: Mode, prefix: str, ref: str) -> None:
    pack = replace(PACK, id_format=form)
    assert (counter_prefix(pack, DAY, mode), render_ref(pack, 7, DAY, mode)) == (prefix, ref)


def test_a_number_past_its_padding_is_written_out() -> None:
    assert render_ref(PACK, 1234, DAY) == "INC-2025-1234"


def test_a_channel_of_its_own_has_a_date_or_a_number_and_the_others_are_shared() -> None:
    names = channel_names(PACK, 7, DAY, "Orders API: 500s!")
    assert (names.own, names.shared, names.aliases) == ("#inc-20250120", ("#everybody",), ("#inc-2025-0120",))


def test_a_pack_without_a_channel_for_each_has_only_shared_ones() -> None:
    names = channel_names(replace(PACK, channel_formats=("#everybody",)), 7, DAY, "x", taken={"#everybody"})
    assert (names.own, names.shared, names.aliases) == ("", ("#everybody",), ())


def test_a_second_incident_on_one_day_gets_a_suffix_and_a_third_the_next() -> None:
    taken: set[str] = set()
    for own, alias in (("", ""), ("-2", "-2"), ("-3", "-3")):
        names = channel_names(PACK, 1, DAY, "a", taken=taken)
        assert (names.own, names.aliases) == (f"#inc-20250120{own}", (f"#inc-2025-0120{alias}",))
        taken.add(names.own)


def test_a_title_is_part_of_a_channels_name() -> None:
    pack = replace(PACK, channel_formats=("#{slug}-{n}",), channel_aliases=())
    assert channel_names(pack, 7, DAY, "Orders API: 500s!").own == "#orders-api-500s-7"


def test_a_slug_is_cut_between_words() -> None:
    assert slug("Größere Störung in der Bestellannahme seit heute früh") == "groere-storung-in-der-bestellannahme"
